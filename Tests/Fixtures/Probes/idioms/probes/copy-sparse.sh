# cp --sparse=always, tar -S and rsync -S make holes of zeros and keep what is in the file.
head -c 8M /dev/zero >zeros
echo end >>zeros
cp --sparse=always zeros copy
tar -cSf a.tar copy
mkdir out
tar -xf a.tar -C out
rsync -S zeros synced
for file in copy out/copy synced; do
    cmp zeros $file || echo "bad: $file"
    [ "$(du -k $file | cut -f1)" -lt 1024 ] || echo "bad: $(du -k $file)"
done
[ "$(stat -c %s a.tar)" -lt 1000000 ] || echo "bad: the archive has $(stat -c %s a.tar) bytes"
echo ok
