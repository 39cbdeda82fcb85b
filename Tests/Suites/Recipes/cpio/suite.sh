# The release's own Autotest suite. Its sources define variables in headers, which compilers of its day took,
# and Debian's archive is without doc.
exec 2>&1
./configure CFLAGS="-O2 -fcommon"
for part in gnu lib rmt src; do make -C "$part" -j"$BELLJAR_JOBS"; done
. "$INPUTS/harness/autotest.sh"
