# Sources of the compiler's probes: read by them.
mkdir -p src
for i in 1 2 3 4 5 6 7 8; do
    printf 'namespace { int hidden() { static int n = %d; return ++n; } }\nstruct T%d { virtual ~T%d() {} virtual int f() { return hidden(); } };\nint use%d() { T%d t; return t.f(); }\n' $i $i $i $i $i >src/part$i.cc
done
printf '#include <cstdio>\n#include <map>\n#include <string>\n' >src/main.cc
for i in 1 2 3 4 5 6 7 8; do printf 'int use%d();\n' $i >>src/main.cc; done
printf 'int main() { std::map<std::string, int> m; m["x"] = use1() + use2() + use8(); std::puts(__DATE__ __TIME__); return m.size() - 1; }\n' >>src/main.cc
cat >Makefile <<'X'
objects = $(patsubst src/%.cc,%.o,$(wildcard src/*.cc))
program: $(objects)
	g++ $(FLAGS) -o $@ $^
%.o: src/%.cc
	g++ $(FLAGS) -c -o $@ $<
X
ls -l src | wc -l
