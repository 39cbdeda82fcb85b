// `without CALL PROGRAM...`: starts a program on a host that has not what CALL is: `unshare` (no user namespaces: EPERM), or
// `seccomp` (a kernel that was built without it: ENOSYS, and EINVAL of prctl). A filter of its own pretends that.
#define _GNU_SOURCE
#include "attack.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define ANSWER(number) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (number))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)

int main(int count, char **arguments) {
    if (count < 3) return 2;
    int is_seccomp = strcmp(arguments[1], "seccomp") == 0;
    struct sock_filter filter[] = {
        FIELD(nr),
        UNLESS(is_seccomp ? SYS_seccomp : SYS_unshare, 1),
        ANSWER(is_seccomp ? ENOSYS : EPERM),
        UNLESS(is_seccomp ? SYS_prctl : 0xffff, 3),
        FIELD(args[0]),
        UNLESS(PR_SET_SECCOMP, 1),
        ANSWER(EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) stop("no_new_privs");
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) stop("seccomp");
    execvp(arguments[2], arguments + 2);
    stop("%s", arguments[2]);
}
