# flock lets one in and the next after it.
flock lock sh -c 'echo first; sleep 0.5; echo last' >log &
sleep 0.2
flock -n lock true && echo "bad: not locked"
flock lock sh -c 'echo second >>log'
wait
cat log
[ "$(tail -n 1 log)" = second ] || echo "bad: order"
echo ok
