# touch -t, -d @N and -m set times, -c makes nothing, and without a time it is now.
touch -t 200102030405.06 a
[ "$(TZ=UTC stat -c %y a | cut -c1-19)" = '2001-02-03 04:05:06' ] || echo "bad: $(stat -c %y a)"
touch -d @12345.678 a
[ "$(stat -c %.3Y a)" = 12345.678 ] || echo "bad: $(stat -c %.3Y a)"
touch -c never
[ ! -e never ] || echo "bad: -c"
before=$(date +%s)
touch a
after=$(date +%s)
[ "$(stat -c %Y a)" -ge "$before" ] && [ "$(stat -c %Y a)" -le "$after" ] || echo "bad: not now"
[ "$(stat -c %X a)" = "$(stat -c %Y a)" ] || echo "bad: the access time is another"
echo ok
