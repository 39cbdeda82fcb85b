# ls -t, find -printf %T@ and stat %.Y put twenty files into the order in which they were written.
for i in 07 03 19 11 02 18 05 13 01 20 09 14 04 16 10 06 17 12 08 15; do
    echo $i >f$i
    busybox usleep 20000
done
ls -tr | paste -sd' ' >/tmp/order.$$
mv /tmp/order.$$ order
cat order
[ "$(find . -name 'f*' -printf '%T@ %f\n' | sort -n | cut -d' ' -f2 | paste -sd' ')" = "$(cat order)" ] || echo "bad: find"
[ "$(stat -c '%.9Y %n' f?? | sort -n | cut -d' ' -f2 | paste -sd' ')" = "$(cat order)" ] || echo "bad: stat"
echo again >f07
[ "$(ls -t f?? | head -n 1)" = f07 ] || echo "bad: the newest is $(ls -t f?? | head -n 1)"
echo ok
