# free, /proc/meminfo and getconf agree about the size of memory.
total=$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)
[ "$total" -gt 100000 ] || echo "bad: $total KiB"
[ "$(free -k | awk '/^Mem/ { print $2 }')" = "$total" ] || echo "bad: free"
pages=$(($(getconf _PHYS_PAGES) * $(getconf PAGE_SIZE) / 1024))
[ $((pages - total)) -gt -100000 ] && [ $((pages - total)) -lt 100000 ] || echo "bad: getconf says $pages, meminfo $total"
echo ok
