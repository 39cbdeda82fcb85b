# A loop that waits for a file of a background job, at most ten seconds by the clock, finds it.
(sleep 0.7; echo ready >flag) &
deadline=$(($(date +%s) + 10))
until [ -s flag ]; do
    [ "$(date +%s)" -lt "$deadline" ] || { echo 'bad: gave up'; break; }
    sleep 0.1
done
cat flag
wait
echo ok
