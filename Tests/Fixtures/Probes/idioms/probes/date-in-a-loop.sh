# A loop that calls `date` until another second has come, without a pause, ends.
# not inside: computing takes no time, and a loop of processes that never wait cannot be told from work
start=$(date +%s)
timeout 3 sh -c "while [ \$(date +%s) = $start ]; do :; done" || echo "bad: $?"
echo ok
