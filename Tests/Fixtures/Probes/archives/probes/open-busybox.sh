# Open: busybox makes names of temporary files, and its shell random numbers, from the monotonic clock.
busybox mktemp; busybox ash -c 'echo $RANDOM $RANDOM'
