# A named pipe carries what one process writes to another that reads.
mkfifo pipe
seq 1000 >pipe &
sort -n <pipe | tail -n 1
wait
[ -p pipe ] || echo "bad: no pipe"
echo ok
