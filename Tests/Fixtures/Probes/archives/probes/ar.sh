# ar and a Debian package of files that were made here.
. "$(dirname "$0")/../tree.sh"
ar rcU tree.a tree/zeta tree/alpha; ar rc plain.a tree/zeta tree/alpha; sha256sum ./*.a; ar tv tree.a
mkdir -p package/DEBIAN package/usr; cp -r tree package/usr
printf 'Package: probe\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: probe\n' >package/DEBIAN/control
dpkg-deb --root-owner-group -b package probe.deb; sha256sum probe.deb; dpkg-deb -c probe.deb
env -u SOURCE_DATE_EPOCH dpkg-deb -b package undated.deb; sha256sum undated.deb
