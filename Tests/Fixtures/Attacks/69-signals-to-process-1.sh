# Keeping PID 1 from its clock by signals
# Whoever waits for a length of time, and begins anew after a signal, waits as long as somebody sends signals: PID 1 waits for the
# end of the time and for its next look at the memory. The same with work that never ends: processes that die and have to be reaped.
compile signals
outside 'a second took four' signals naive
# No signal has a handler there, so the kernel hands none on; SIGCHLD is read from a descriptor.
inside 'SigCgt 0000000000000000' "grep -h SigCgt /proc/1/status /proc/1/task/*/status | sort -u | tr -s '\t' ' ' | tr -d :"
# Within the limit, and from one thread or many.
begun=$SECONDS
more='limits: {memory: 128MiB, timeout: 60s}'
flood='for i in 1 2; do signals flood 1 40 & done; for thread in $(ls /proc/1/task); do signals flood $thread 40 & done'
inside '' "$flood; signals hold 200 40 & wait" resource_exceeded
matches "what the error names" memory "$(jq -r .error.limit.limit "$row/answer")"
inside '' 'for i in 1 2 3; do signals orphans 40 & done; signals hold 200 40 & wait' resource_exceeded
matches "what the error names" memory "$(jq -r .error.limit.limit "$row/answer")"
more='limits: {timeout: 3s, grace: 1s}'
inside '' "$flood; signals hold 1 40" resource_exceeded/timeout
inside '' 'for i in 1 2 3; do signals orphans 40 & done; signals hold 1 40' resource_exceeded/timeout
expect "all of them were over when their limits were" test $((SECONDS - begun)) -lt 45
