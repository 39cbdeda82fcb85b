# Locks, leases and watches on what a neighbour reads
# The store gives equal files to all builds. Who can read a file can lock it, keep others from opening it (a lease), and see
# who opens it (a watch): a build could keep another one waiting, and two of them could talk.
compile locks
both() {
    touch leased file
    locks hold . 2 &
    sleep 0.5
    locks try .
    wait
}
outside $'lease ok\nlock ok\nopen EAGAIN\nlock EAGAIN\nsomebody came' both
recipe library 'echo leased >/out/leased; echo file >/out/file'
expect "an input" belljar build library
more='inputs: [library]'
# shellcheck disable=SC2016
recipe holder 'locks hold $INPUTS/library 12'
belljar build --quiet --no-cache holder >>"$row/trouble" 2>&1 &
holder=$!
for i in {1..100}; do grep -qs '^lock' "$row"/store/tmp/*/* && break; sleep 0.05; done
# shellcheck disable=SC2016
inside $'open ok\nlock ok' 'locks try $INPUTS/library'
wait "$holder"
matches "what the holder saw" $'lease ok\nlock ok\nnobody came' "$(belljar log holder)"
