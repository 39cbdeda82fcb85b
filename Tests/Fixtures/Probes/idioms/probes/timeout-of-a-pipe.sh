# `timeout 1 cat` of a pipe that nobody writes to ends with 124, a second later.
mkfifo pipe
start=$(date +%s)
status=0
timeout 1 cat pipe || status=$?
[ "$status" -eq 124 ] || echo "bad: status $status"
[ "$(date +%s)" -gt "$start" ] || echo "bad: date did not move"
echo ok
