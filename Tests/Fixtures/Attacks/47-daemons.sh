# Processes that outlive the build
# Double fork and a session of its own: what belongs to nobody is ended by nobody. It could mine, listen, or wait for the next
# build.
mark=$((RANDOM * 32768 + RANDOM + 100000000))
daemon="(setsid sh -c 'sleep $mark & sleep $mark &' </dev/null >/dev/null 2>&1 &); sleep 0.2"
alive() { pgrep -u "$(id -u)" -f "^sleep $mark" | wc -l; }
left_behind() { sh -c "$daemon"; alive; }
outside 2 left_behind
pkill -u "$(id -u)" -f "^sleep $mark"
inside 2 "$daemon; cat /proc/[0-9]*/comm | grep -c sleep"
matches "processes left" 0 "$(alive)"
# Also of a step that fails, and one that is ended.
inside '' "$daemon; exit 3" build_failed
matches "processes left of a failure" 0 "$(alive)"
more='limits: {timeout: 1s}'
inside '' "$daemon; sleep 100" resource_exceeded/timeout
matches "processes left at the end of the time" 0 "$(alive)"
