# The release's own Autotest suite. Its sources define variables in headers, which compilers of its day took,
# and Debian's archive is without doc.
exec 2>&1
./configure CFLAGS="-O2 -fcommon"
for part in gnu lib rmt src; do make -C "$part" -j"$BELLJAR_JOBS"; done
timeout 1500 make -C tests check | tee "$OUT/said" || true
sed -nE -e 's/^ *([0-9]+): (.*[^ ]) +ok$/pass \1 \2/p' \
    -e 's/^ *([0-9]+): (.*[^ ]) +expected failure( .*)?$/pass \1 \2/p' \
    -e 's/^ *([0-9]+): (.*[^ ]) +skipped( .*)?$/skip \1 \2/p' \
    -e 's/^ *([0-9]+): (.*[^ ]) +(FAILED|UNEXPECTED).*$/fail \1 \2/p' "$OUT/said" >"$OUT/results"
rm "$OUT/said"
cat tests/testsuite.log
