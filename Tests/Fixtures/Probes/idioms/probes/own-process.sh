# ps, pgrep and /proc/self know a shell and its children.
[ "$(ps -o pid= -p $$ | tr -d ' ')" = $$ ] || echo "bad: ps -p"
sleep 30 &
child=$!
until [ "$(readlink "/proc/$child/exe")" != "$(readlink "/proc/$$/exe")" ]; do sleep 0.1; done
[ "$(ps -o ppid= -p $child | tr -d ' ')" = $$ ] || echo "bad: ppid"
pgrep -P $$ | grep -qx $child || echo "bad: pgrep"
[ "$(cat /proc/$child/comm)" = sleep ] || echo "bad: $(cat /proc/$child/comm)"
kill $child
wait $child 2>/dev/null
[ $? -eq 143 ] || echo "bad: status"
kill -0 $child 2>/dev/null && echo "bad: still there"
echo ok
