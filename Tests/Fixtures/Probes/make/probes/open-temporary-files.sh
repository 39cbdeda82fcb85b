# Open: names of the compiler's temporary files, which the monotonic clock decides.
echo 'int main(void) { return 0; }' >main.c
gcc -v main.c 2>&1 | grep -oE '/tmp/[^ ]*' | sort -u
