# df knows the file system of the current folder, with room, and du counts files.
df -Pk . | awk 'NR == 2 && ($2 <= 0 || $4 <= 0) { print "bad: no room: " $0 }'
[ "$(df -Pi . | wc -l)" -eq 2 ] || echo "bad: df -i"
mkdir d
head -c 300000 /dev/zero | tr '\0' x >d/f
[ "$(du -sk d | cut -f1)" -ge 293 ] && [ "$(du -sk d | cut -f1)" -lt 400 ] || echo "bad: $(du -sk d)"
stat -f -c '%s' . >/dev/null || echo "bad: stat -f"
echo ok
