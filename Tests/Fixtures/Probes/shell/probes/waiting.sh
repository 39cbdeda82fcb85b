# Waiting works.
timeout 0.3 sleep 10; echo "timeout $?"
before=$(cut -d' ' -f1 /proc/uptime); sleep 0.2; sh -c 'sleep 0.2' & wait; echo "slept"
timeout 5 sh -c 'until [ -e flag ]; do sleep 0.05; done' & (sleep 0.2; touch flag); wait $! ; echo "flag $?"
