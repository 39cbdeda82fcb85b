# cpio -H newc packs hundreds of files with hard links, and unpacks the same tree.
mkdir from to
for i in $(seq 400); do echo "$i" >"from/$i"; done
ln from/1 from/one
(cd from && find . | LC_ALL=C sort | cpio -o -H newc --quiet) >a.cpio
(cd to && cpio -i -d --quiet) <a.cpio
diff -r from to && echo same
[ to/1 -ef to/one ] || echo "bad: the link is lost"
[ to/2 -ef to/3 ] && echo "bad: a link that was none"
echo ok
