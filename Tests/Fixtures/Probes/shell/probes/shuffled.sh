# Tools that shuffle.
seq 20 | shuf | tr '\n' ' '; seq 20 | sort -R | tr '\n' ' '; echo
od -An -tx1 -N16 /dev/urandom; od -An -tx1 -N16 /dev/random
dd if=/dev/urandom bs=1000 count=100 status=none | sha256sum
cat /proc/sys/kernel/random/uuid; awk 'BEGIN { srand(); print srand(), rand() }'
perl -e 'print rand(), " ", time, " $$\n"; my %h = map { $_ => 1 } 1 .. 20; print join(" ", keys %h), "\n"'
