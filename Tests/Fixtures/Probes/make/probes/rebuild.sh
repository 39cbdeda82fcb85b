# make remakes what is older than what it depends on, and nothing else, and warns of no clock skew.
printf 'all: b d\nb: a\n\tcp a b\nc: b\n\tcp b c\nd: c\n\tcp c d\n' >Makefile
echo 1 >a
make 2>&1 | tee log
make -q && echo "up to date: ok" || echo "up to date: bad"
touch b; make 2>&1 | tee -a log
grep -q 'cp b c' log && make -q && echo "again up to date: ok" || echo "again up to date: bad"
touch a; make -n 2>&1 | tee -a log
make -j8 >>log 2>&1
grep -qiE 'skew|future' log && echo "no skew: bad" || echo "no skew: ok"
stat -c '%n %y' a b c d
