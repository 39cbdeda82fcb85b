#ifndef BELLJAR_CLINUX_H
#define BELLJAR_CLINUX_H
// What Swift cannot call: variadic functions, function-like macros, and GNU extensions that `import Glibc` leaves out.
// Header-only; each shim says why it exists. Must come before any include, so that the GNU declarations are seen.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// GNU extensions (glibc >= 2.32) that the Glibc module does not declare. Both answer pointers to constants, so they
// are safe from every thread; NULL for an unknown number.
static inline const char *bj_error_name(int number) { return strerrorname_np(number); }
static inline const char *bj_error_text(int number) { return strerrordesc_np(number); }

// prctl is variadic.
static inline int bj_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}

// seccomp has no wrapper in glibc, and syscall is variadic.
static inline int bj_seccomp_load(const void *instructions, unsigned short count, unsigned int flags) {
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)instructions};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}
static inline int bj_seccomp_action_available(unsigned int action) {
    return (int)syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}
static inline int bj_seccomp_notification_sizes(struct seccomp_notif_sizes *sizes) {
    return (int)syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, sizes);
}

#endif
