# A loop that reads a line for each second that another process slept sees the clock move from line to line.
# not inside: what comes through a pipe brings no time along, because reading is not asked about
for i in 1 2 3; do
    sleep 1.05
    echo tick
done | while read -r line; do date +%s; done >seconds
[ "$(sort -u seconds | wc -l)" -eq 3 ] || echo "bad: $(cat seconds)"
echo ok
