# Link-time optimisation, whose names are random unless something makes them not.
. "$(dirname "$0")/../source.sh"
for jobs in 1 8; do
    rm -f ./*.o program; make -s -j$jobs FLAGS='-g -O2 -flto=auto'
    sha256sum program ./*.o | tee sums-$jobs
done
cmp -s sums-1 sums-8 && echo "equal at -j1 and -j8: ok" || echo "equal at -j1 and -j8: bad"
nm program | sha256sum; readelf -SW part1.o | grep -c lto
