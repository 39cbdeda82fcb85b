# The release's own Autotest suite.
exec 2>&1
./configure
make -j"$BELLJAR_JOBS"
. "$INPUTS/harness/autotest.sh"
