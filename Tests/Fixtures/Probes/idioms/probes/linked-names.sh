# A program that is linked with an assembly file is the same each time it is linked.
echo 'int main(void) { return 0; }' >a.c
printf '.globl f\nf: ret\n.section .note.GNU-stack,"",@progbits\n' >b.S
gcc -g a.c b.S -o prog
strings -a prog 2>/dev/null | grep -E '^cc[A-Za-z0-9]{6}\.o$' | wc -l
[ -z "$IDIOMS_OUTSIDE" ] && sha256sum prog
echo ok
