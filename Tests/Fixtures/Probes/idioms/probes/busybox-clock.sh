# busybox's date, sleep, touch and find agree about what time it is.
begin=$(busybox date +%s)
busybox sleep 1
[ "$(busybox date +%s)" -gt "$begin" ] || echo "bad: date"
busybox touch f
[ "$(busybox stat -c %Y f)" -le "$(busybox date +%s)" ] && [ "$(busybox stat -c %Y f)" -ge "$begin" ] || echo "bad: touch"
[ "$(busybox find . -mmin -1 -type f)" = ./f ] || echo "bad: find"
busybox date -u -d '2024-02-29 00:00:00' +%j
echo ok
