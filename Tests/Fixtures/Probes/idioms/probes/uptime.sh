# /proc/uptime rises by what was slept.
read -r first rest </proc/uptime
sleep 1
read -r second rest </proc/uptime
[ "${second%.*}" -gt "${first%.*}" ] || echo "bad: $first, then $second"
echo ok
