# Using up what the kernel counts for the account
# File watchers, terminals, message queues, descriptors on their way through a socket: there are so many for an account, or for
# the machine, and all builds and programs of the account share them. Without the last, nobody hands a descriptor over, and no
# sandbox can be started. belljar's own are handed over all the same; those of a neighbour are not, which is not promised (SECURITY.md).
compile counts
both() {
    # What the kernel gives an account (setrlimit(2)).
    ulimit -S -q 819200
    counts hold 64 300 300 2 &
    sleep 0.5
    (ulimit -n 200 && counts try)
    wait
}
outside $'watchers 64\nterminals 300\nqueues 9\nflight 500\nwatcher ok\nterminal ok\nqueue EMFILE\nflight ETOOMANYREFS' both
recipe holder 'counts hold 1000 4000 100000 12'
belljar build --quiet --no-cache holder >>"$row/trouble" 2>&1 &
holder=$!
for i in {1..100}; do grep -qs '^flight' "$row"/store/tmp/*/* && break; sleep 0.05; done
# A soft limit that is lower than what the neighbour has on its way: an ordinary host's.
ulimit -S -n 1024
inside $'watcher ok\nterminal ok\nqueue ok\nflight ETOOMANYREFS' 'counts try'
wait "$holder"
held=$(belljar log holder)
matches "what the holder got" $'watchers 16\nterminals 256\nqueues 2\nflight 4[0-9][0-9][0-9]' "$held"
# Alone, a build hands over what it likes.
inside $'watcher ok\nterminal ok\nqueue ok\nflight ok' 'counts try'
