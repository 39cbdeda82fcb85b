# Taking away what PID 1 works with
# PID 1 belongs to the account that the build belongs to. Without descriptors it cannot look how much memory the build has, and
# as the last in the queue for the processor it looks too late.
compile means
compile bombs
neighbour() {
    busybox sleep 5 &
    means $!
    kill $!
}
outside $'descriptors ok\nnice ok\nidle ok' neighbour
inside $'descriptors EPERM\nnice EPERM\nidle EPERM\ndescriptors ok\nnice ok\nidle ok' 'means 1; means'
# The answering threads are the same process, and there are none in a world where nothing is virtualised.
# shellcheck disable=SC2016
inside $'descriptors EPERM\nnice EPERM\nidle EPERM' 'means $(ls /proc/1/task | tail -n 1)'
# Who is root inside must not be whom the files of PID 1 belong to: its group for the scheduler is set by one of them.
# shellcheck disable=SC2016
outside 'score written' sh -c '{ echo 1000 >/proc/$$/oom_score_adj; } && echo score written'
more='root: fake'
# shellcheck disable=SC2016
inside $'refused\nscore written' '{ echo 1000 >/proc/1/oom_score_adj; } 2>/dev/null && echo written || echo refused
{ echo 1000 >/proc/$$/oom_score_adj; } && echo score written'
more=''
real='controls: {addresses: real, clock: real, cpu: real, fs: real, identity: real, memory: real, mtimes: real, order: real, random: real, stat: real}'
more="limits: {memory: 256MiB}
$real"
inside $'descriptors EPERM\nnice EPERM\nidle EPERM*' 'means 1
for i in 1 2 3 4 5 6 7 8; do bombs held 60 & done; wait' resource_exceeded
matches "what the error names" memory "$(jq -r .error.limit.limit "$row/answer")"
# Where PID 1 could not get rid of a nice level, it answers for the kernel what levels there are.
more=''
programs_before=$programs
mkdir "$row/nice"
printf '#!/bin/sh\nexec nice -n 5 "%s/belljar" "$@"\n' "$programs" >"$row/nice/belljar"
chmod +x "$row/nice/belljar"
inside $'all refused, 0 fallen\nown level 13' 'means all'
programs=$row/nice
inside $'all refused, 0 fallen\nown level 13' 'means all'
programs=$programs_before
