# A library by libtool, shared and static.
printf 'AC_INIT([f], [1.0])\nAC_PROG_CC\nLT_INIT\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n' >configure.ac
printf 'all:\n' >Makefile.in; echo 'int f(void) { return 1; }' >f.c
libtoolize --copy >log 2>&1 && autoreconf -fi >>log 2>&1 && ./configure >>log 2>&1 || tail -n 5 log
sh libtool --mode=compile --tag=CC gcc -g -O -c f.c; sh libtool --mode=link --tag=CC gcc -o libf.la f.lo -rpath /usr/lib
sha256sum libtool libf.la f.lo .libs/*
