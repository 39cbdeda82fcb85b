# busybox's own tools.
. "$(dirname "$0")/../tree.sh"
busybox date; busybox ls -la --full-time tree; busybox tar -cf tree.tar tree; find tree | busybox cpio -o -H newc >tree.cpio
busybox gzip -c tree.tar >tree.gz; sha256sum tree.*; busybox uname -a; busybox nproc; busybox id; busybox free; busybox uptime
busybox df /build; busybox ash -c 'echo $$'; busybox stat tree/zeta; busybox find tree
busybox mktemp; busybox mktemp -d; busybox mktemp -p . many.XXXXXX
