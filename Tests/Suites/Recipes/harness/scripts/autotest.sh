# `make check` of a release that is compiled already; what Autotest says of each test is in its output.
timeout 1500 make -C tests check | tee "$OUT/said" || true
sed -nE -e 's/^ *([0-9]+): (.*[^ ]) +ok$/pass \1 \2/p' \
    -e 's/^ *([0-9]+): (.*[^ ]) +expected failure( .*)?$/pass \1 \2/p' \
    -e 's/^ *([0-9]+): (.*[^ ]) +skipped( .*)?$/skip \1 \2/p' \
    -e 's/^ *([0-9]+): (.*[^ ]) +(FAILED|UNEXPECTED).*$/fail \1 \2/p' "$OUT/said" >"$OUT/results"
rm "$OUT/said"
cat tests/testsuite.log
