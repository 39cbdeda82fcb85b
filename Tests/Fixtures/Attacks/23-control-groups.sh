# Control groups
# In a control group that it may write to, a build could lift its limits; version 1 even starts a program on the host
# when a group empties (release_agent).
grep -qw cgroup2 /proc/filesystems || skip "this kernel has no cgroup v2, and mounting version 1 is for the host's own root"
attempt root EPERM cgroup-v2=ok cgroup-v1=-
# shellcheck disable=SC2016 # For the shell inside.
inside 'nothing' 'test -z "$(ls -A /sys)"; find / -name release_agent -o -name cgroup.procs 2>/dev/null | grep . || echo nothing'
