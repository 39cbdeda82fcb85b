# `date -r` shows a file's time, and touch -r gives it to another file.
touch -d '2020-02-29 12:34:56.789 UTC' a
[ "$(date -u -r a '+%F %T')" = '2020-02-29 12:34:56' ] || echo "bad: $(date -r a)"
echo >b
[ "$(date -r b +%s)" = "$(stat -c %Y b)" ] || echo "bad: date and stat"
touch -r a b
[ "$(stat -c %y a)" = "$(stat -c %y b)" ] || echo "bad: touch -r"
[ a -nt b ] || [ a -ot b ] && echo "bad: not as old as each other"
echo ok
