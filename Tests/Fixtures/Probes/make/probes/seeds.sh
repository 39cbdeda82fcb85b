# Names that the compiler makes of random numbers: anonymous namespaces, coverage, sanitizers.
printf 'namespace { struct S { int x; }; }\nextern "C" int f(S *s); int f(S *s) { return s->x; }\n__attribute__((constructor)) static void g() {}\n' >unit.cc
g++ -c -O2 unit.cc; sha256sum unit.o; g++ -c -O2 -flto unit.cc -o lto.o; sha256sum lto.o
g++ -c --coverage unit.cc -o cover.o; sha256sum cover.o; g++ -c -fprofile-generate unit.cc -o gen.o; sha256sum gen.o
g++ -c -fsanitize=address unit.cc -o asan.o; sha256sum asan.o; nm unit.o lto.o cover.o asan.o | sha256sum
