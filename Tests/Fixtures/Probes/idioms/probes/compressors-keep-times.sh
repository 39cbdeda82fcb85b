# gzip, bzip2 and xz give what they pack, and unpack again, the time of the file.
for how in 'gzip gz' 'bzip2 bz2' 'xz xz'; do
    set -- $how
    echo text >f
    touch -d '2015-05-05 05:05:05 UTC' f
    $1 f
    [ "$(stat -c %Y f.$2)" = "$(date -d '2015-05-05 05:05:05 UTC' +%s)" ] || echo "bad: $1"
    $1 -d f.$2
    [ "$(stat -c %Y f)" = "$(date -d '2015-05-05 05:05:05 UTC' +%s)" ] || echo "bad: $1 -d"
done
touch -d '2016-06-06 06:06:06 UTC' f
gzip -k f
mv f.gz g.gz
gunzip -N g.gz 2>/dev/null || gunzip -Nf g.gz
stat -c %y f
echo | gzip -c | od -An -tx1 -j4 -N4
echo ok
