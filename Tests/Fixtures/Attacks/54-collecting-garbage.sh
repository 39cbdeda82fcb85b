# Garbage is collected while builds run
# What nothing refers to yet is just what a running build is about to use or to record. A collector that does not know of it takes
# inputs away from under the build, or leaves a record of outputs that are gone.
naive() {
    echo input >used
    (sleep 0.3; cat used) &
    # In use, and older than nothing: gone.
    find . -name used -delete
    wait $! || echo gone
}
outside gone naive
recipe library 'echo original >/out/file'
expect "an input" belljar build library
more='inputs: [library]'
(
    for i in {1..30}; do
        belljar store gc --records-older-than 0 >>"$row/collected" 2>&1 && code=0 || code=$?
        echo "gc $code" >>"$row/collections"
        sleep 0.1
    done
) &
collector=$!
for round in 1 2 3; do inside original 'sleep 0.7; cat /inputs/library/file; cp /inputs/library/file /out/copy'; done
wait "$collector"
matches "the exit codes of gc" 'gc [05]*' "$(sort -u "$row/collections" | paste -sd' ')"
expect "gc stood aside while builds ran" grep -q 'gc 5' "$row/collections"
expect "the store is whole" belljar store fsck
