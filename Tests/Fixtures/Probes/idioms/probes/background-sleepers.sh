# Beside a hundred jobs in the background that sleep, a sleep in the foreground takes its time.
for i in $(seq 100); do (sleep 0.1; sleep 20) & done
sleep 0.5
for i in 1 2; do
    start=$(date +%s)
    sleep 2
    [ $(($(date +%s) - start)) -eq 2 ] || echo "bad: $(($(date +%s) - start)) seconds"
done
wait
echo ok
