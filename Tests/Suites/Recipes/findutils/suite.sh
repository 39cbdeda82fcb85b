# `make check` of the release.
. "$INPUTS/harness/automake.sh"
