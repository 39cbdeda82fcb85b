# dpkg-deb --build with SOURCE_DATE_EPOCH writes the same package twice.
mkdir -p p/DEBIAN p/usr/share/doc/p
printf 'Package: p\nVersion: 1\nArchitecture: all\nMaintainer: m <m@example.org>\nDescription: d\n' >p/DEBIAN/control
echo text >p/usr/share/doc/p/readme
export SOURCE_DATE_EPOCH=1000000000
dpkg-deb --root-owner-group --build p one.deb >/dev/null
sleep 1.1
touch p/usr/share/doc/p/readme
dpkg-deb --root-owner-group --build p two.deb >/dev/null
cmp one.deb two.deb || echo "bad: they differ"
sha256sum one.deb
echo ok
