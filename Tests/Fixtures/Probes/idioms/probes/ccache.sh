# ccache takes a second compilation from its cache, and compiles after an edit of the same size.
export CCACHE_DIR=$PWD/cache
echo 'int number = 1;' >a.c
sleep 1.1
ccache gcc -c a.c -o 1.o
ccache gcc -c a.c -o 2.o
ccache --print-stats | grep -E '^(direct_cache_hit|cache_miss)'
echo 'int number = 2;' >a.c
ccache gcc -c a.c -o 3.o
cmp 1.o 2.o || echo "bad: the cache's object is another"
cmp -s 1.o 3.o && echo "bad: stale object"
ccache --print-stats | grep -E '^cache_miss'
echo ok
