# Two `date +%s%N` differ by at least the sleep between them.
begin=$(date +%s%N)
sleep 0.3
taken=$(($(date +%s%N) - begin))
[ "$taken" -ge 300000000 ] || echo "bad: $taken ns"
echo ok
