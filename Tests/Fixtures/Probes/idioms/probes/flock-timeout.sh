# `flock -w 1` gives up after a second while somebody has the lock, and gets it once they are gone.
(flock 9; echo >locked; sleep 30) 9>lock &
holder=$!
until [ -e locked ]; do sleep 0.05; done
begin=$(date +%s%N)
flock -w 1 lock true && echo "bad: got it"
[ $(($(date +%s%N) - begin)) -ge 1000000000 ] || echo "bad: gave up after $(($(date +%s%N) - begin)) ns"
flock -n lock true && echo "bad: got it at once"
pkill -P $holder
kill $holder
wait $holder 2>/dev/null
flock -w 10 lock echo mine
echo ok
