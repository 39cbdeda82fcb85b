# make -j4 of four recipes that sleep half a second takes less than one after the other, and nothing comes from the future.
printf 'all: a b c d\na b c d: x\n\tsleep 0.5; date +%%s >$@\n' >Makefile
: >x
begin=$(date +%s%N)
make -s -j4 >log 2>&1
taken=$((($(date +%s%N) - begin) / 1000000))
cat log
[ "$taken" -ge 500 ] || echo "bad: $taken ms"
[ "$(cat a b c d | sort -rn | head -n 1)" -le "$(date +%s)" ] || echo "bad: from the future"
make -q -j4 || echo "bad: not up to date"
echo ok
