# Recipes of make -j4 that read /dev/urandom by a redirection read different numbers.
printf 'all: $(foreach i,1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20,f$(i))\nf%%: ; od -An -N8 -tx8 </dev/urandom >$@\n' >Makefile
make -s -j4
cat f* | sort -u | wc -l
[ "$(cat f* | sort -u | wc -l)" -eq 20 ] || echo "bad: not 20"
for i in $(seq 20); do cat f$i; done
echo ok
