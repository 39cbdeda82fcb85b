# Open: busybox's shell makes random numbers from the monotonic clock.
busybox ash -c 'echo $RANDOM $RANDOM'
