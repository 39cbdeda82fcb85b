# `date -d` counts from now: an hour is 3600 seconds, and yesterday is before today.
now=$(date +%s)
later=$(date -d '1 hour' +%s)
[ $((later - now)) -ge 3600 ] && [ $((later - now)) -le 3602 ] || echo "bad: an hour is $((later - now)) seconds"
[ "$(date -d yesterday +%Y%m%d)" -lt "$(date +%Y%m%d)" ] || echo "bad: yesterday"
date -u -d @86400 '+%F %T'
date -u -d '2024-02-28 +2 days' +%F
echo ok
