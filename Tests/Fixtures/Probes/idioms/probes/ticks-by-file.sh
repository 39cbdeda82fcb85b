# A loop that looks for a line that another process appends each second sees the clock move with its own sleeps.
(for i in 1 2 3; do sleep 1.05; echo tick >>log; done) &
: >>log
for n in 1 2 3; do
    until [ "$(wc -l <log)" -ge $n ]; do sleep 0.1; done
    date +%s
done >seconds
wait
[ "$(sort -u seconds | wc -l)" -eq 3 ] || echo "bad: $(cat seconds)"
echo ok
