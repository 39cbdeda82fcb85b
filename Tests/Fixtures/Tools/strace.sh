# toolchain: debian-12-c
# needs: strace
# strace of a child and of its children
strace -f -o trace sh -c 'cat /etc/passwd >/dev/null; (exit 3)' || [ $? = 3 ]
grep -q 'execve(.*cat' trace
grep -q 'exited with 3' trace
