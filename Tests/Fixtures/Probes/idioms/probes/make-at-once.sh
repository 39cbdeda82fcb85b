# An edit right after `make` is seen by the next one.
printf 'out: in ; cp in out\n' >Makefile
for i in 1 2 3 4 5; do
    echo $i >in
    sleep 0.02
    make -s
    [ "$(cat out)" = $i ] || echo "bad: round $i is missed"
    sleep 0.02
done
echo ok
