# timeout ends what takes too long with 124, or 137 if it has to kill it, and leaves alone what is done in time.
begin=$(date +%s%N)
status=0
timeout 0.5 sleep 30 || status=$?
[ "$status" -eq 124 ] || echo "bad: $status"
status=0
timeout -s KILL 0.5 sleep 30 || status=$?
[ "$status" -eq 137 ] || echo "bad: $status for KILL"
status=0
timeout -k 0.3 0.3 sh -c 'trap "" TERM; sleep 30' || status=$?
[ "$status" -eq 137 ] || echo "bad: $status for what ignores TERM"
timeout 30 true || echo "bad: true"
status=0
timeout 30 sh -c 'exit 7' || status=$?
[ "$status" -eq 7 ] || echo "bad: $status instead of 7"
taken=$((($(date +%s%N) - begin) / 1000000))
[ "$taken" -ge 1600 ] || echo "bad: $taken ms"
echo ok
