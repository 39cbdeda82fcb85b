# Overwriting the runner through /proc/PID/exe
# The link leads to the runner's program whatever the mounts say. A build that opens it, and writes when the runner is
# done, owns every build that follows (as happened to a container engine through /proc/self/exe).
compile overwrite
overwrite_sleep() {
    cp "$(command -v sleep)" runner
    ./runner 0.5 &
    sleep 0.2
    overwrite $!
    wait
}
outside 'write ok' overwrite_sleep
before=$(digest "$programs/belljar-init")$(digest "$programs/belljar")
# PID 1 is belljar-init, and the shell is of the image, which lies in the store.
# shellcheck disable=SC2016
inside $'open E*\nwrite EROFS\nrefused' 'overwrite 1
overwrite $$
{ echo >>/bin/busybox; } 2>/dev/null || echo refused'
expect "the programs are what they were" [ "$before" = "$(digest "$programs/belljar-init")$(digest "$programs/belljar")" ]
expect "the store is whole" belljar store fsck
