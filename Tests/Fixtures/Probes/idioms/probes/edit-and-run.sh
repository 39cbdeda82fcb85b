# A script, a C program and a Makefile's dependency are edited to the same size and run again, a second later.
run() { cc -O0 -o prog a.c && ./prog && python3 -c 'import m; print(m.x)' && gawk -f a.awk && make -s; }
write() {
    echo "int main(void) { return !putchar(48 + $1) + !putchar(10); }" >a.c
    sed -i '1i int putchar(int);' a.c
    echo "x = $1" >m.py
    echo "BEGIN { print $1 }" >a.awk
    echo $1 >in
}
printf 'all: out\n\tcat out\nout: in\n\tcp in out\n' >Makefile
write 1
run | paste -sd' '
sleep 1.1
write 2
run | paste -sd' ' | tee last
[ "$(cat last)" = '2 2 2 2' ] || echo "bad: $(cat last)"
echo ok
