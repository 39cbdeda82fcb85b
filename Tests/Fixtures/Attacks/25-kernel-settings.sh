# Writing to /proc/sys and other switches of the kernel
# User 0 of a user namespace may write the settings of their namespaces, without any capability: as root in a build one could
# lift one's own limits (pid_max, max_user_namespaces).
write_setting() { "${as_root[@]}" sh -c "echo 5 >/proc/sys/user/max_user_namespaces && cat /proc/sys/user/max_user_namespaces"; }
outside 5 write_setting
# shellcheck disable=SC2016
writes='written=0
for file in $(find /proc/sys -type f) /proc/sysrq-trigger /proc/self/oom_adj /proc/self/uid_map /proc/self/setgroups /proc/self/timens_offsets; do
    [ -e $file ] || continue
    if { echo 1 >$file; } 2>/dev/null; then echo $file written; fi
done
echo end'
inside end "$writes"
more='controls: {clock: real, cpu: real, identity: real, memory: real, random: real}'
inside end "$writes"
more='root: fake'
inside end "$writes"
