# prlimit sets and shows limits of processes by their numbers: the shell's, and a running child's.
prlimit --pid $$ --nofile=512:700
[ "$(ulimit -n) $(ulimit -H -n)" = '512 700' ] || echo "bad: $(ulimit -n) $(ulimit -H -n)"
sleep 30 &
prlimit --pid $! --core=0:0 --nofile=100:100
prlimit --pid $! --nofile --noheadings -o SOFT,HARD
grep -q '^Max open files *100 *100 ' /proc/$!/limits || echo 'bad: the child has other limits'
prlimit --pid $! --locks=77 && prlimit --pid $$ --locks --noheadings -o RESOURCE
kill $!
python3 -c '
import os, resource
resource.prlimit(os.getpid(), resource.RLIMIT_NOFILE, (200, 300))
print(resource.getrlimit(resource.RLIMIT_NOFILE))
resource.prlimit(os.getpid(), resource.RLIMIT_STACK, resource.getrlimit(resource.RLIMIT_STACK))'
echo ok
