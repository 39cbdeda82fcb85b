# A file of the store that changes while a build reads it
# A bug of the page cache let ordinary users write to files that they may only read, and a store belongs to its user anyway. The
# build reads one content, and the record would name another.
victim_file() { find "$row/store/blobs" -type f -size -200c | while read -r file; do grep -qs '^original$' "$file" && echo "$file" && break; done; }
recipe library 'echo original >/out/file; cp /bin/busybox /out/large'
expect "an input" belljar build library
file=$(victim_file)
# A reader with the file open, and one with its place in memory.
changed() {
    cp "$file" copy
    sh -c 'exec 3<copy; read line <copy; sleep 0.3; echo "$line, and then $(cat <&3)"' &
    sleep 0.1
    echo tampered >copy
    wait
}
outside 'original, and then tampered' changed
more='inputs: [library]'
# The neighbour waits until the build has begun to read, and writes through the store.
(
    for i in {1..200}; do ls "$row"/store/tmp/* >/dev/null 2>&1 && break; sleep 0.02; done
    sleep 0.7
    echo tampered >"$file"
) &
build refused/none 'cat /inputs/library/file; sleep 2; cat /inputs/library/file >/out/seen'
found belljar "$(jq -r '.error | .stage + ": " + .answer' "$row/answer")"
matches "the stage" recheck "$(jq -r .error.stage "$row/answer")"
matches "the answer" '*file*' "$(answer)"
wait
# The damaged file itself is found by whoever looks, and mended by building again.
belljar store fsck >>"$row/trouble" 2>&1 && code=0 || code=$?
matches "the exit code of fsck" 6 "$code"
