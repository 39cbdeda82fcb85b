# A fork bomb
# Every process becomes two. Without a limit of the build's own, the account's limit or the host's table of processes is what it
# meets, and nobody of this account, or nobody at all, can start anything any more.
compile bombs
# A hundred are enough to show that nothing stops it.
outside 'processes 100' bombs processes 100
more='limits: {processes: 64}'
inside 'processes *' 'bombs processes 100000'
expect "it was stopped at its limit" [ "$(sed 's/processes //' "$row/log")" -le 64 ]
matches "what held it" '*rlimit*' "$(jq -r .observed.enforcement.processes "$row/record")"
# One that keeps what it has and wants more.
inside '' 'bombs forever 0' resource_exceeded
matches "what the error names" processes "$(jq -r .error.limit.limit "$row/answer")"
matches "what the record names" processes "$(jq -r .observed.exceeded.limit "$row/record")"
# The well-known one: it dies of its own failures.
inside '*went by*' 'bomb() { bomb | bomb & }; bomb; sleep 3; echo went by'
