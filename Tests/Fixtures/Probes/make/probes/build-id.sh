# The same program, with its build id, one job at a time and eight.
. "$(dirname "$0")/../source.sh"
for jobs in 1 8; do
    rm -f ./*.o program; make -s -j$jobs FLAGS='-g -O2 -Wl,--build-id'
    sha256sum program ./*.o | tee sums-$jobs; readelf -n program | grep 'Build ID'
done
cmp -s sums-1 sums-8 && echo "equal at -j1 and -j8: ok" || echo "equal at -j1 and -j8: bad"
readelf --debug-dump=info program | grep -E 'DW_AT_(comp_dir|name|producer)' | grep -E 'build|GNU C' | head -n 4
