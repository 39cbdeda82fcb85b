# `make check` of the release: each test prints its name, and what it wrote stays in `_NAME` if that was wrong.
exec 2>&1
./configure
# Debian's archive is without doc, so not everything can be made.
make -C support -j"$BELLJAR_JOBS"
make -j"$BELLJAR_JOBS" gawk
make -C extension -j"$BELLJAR_JOBS"
timeout 1500 make -k -C test check >said 2>&1 || true
cat said
grep -E '^[a-z0-9_-]+$' said | sort -u | while read -r name; do
    if [ -e "test/_$name" ]; then echo "fail $name"; else echo "pass $name"; fi
done >"$OUT/results"
