# tail --pid ends when the process does.
sleep 1.2 &
echo line >log
timeout 15 tail --pid=$! -s 0.2 -f log || echo "bad: $?"
echo ok
