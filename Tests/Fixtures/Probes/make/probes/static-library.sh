# ar, ranlib, strip, objcopy and a linker's map.
for name in zeta alpha middle; do echo "int $name(void) { return 1; }" >$name.c; gcc -g -c $name.c; done
ar rc plain.a ./*.o; ar rcU dated.a ./*.o; ar rcD fixed.a ./*.o; ranlib plain.a
cp plain.a stripped.a; strip -g stripped.a; objcopy --only-keep-debug zeta.o zeta.debug
ar tvO dated.a; echo 'int main(void) { return 0; }' >main.c; gcc -c main.c; gcc main.o plain.a -Wl,-Map=map -o main
sha256sum ./*.a ./*.debug map main
