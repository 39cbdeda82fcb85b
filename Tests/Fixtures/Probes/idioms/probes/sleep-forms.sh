# sleep adds up its arguments, knows units and fractions, and 0 is nothing; busybox's and bash's agree.
begin=$(date +%s%N)
sleep 0.1 0.1s 0.0001m
busybox sleep 0.2
busybox usleep 200000
sleep 0
taken=$((($(date +%s%N) - begin) / 1000000))
[ "$taken" -ge 606 ] || echo "bad: $taken ms"
[ -z "$IDIOMS_OUTSIDE" ] && echo "$taken ms"
sleep infinity &
kill $!
wait $! 2>/dev/null
echo ok
