# A lock file counts as stale once it is older than two seconds by `date` and `stat`, and not before.
: >lock
rounds=0
while [ $(($(date +%s) - $(stat -c %Y lock))) -lt 2 ]; do
    rounds=$((rounds + 1))
    sleep 0.5
done
rm lock
[ "$rounds" -ge 2 ] && [ "$rounds" -le 5 ] || echo "bad: $rounds rounds"
echo ok
