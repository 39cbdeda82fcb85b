# nproc, getconf, /proc/cpuinfo, /sys, Python and Node.js count the same processors.
n=$(nproc)
for count in "$(getconf _NPROCESSORS_ONLN)" "$(grep -c '^processor' /proc/cpuinfo)" "$(python3 -c 'import os; print(os.cpu_count())')" \
    "$(node -p 'os.cpus().length')" "$(ls -d /sys/devices/system/cpu/cpu[0-9]* | wc -l)"; do
    [ "$count" = "$n" ] || echo "bad: $count, nproc says $n"
done
[ -n "$(cat /sys/devices/system/cpu/online)" ] || echo "bad: online"
echo ok
