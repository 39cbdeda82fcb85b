# make -j2 and xargs -P4: objects, archives and programs that are compiled and linked side by side, with what they hold of times,
# random numbers and names of temporary files.
mkdir src
for i in $(seq 12); do
    printf '#include <stdio.h>\nstatic int hidden%d(void) { static int n; return ++n + %d; }\nint use%d(void) { return hidden%d(); }\n' $i $i $i $i >src/part$i.c
    printf 'int use%d(void);\nint main(void) { return use%d() != %d; }\n' $i $i $((i + 1)) >src/main$i.c
done
cat >Makefile <<'X'
numbers = $(shell seq 12)
all: $(numbers:%=program%) $(numbers:%=shared%.so) stamps
program%: main%.o libparts.a
	gcc -g -Wl,--build-id -o $@ $< -L. -lparts
shared%.so: src/part%.c
	gcc -g -fPIC -shared -o $@ $<
libparts.a: $(numbers:%=part%.o)
	ar rcU $@ $^
%.o: src/%.c
	gcc -g -O1 -DAT='__DATE__ " " __TIME__' -c -o $@ $<
stamps: $(numbers:%=stamp%)
	cat $^ >$@
stamp%:
	{ date '+%s'; od -An -N8 -tx8 /dev/urandom; } >$@
X
make -s -j2 2>&1; sha256sum program* shared* libparts.a stamps
for i in $(seq 12); do ./program$i || echo "program$i: bad"; done
ls src/part*.c | xargs -P 4 -n 1 sh -c 'gcc -g -c -o "x-$(basename "$0" .c).o" "$0"'; sha256sum x-*.o
seq 12 | xargs -P 4 -I {} gcc -g -o x-program{} src/main{}.c src/part{}.c; sha256sum x-program*
seq 24 | xargs -P 4 -n 1 sh -c 'od -An -N8 -tx8 /dev/urandom >random$0; date +%s >>random$0'; cat $(seq -f random%g 24) | sha256sum
cat $(seq -f random%g 24) | sort -u | wc -l
make -j2 -q && echo "up to date: ok" || echo "up to date: bad"
