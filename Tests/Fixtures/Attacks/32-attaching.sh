# Attaching to PID 1, and reading its memory
# Whoever attaches to the process that watches the build can make it say anything, and has its descriptors; so has who opens
# /proc/1/mem, or sends it signals. It has more rights than the build, and cannot be dumped.
compile attach
neighbour() {
    sleep 5 &
    attach $!
    kill $!
}
outside $'attach ok\nvm_read ok\nmem ok\nfd *\nroot ok\npidfd_getfd ok' neighbour
inside $'attach EPERM\nvm_read EPERM\nmem EACCES\nfd EACCES\nroot EACCES\npidfd_getfd E*' 'attach 1; kill -KILL 1; kill -TERM 1; kill -STOP 1'
# The answering threads are as much out of reach.
# shellcheck disable=SC2016
inside $'attach EPERM\nvm_read EPERM\nmem EACCES\nfd EACCES\nroot EACCES\npidfd_getfd E*' 'attach $(ls /proc/1/task | tail -n 1)'
