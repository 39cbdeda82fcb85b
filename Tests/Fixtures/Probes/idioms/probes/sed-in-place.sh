# sed -i, patch and install change files of the sources.
cd /build/tree
sed -i s/old/new/ edited
cat edited
install -m 755 edited installed
stat -c %a installed
chmod u-w edited
[ -w edited ] && echo "bad: still writable"
echo ok
