# `wait` for two background sleeps of a second takes a second and not two, by SECONDS.
SECONDS=0
sleep 1.1 &
sleep 1.1 &
wait
((SECONDS >= 1)) || echo "bad: SECONDS is $SECONDS"
sleep 5 &
kill $!
wait $!
(($? == 143)) || echo "bad: status of what was killed"
echo ok
