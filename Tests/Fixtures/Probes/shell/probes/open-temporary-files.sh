# Open: names of temporary files that mktemp makes from the monotonic clock's nanoseconds.
mktemp; mktemp -d; mktemp -p . XXXXXXXXXX
