# lscpu runs, and its count of processors is nproc's.
lscpu >all || echo "bad: lscpu"
count=$(sed -n 's/^CPU(s): *//p' all)
[ "$count" = "$(nproc --all)" ] || echo "bad: lscpu says $count, nproc $(nproc --all)"
grep '^Architecture:' all
lscpu -p=CPU | grep -vc '^#' | { read -r n; [ "$n" = "$(nproc)" ] || [ "$n" = "$count" ] || echo "bad: -p lists $n"; }
echo ok
