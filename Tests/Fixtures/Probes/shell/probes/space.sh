# Free space and load.
df; df -i; df -h /build; stat -f / /build /out /tmp; cat /proc/loadavg /proc/uptime
