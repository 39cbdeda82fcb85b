# make makes again what is older than its source, once, and warns of no clock skew.
printf 'all: out\nout: in ; cp in out && echo made\n' >Makefile
echo one >in
make -s
sleep 1.1
touch in
make -s
make 2>&1 | tee log
cat log | grep -q 'Nothing to be done' || echo "bad: not up to date"
make -s 2>&1 | grep -i skew && echo "bad: skew"
echo ok
