# A library by libtool, shared and static.
echo 'int f(void) { return 1; }' >f.c
libtool --mode=compile --tag=CC gcc -g -O -c f.c 2>&1; libtool --mode=link --tag=CC gcc -o libf.la f.lo -rpath /usr/lib 2>&1
sha256sum libf.la f.lo .libs/*
