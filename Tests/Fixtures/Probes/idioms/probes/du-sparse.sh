# du of a file that truncate made says next to nothing, and its apparent size all.
truncate -s 64M sparse
[ "$(du -k sparse | cut -f1)" -lt 1024 ] || echo "bad: du says $(du -k sparse)"
[ "$(du -k --apparent-size sparse | cut -f1)" -eq 65536 ] || echo "bad: $(du -k --apparent-size sparse)"
echo x | dd of=sparse bs=1 seek=1048576 conv=notrunc 2>/dev/null
[ "$(du -k sparse | cut -f1)" -lt 1024 ] || echo "bad: du says $(du -k sparse)"
head -c 1M /dev/zero | tr '\0' x >full
[ "$(du -k full | cut -f1)" -ge 1024 ] || echo "bad: du of a full file says $(du -k full)"
echo ok
