# gcc links C and assembly to a program, in which the name of a temporary object file stands.
echo 'int main(void) { return 0; }' >a.c
printf '.globl f\nf: ret\nlocal: nop\n.section .note.GNU-stack,"",@progbits\n' >b.S
gcc -g a.c b.S -o prog
cp prog first
gcc -g a.c b.S -o prog
strings -a prog | grep -cE '^cc[A-Za-z0-9]{6}\.o$'
# The name of the temporary file is in the program; outside it is another one each time.
[ -n "$IDIOMS_OUTSIDE" ] || sha256sum first prog
echo ok
