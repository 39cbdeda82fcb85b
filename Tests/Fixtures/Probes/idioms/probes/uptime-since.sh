# `uptime -s`, when the machine was started, is before now, and the same after a sleep.
first=$(uptime -s)
sleep 2.1
second=$(uptime -s)
[ $(($(date -d "$second" +%s) - $(date -d "$first" +%s))) -le 1 ] || echo "bad: $first, then $second"
[ "$(date -d "$second" +%s)" -lt "$(date +%s)" ] || echo "bad: in the future"
echo ok
