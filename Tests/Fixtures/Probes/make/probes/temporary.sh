# Temporary files of the compiler do not show in what it makes.
echo 'int main(void) { return 0; }' >main.c
gcc -save-temps -g main.c -o main; sha256sum main ./*.o ./*.s
echo 'int a;' | gcc -g -x c -c - -o in.o; sha256sum in.o; gcc -g -c main.c -o main.o --coverage; sha256sum main.o main.gcno
gcc -g main.c -o direct; sha256sum direct; gcc -g -static main.c -o static; sha256sum static; readelf -sW direct | grep FILE
