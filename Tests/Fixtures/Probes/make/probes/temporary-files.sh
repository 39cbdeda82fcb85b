# Names of the compiler's temporary files, which are in every program that is linked from assembly in one command.
echo 'int main(void) { return 0; }' >main.c
gcc -v main.c 2>&1 | grep -oE '/tmp/[^ ]*' | sort -u
printf '\t.globl main\nmain:\n\tcall zero\n\tret\nzero:\n\txorl %%eax, %%eax\n\tret\n' >main.s
for i in $(seq 20); do gcc -g -o "main.$i" main.s; readelf -sW "main.$i" | grep -oE 'cc[A-Za-z0-9]{6}.o'; done
gcc -g -o both main.c; gcc -static -g -o static main.s; sha256sum main.? main.?? both static
