# Files of /proc say the same by whatever name they are opened: uptime never goes back, and each uuid is a new one.
last=0
cd /proc
for name in /proc/uptime uptime /proc/./uptime //proc/uptime /proc/self/../uptime /proc/uptime; do
    now=$(cut -d ' ' -f 1 "$name" | tr -d .)
    [ "$now" -ge "$last" ] || echo "bad: $name says $now after $last"
    last=$now
    sleep 1
done
cd sys/kernel/random
found=$(for name in uuid ./uuid ../random/uuid /proc/sys/kernel/random/uuid; do cat "$name"; done)
echo "$found"
[ "$(echo "$found" | sort -u | wc -l)" -eq 4 ] || echo "bad: some are the same"
echo ok
