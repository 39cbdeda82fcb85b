# mv renames a folder of the sources, with what is in it, without a copy.
cd /build/tree
number=$(stat -c %i moved)
mv moved elsewhere
[ ! -e moved ] && [ "$(cat elsewhere/deep/er/file)" = deep ] || echo "bad: not moved"
[ "$(stat -c %i elsewhere)" = "$number" ] || echo "bad: another number"
mv elsewhere/deep elsewhere/renamed
find elsewhere | LC_ALL=C sort
echo ok
