# toolchain: debian-12-c
# A test program that loads a seccomp filter of its own, with errno, trap and kill, and one with Landlock's question
cat >filter.c <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static void load(int number, unsigned action) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) exit(10);
}
static void trapped(int signal) { _exit(42); }
int main(void) {
    load(SYS_getppid, SECCOMP_RET_ERRNO | 77);
    if (syscall(SYS_getppid) != -1 || errno != 77) return 1;
    int status;
    if (fork() == 0) { signal(SIGSYS, trapped); load(SYS_getpgrp, SECCOMP_RET_TRAP); syscall(SYS_getpgrp); _exit(1); }
    wait(&status);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 42) return 2;
    if (fork() == 0) { load(SYS_getsid, SECCOMP_RET_KILL_PROCESS); syscall(SYS_getsid, 0); _exit(1); }
    wait(&status);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS) return 3;
    long version = syscall(SYS_landlock_create_ruleset, 0, 0, 1);
    return version == -1 && errno != ENOSYS && errno != EOPNOTSUPP ? 4 : 0;
}
C
gcc -o filter filter.c
./filter
