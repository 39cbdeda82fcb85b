# A recipe that sleeps leaves its target newer than what it was made of, and the next make has nothing to do.
printf 'out: in\n\tsleep 0.3\n\tcp in out\n\tsleep 0.3\n' >Makefile
echo one >in
make -s 2>&1
make -q || echo "bad: make -q"
echo two >in
make -q && echo "bad: make -q after an edit"
make -s 2>&1
cat out
make 2>&1 | grep -q 'up to date' || echo "bad: made again"
echo ok
