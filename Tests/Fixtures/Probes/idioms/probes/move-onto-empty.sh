# mv -T puts a folder in the place of an empty one, and not of one that holds something.
mkdir -p a/in b c
echo >a/in/file
echo >c/file
mv -T a b
cat b/in/file
mv -T b c 2>/dev/null && echo "bad: c was not empty"
cd /build/tree
mkdir -p empty
mv -T onto empty || echo "bad: of the sources"
ls empty
echo ok
