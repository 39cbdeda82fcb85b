# A progress line that is drawn whenever the clock has moved a second is drawn while a job runs, and not for each look at it.
sleep 2.3 &
job=$!
last=$(date +%s)
looks=0
lines=0
while kill -0 $job 2>/dev/null; do
    looks=$((looks + 1))
    now=$(date +%s)
    if [ "$now" -gt "$last" ]; then
        lines=$((lines + 1))
        last=$now
    fi
    sleep 0.2
done
[ "$lines" -ge 1 ] && [ "$lines" -le "$looks" ] || echo "bad: $lines lines in $looks looks"
echo ok
