# autoconf, automake and configure, with its question whether the clock is sane.
cat >configure.ac <<'X'
AC_INIT([probe], [1.0])
AM_INIT_AUTOMAKE([foreign])
AC_PROG_CC
AC_CHECK_HEADERS([stdint.h unistd.h])
AC_CHECK_FUNCS([clock_gettime getrandom])
AC_CONFIG_HEADERS([config.h])
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
X
printf 'bin_PROGRAMS = probe\nprobe_SOURCES = probe.c\n' >Makefile.am
printf '#include "config.h"\nint main(void) { return 0; }\n' >probe.c
autoreconf -i 2>&1; mkdir build; cd build; ../configure 2>&1; make 2>&1 | tee log
grep -qiE 'skew|future|newly created file is older' log config.log && echo "sane clock: bad" || echo "sane clock: ok"
# Its rule for config.h, which is older than stamp-h1, does nothing; so that `make -q` says no in a world where the order of
# any two files is known.
make 2>&1 | grep -qE 'probe\.[co]|configure|status' && echo "up to date: bad" || echo "up to date: ok"
make dist >/dev/null 2>&1; sha256sum probe probe-1.0.tar.gz config.h config.status Makefile config.log ../configure
touch ../configure.ac; make 2>&1 | head -n 5; grep -E '^(uname|host|build)' config.log
