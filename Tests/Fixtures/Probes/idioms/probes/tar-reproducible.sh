# tar with sorted names, set times and numeric owners writes the same archive of two trees that were made one after the other.
make_tree() { mkdir -p "$1/d" && for f in c a b; do echo $f >"$1/d/$f"; done; }
make_tree one
sleep 1.1
make_tree two
pack() { tar -C "$1" --sort=name --mtime=@1000000000 --owner=0 --group=0 --numeric-owner --format=ustar -cf - d | sha256sum; }
[ "$(pack one)" = "$(pack two)" ] || echo "bad: they differ"
pack one
tar -C one -cf - d | tar -tvf - | wc -l
echo ok
