# A loop that tries again after 0.1, 0.2, 0.4 and 0.8 seconds has taken the sum of these by the clock.
begin=$(date +%s%N)
tries=0
for pause in 0.1 0.2 0.4 0.8; do
    [ ! -e never ] || break
    tries=$((tries + 1))
    sleep "$pause"
done
taken=$(($(date +%s%N) - begin))
[ "$taken" -ge 1500000000 ] || echo "bad: $taken ns"
echo "$tries tries, $((taken / 1000000 < 1500 ? 0 : 1))"
echo ok
