# awk's srand() seeds from the clock: numbers differ after a second.
for awk in gawk 'busybox awk'; do
    first=$($awk 'BEGIN { srand(); print rand() }')
    sleep 1.1
    [ "$first" != "$($awk 'BEGIN { srand(); print rand() }')" ] || echo "bad: $awk gives $first twice"
done
echo ok
