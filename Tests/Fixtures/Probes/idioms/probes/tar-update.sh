# tar -u appends what is newer than in the archive, once.
echo one >f
tar -cf a.tar f
sleep 1.1
echo two >f
tar -uf a.tar f
tar -uf a.tar f
[ "$(tar -tf a.tar | wc -l)" -eq 2 ] || echo "bad: $(tar -tf a.tar | wc -l) members"
tar -xOf a.tar f
echo ok
