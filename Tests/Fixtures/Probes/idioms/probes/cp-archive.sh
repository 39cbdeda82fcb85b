# cp -a and rsync -a keep times to the nanosecond, of files, folders and links; cp without gives new ones.
mkdir d
echo >d/f
ln -s f d/l
touch -d '2011-11-11 11:11:11.123456789 UTC' d/f
touch -h -d '2012-12-12 12:12:12.987654321 UTC' d/l
touch -d '2010-10-10 10:10:10.5 UTC' d
for how in 'cp -a' 'rsync -a'; do
    rm -rf copy
    if [ "$how" = 'cp -a' ]; then cp -a d copy; else rsync -a d/ copy; fi
    for f in . f l; do
        [ "$(stat -c %y "d/$f")" = "$(stat -c %y "copy/$f")" ] || echo "bad: $how of $f: $(stat -c %y "copy/$f")"
    done
done
cp d/f plain
[ plain -nt d/f ] || echo "bad: cp is old"
stat -c %y d/f d/l
echo ok
