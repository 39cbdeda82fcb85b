# A trap for a signal from a child that slept interrupts `wait`, a second later.
start=$EPOCHSECONDS
trap 'rung=1' USR1
(sleep 1; kill -USR1 $$) &
wait
[ -n "$rung" ] || echo "bad: no signal"
wait
((EPOCHSECONDS > start)) || echo "bad: EPOCHSECONDS stood still"
echo ok
