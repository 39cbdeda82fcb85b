# tar and cp -a keep hard links, and rsync -H too.
mkdir d
echo text >d/a
ln d/a d/b
tar -cf - d | (mkdir out && tar -xf - -C out)
cp -a d copy
rsync -aH d/ synced/
for folder in out/d copy synced; do [ $folder/a -ef $folder/b ] || echo "bad: $folder"; done
[ "$(du -sk --count-links d | cut -f1)" -ge "$(du -sk d | cut -f1)" ] || echo "bad: du"
echo ok
