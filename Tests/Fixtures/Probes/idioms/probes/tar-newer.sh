# tar -N and --newer-mtime take what was changed after a point that `date` told.
echo >old
sleep 1.1
T=$(date '+%F %T')
sleep 1.1
echo >new
tar -cf a.tar --newer-mtime="$T" old new 2>/dev/null
[ "$(tar -tf a.tar)" = new ] || echo "bad: $(tar -tf a.tar)"
tar -cf b.tar -N "./old" old new 2>/dev/null
tar -tf b.tar | grep -qx new || echo "bad: -N of a file"
echo ok
