# A loop that gives up after two seconds by the clock gives up.
start=$(date +%s)
tries=0
until [ -e never ]; do
    [ $(($(date +%s) - start)) -lt 2 ] || break
    tries=$((tries + 1))
    sleep 0.25
done
[ "$tries" -ge 4 ] || echo "bad: gave up after $tries tries"
[ "$tries" -le 8 ] || echo "bad: $tries tries"
echo ok
