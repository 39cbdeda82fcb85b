# Shared memory, semaphores and message queues of the host
# System V objects have a number that every process of the account can use, and POSIX ones a name: databases and browsers keep
# their data in them.
compile ipc
"$bin/ipc" make >"$row/made" 2>>"$row/trouble"
use() { ipc use; }
outside $'shm ok\nsem ok\nmsg ok\nmq ok' use
inside $'shm ENOENT\nsem ENOENT\nmsg ENOENT\nmq ENOENT\n0' 'ipc use; cat /proc/sysvipc/shm | tail -n +2 | wc -l'
# And the other way round: what a build leaves is not there for the host.
inside $'shm ok\nsem ok\nmsg ok\nmq ok' 'ipc make; touch /dev/shm/attack-left'
expect "nothing was left for the host" [ ! -e /dev/shm/attack-left ]
"$bin/ipc" remove
