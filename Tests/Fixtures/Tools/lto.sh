# toolchain: debian-12-c
# gcc with link-time optimisation, which starts a make of its own with as many jobs as there are processors
for i in 1 2 3 4; do echo "int f$i(int x) { return x + $i; }" >f$i.c; gcc -O2 -flto -c f$i.c; done
echo 'int f1(int), f2(int), f3(int), f4(int); int main(void) { return f1(f2(f3(f4(0)))) == 10 ? 0 : 1; }' >main.c
gcc -O2 -flto=auto -o program main.c f1.o f2.o f3.o f4.o
./program
