# `make test` of the release, every test named.
exec 2>&1
cd unix
./configure
make -j"$BELLJAR_JOBS"
timeout 1500 make test TESTFLAGS='-verbose bpse' >../said 2>&1 || true
cat ../said
# A name that several tests have counts by the worst.
sed -nE -e 's/^\+{4} ([^ ]+) PASSED$/1 pass \1/p' -e 's/^\+{4} ([^ ]+) SKIPPED: .*/2 skip \1/p' \
    -e 's/^==== ([^ ]+) .*FAILED$/3 fail \1/p' ../said | sort -k3 -k1,1r | awk '$3 != last { print $2, $3; last = $3 }' >"$OUT/results"
