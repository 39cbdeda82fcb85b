# Looking and making files with the rights of PID 1
# PID 1 answers what a build asks about files, and may follow links that nobody else may: /proc/1/exe leads to the runner,
# /proc/1/fd to folders that no path leads to. A path has many spellings, and threads have numbers of their own.
spellings='for path in /proc/./PID/exe //proc/PID/exe /proc/self/../PID/exe /proc/./PID/fd/0 /proc/./PID/cwd/. /tmp/link; do
    if stat -L -c seen "$path" 2>/dev/null; then :; else echo no; fi
done
cd /proc && stat -L -c seen PID/exe PID/fd/0 2>/dev/null || echo no'
of_neighbour() {
    sleep 5 <. &
    ln -sf "/proc/$!/exe" link
    local text=${spellings//PID/$!}
    sh -c "${text//\/tmp\/link/$PWD/link}"
    touch "/proc/./$!/fd/0/made" && ls made
    kill $!
}
outside $'seen\nseen\nseen\nseen\nseen\nseen\nseen\nseen\nmade' of_neighbour
inside $'no\nno\nno\nno\nno\nno\nno' "ln -s /proc/1/exe /tmp/link
${spellings//PID/1}"
inside $'no\nno\nno\nno\nno\nno\nno' "thread=\$(ls /proc/1/task | tail -n 1)
ln -s /proc/\$thread/exe /tmp/link
${spellings//PID/\$thread}"
# As root, devices are made by PID 1: none in a folder of its own.
more='root: fake'
# shellcheck disable=SC2016
inside 'as many' 'made=0
for number in $(seq 0 60); do
    if mknod /proc/./1/fd/$number/made-$number c 1 3 2>/dev/null; then made=$((made + 1)); fi
done
# Two names of one folder show each file twice.
if [ "$made" = "$(find / /out /build /tmp -xdev -name "made-*" 2>/dev/null | sort -u | wc -l)" ]; then echo as many; else echo "made $made"; fi
find /out /build /tmp -name "made-*" -exec rm {} +'
