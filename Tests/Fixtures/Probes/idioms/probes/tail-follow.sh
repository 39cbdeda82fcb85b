# `tail -f` shows lines that are added later.
echo first >log
(sleep 0.5; echo second >>log) &
timeout 10 tail -n +1 -f log | sed '/second/q'
wait
echo ok
