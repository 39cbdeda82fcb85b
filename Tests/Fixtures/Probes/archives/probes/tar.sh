# GNU tar in each of its formats.
. "$(dirname "$0")/../tree.sh"
for format in gnu oldgnu pax ustar v7; do tar --format=$format -cf $format.tar tree; done
tar --sparse --format=pax -cf sparse.tar tree; tar -S --format=posix --atime-preserve=replace -cf atime.tar tree
tar --sort=inode -cf inode.tar tree; tar --listed-incremental=snap -cf inc.tar tree; tar -cf source.tar -C /build names
sha256sum ./*.tar; tr '\0' '\n' <snap | head -n 12; tar -tvf source.tar | head -n 5
