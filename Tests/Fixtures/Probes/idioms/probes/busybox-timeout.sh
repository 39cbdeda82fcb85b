# `busybox timeout 1` ends what sleeps longer, and the clock has moved by a second.
# not inside: it is ended by a process that is nobody's child, and a signal brings no time along
begin=$(date +%s)
busybox timeout 1 sleep 30
[ $? -eq 143 ] || echo "bad: $?"
[ "$(date +%s)" -gt "$begin" ] || echo "bad: date did not move"
echo ok
