# toolchain: debian-12-c
# make -j8 with a jobserver that is handed down to makes below it
cat >Makefile <<'M'
all: $(addprefix d,1 2 3 4 5 6 7 8)
d%:
	+@mkdir -p $@ && cp inner.mk $@/Makefile && $(MAKE) -C $@
M
cat >inner.mk <<'M'
all: a b c d
%:
	@sleep 0.05; echo $@ >$@
M
make -s -j8 >log 2>&1 || { cat log; exit 1; }
if grep -i 'jobserver' log; then exit 1; fi
[ "$(cat d*/[abcd] | wc -l)" = 32 ]
