# toolchain: debian-12-c
# AddressSanitizer with its leak detector, which stops the process with ptrace to look at it
cat >wrong.c <<'C'
#include <stdlib.h>
int main(int count, char **arguments) {
    volatile char *block = malloc(10);
    if (count > 1) { block[10] = 1; }
    block = 0;
    return 0;
}
C
gcc -g -fsanitize=address -o wrong wrong.c
./wrong 2>leak && exit 1
grep -q 'LeakSanitizer: detected memory leaks' leak
./wrong overflow 2>overflow && exit 1
grep -q heap-buffer-overflow overflow
