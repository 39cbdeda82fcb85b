# Core dumps
# A program that crashes is written to a file with all it had in memory, or given to a program of the host that runs as root.
compile crash
[ "$(ulimit -Hc)" != 0 ] || skip "this account may not have core dumps: its hard limit is 0"
crash_freely() { ulimit -c unlimited; crash; }
outside 'limit unlimited; dumped' crash_freely
inside 'limit 0; not dumped' 'ulimit -c unlimited 2>/dev/null || :; crash; ! find / -xdev -name "core*" -type f -size +8k 2>/dev/null | grep .'
