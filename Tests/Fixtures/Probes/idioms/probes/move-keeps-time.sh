# mv and ln keep a file's modification time; cp without -p gives a new one.
touch -d '2020-01-01 00:00 UTC' a
mv a b
ln b c
cp b d
stat -c %Y b c
[ "$(stat -c %Y b)" = 1577836800 ] || echo "bad: mv"
[ "$(stat -c %Y d)" -gt 1577836800 ] || echo "bad: cp kept it"
echo ok
