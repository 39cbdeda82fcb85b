# rsync -u leaves alone what is newer at its destination; -t keeps times, so that a second run has nothing to do.
mkdir a b
echo old >a/f
sleep 1.1
echo new >b/f
rsync -u a/f b/
cat b/f
sleep 1.1
echo newest >a/f
rsync -ut a/f b/
cat b/f
[ -z "$(rsync -ti a/f b/)" ] || echo "bad: sent again"
echo ok
