# Control groups
# In a control group that it may write to, a build could lift its limits; version 1 even starts a program on the host
# when a group empties (release_agent).
# Where the kernel has version 2. Version 1 it lets nobody mount but the host's own root.
if grep -qw cgroup2 /proc/filesystems; then second=ok; else second=ENODEV; fi
attempt root EPERM cgroup-v2=$second cgroup-v1=reached
# /sys holds what a build is told of its processors and its network, and nothing of the kernel's.
# shellcheck disable=SC2016 # For the shell inside.
inside 'nothing' 'ls -A /sys | grep -vx -e class -e devices || true; find / -name release_agent -o -name cgroup.procs 2>/dev/null | grep . || echo nothing'
