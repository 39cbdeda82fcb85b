#ifndef BELLJAR_CLINUX_H
#define BELLJAR_CLINUX_H
// What Swift cannot call: variadic functions, function-like macros, and GNU extensions that `import Glibc` leaves out.
// Header-only; each shim says why it exists. Must come before any include, so that the GNU declarations are seen.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

// GNU extensions (glibc >= 2.32) that the Glibc module does not declare. Both answer pointers to constants, so they
// are safe from every thread; NULL for an unknown number.
static inline const char *bj_error_name(int number) { return strerrorname_np(number); }
static inline const char *bj_error_text(int number) { return strerrordesc_np(number); }

#endif
