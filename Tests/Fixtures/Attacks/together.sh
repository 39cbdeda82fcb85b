# All bombs at once, and a fifth build beside them
# A fork bomb and a memory bomb in one build, a disk bomb and an inode bomb in the second, an exbibyte of sparse file in the third, a
# log without an end in the fourth: all at the same time. The host stays usable, and a fifth build, started beside them, is right.
compile bombs
outside $'processes 100\ndisk 50\ninodes 1000' sh -c 'bombs processes 100; bombs disk 50; bombs inodes 1000'
names=(processes disk sparse log)
more='limits: {processes: 128, memory: 256MiB, timeout: 30s, grace: 1s}'
recipe processes '(bombs memory 100000) & bombs forever 0'
more='limits: {scratch: 64MiB, inodes: 20000, timeout: 30s, grace: 1s}'
recipe disk 'cd /tmp; bombs disk 100000 || :; rm -f bomb; mkdir i; cd i; bombs inodes 1000000; exit 1'
more='limits: {file: 1GiB, timeout: 30s, grace: 1s}'
recipe sparse 'truncate -s 1152921504606846976 /out/sparse'
more='limits: {log: 1MiB, timeout: 8s, grace: 1s}'
recipe log yes
more=''
recipe quiet 'i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done >/out/result; sleep 1; sha256sum /out/result >/out/sum'
belljar build --quiet --no-cache quiet >>"$row/trouble" 2>&1
alone=$(belljar show quiet --json | jq -r .result.tree.digest)

pids=()
for name in "${names[@]}"; do
    (
        belljar build --json --quiet --no-cache "$name" >"$row/answer-$name" 2>>"$row/trouble" </dev/null && code=0 || code=$?
        echo "$code" >"$row/code-$name"
    ) &
    pids+=($!)
done
sleep 1
before=$EPOCHSECONDS
usable=0
for round in {1..10}; do
    # Whatever a user does: starts programs, writes a file, takes some memory.
    sh -c 'ls / >/dev/null && head -c 20000000 /dev/zero | tail -c 1 >/dev/null && echo x >"$1/probe" && cat "$1/probe"' - "$row" >/dev/null && usable=$((usable + 1))
    sleep 0.1
done
matches "how often the host was usable" 10 "$usable"
expect "and quickly" [ $((EPOCHSECONDS - before)) -le 20 ]
belljar build --json --quiet --no-cache quiet >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
ended built "$code"
wait "${pids[@]}"
matches "the fifth build's outputs" "$alone" "$(belljar show "$(jq -r '.builds[0].record | sub("sha256:"; "")' "$row/answer")" --json | jq -r .result.tree.digest)"
for name in "${names[@]}"; do
    matches "the exit code of $name" 7 "$(cat "$row/code-$name")"
    found belljar "$name $(jq -r '.error.limit.limit // .error.code' "$row/answer-$name")"
    found class "$(jq -r .error.code "$row/answer-$name")"
done
expect "the store is whole" belljar store fsck
expect "no scratch is left" [ -z "$(ls -A "$row/store/tmp")" ]
