# A fork bomb
# Every process becomes two. Without a limit of the build's own, the account's limit or the host's table of processes is what it
# meets, and nobody of this account, or nobody at all, can start anything any more.
compile bombs
# A hundred are enough to show that nothing stops it.
outside 'processes 100' bombs processes 100
more='limits: {processes: 64}'
inside 'processes *' 'bombs processes 100000'
count=$(sed 's/processes //' "$row/log")
expect "it was stopped at its limit" [ "$count" -le 64 ]
recorded() { jq -r ".observed.enforcement[\"$1\"]" "$row/record"; }
matches "what held it" '*rlimit*' "$(recorded processes)"
expect "the host can start processes" true
# A bomb that does not count, and fails because of it.
inside '*' 'bomb() { bomb | bomb & }; bomb; sleep 1; i=0; while [ $i -lt 100 ]; do sleep 9 & i=$((i+1)); done; echo not reached' build_failed
