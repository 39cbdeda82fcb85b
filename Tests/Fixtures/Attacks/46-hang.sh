# A build that traps TERM and hangs
# Whoever waits for it waits for ever, and every build after it. It ignores every signal that it can ignore.
hang='trap "" TERM INT HUP QUIT; echo waiting; while :; do sleep 100 & wait; done'
hanging() { timeout --preserve-status -k 1 0.5 sh -c "$hang" || [ $? = 137 ] && echo 'TERM was not enough'; }
outside $'waiting\nTERM was not enough' hanging
more='limits: {timeout: 1s}'
inside waiting "$hang" resource_exceeded/timeout
# And where the user loses patience.
more=''
for signal in INT TERM; do
    recipe hang "$hang"
    before=$(records)
    belljar_pid=$row/pid
    sh -c 'echo $$ >"$1"; shift; exec "$@"' - "$belljar_pid" env -i PATH=/usr/bin:/bin HOME="$row/home" TMPDIR="$row/tmp" \
        "$programs/belljar" build --json --quiet --no-cache --project "$row/project" --store "$row/store" hang >"$row/answer" 2>>"$row/trouble" &
    for i in {1..100}; do grep -qs waiting "$row"/store/tmp/*/* && break; sleep 0.02; done
    sleep 0.5
    # A shell's background processes do not get INT otherwise.
    kill -"$signal" "$(cat "$belljar_pid")"
    wait $! && code=0 || code=$?
    matches "the exit code after $signal" "$([ $signal = INT ] && echo 130 || echo 143)" "$code"
    found class "$(jq -r .error.code "$row/answer")"
    matches "records after $signal" "$before" "$(records)"
done
refuse "a process is left" pgrep -u "$(id -u)" -f 'sh .*trap [^ ]* TERM INT HUP QUIT; echo waiting'
