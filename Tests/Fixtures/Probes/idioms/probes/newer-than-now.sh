# After many files, one that is made is newer than the time that was read before it, for find -newermt, touch -d and make.
# Outside, the kernel's time for files is late by up to its longest tick.
tick() { [ -z "${IDIOMS_OUTSIDE:-}" ] || sleep 0.02; }
for i in $(seq 60); do date >f$i; done
now=$(date '+%F %T.%N')
tick
echo x >g
[ "$(find . -name g -newermt "$now")" = ./g ] || echo "bad: find does not find it"
touch -d "$(date '+%F %T.%N')" stamp
tick
echo y >h
[ h -nt stamp ] || echo "bad: not newer than a stamp"
printf 'h: stamp\n\techo remade\n' >Makefile
make -q h || echo "bad: make would make it again"
echo ok
