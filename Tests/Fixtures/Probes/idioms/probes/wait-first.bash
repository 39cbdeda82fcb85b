# `wait -n` comes back with the status of the job that is done first, after as long as that takes.
begin=$EPOCHREALTIME
(sleep 0.3; exit 3) &
(sleep 4; exit 4) &
wait -n
status=$?
((status == 3)) || echo "bad: status $status"
((${EPOCHREALTIME/./} - ${begin/./} >= 300000)) || echo "bad: too early"
kill %2
wait 2>/dev/null
echo ok
