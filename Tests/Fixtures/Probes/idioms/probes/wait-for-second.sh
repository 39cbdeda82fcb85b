# A loop that sleeps until `date +%s` has moved comes to its end.
start=$(date +%s)
while [ "$(date +%s)" -le "$start" ]; do sleep 0.2; done
echo ok
