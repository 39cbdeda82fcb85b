# Link-time optimisation, whose objects hold random names, as everywhere without -frandom-seed: two runs of make differ in these, and
# are the same in every build. What is linked of them has none.
. "$(dirname "$0")/../source.sh"
for jobs in 1 8; do
    rm -f ./*.o program; make -s -j$jobs FLAGS='-g -O2 -flto=auto'
    sha256sum ./*.o; sha256sum program | tee sums-$jobs
done
cmp -s sums-1 sums-8 && echo "equal at -j1 and -j8: ok" || echo "equal at -j1 and -j8: bad"
nm program | sha256sum; readelf -SW part1.o | grep -c lto
