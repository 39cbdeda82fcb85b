# cpio in each of its formats.
. "$(dirname "$0")/../tree.sh"
for format in newc crc odc bin ustar tar; do find tree | cpio --quiet -o -H $format >$format.cpio; done
find tree | cpio --quiet -o -H newc --reproducible >reproducible.cpio; find tree -print0 | cpio --quiet -0 -o --device-independent -H newc >independent.cpio
sha256sum ./*.cpio; cpio -itv --quiet <newc.cpio
