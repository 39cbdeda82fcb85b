# 200 targets at -j8, in the order of their dates and not one too many at the second time.
mkdir src; for i in $(seq 200); do echo "$i" >"src/$i.in"; done
cat >Makefile <<'X'
all: $(patsubst src/%.in,out-%,$(wildcard src/*.in))
	@echo $(words $^) $(firstword $(wildcard src/*.in)) $(lastword $(wildcard src/*.in))
out-%: src/%.in
	@cp $< $@
X
make -j8 2>&1; make -j8 -q out-1 out-17 out-200 && echo "up to date: ok" || echo "up to date: bad"
touch src/17.in; make -n | grep -c cp
make -p -n 2>/dev/null | grep -E '^MAKE|^CURDIR|^SHELL' | sort
