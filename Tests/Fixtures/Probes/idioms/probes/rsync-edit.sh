# rsync -a copies an edit of the same size, and a second time nothing.
mkdir from
echo one >from/f
rsync -a from/ to/
sleep 1.1
echo two >from/f
rsync -a from/ to/
cat to/f
cmp from/f to/f || echo "bad: not copied"
[ -z "$(rsync -ai from/ to/)" ] || echo "bad: copied again: $(rsync -ai from/ to/)"
echo ok
