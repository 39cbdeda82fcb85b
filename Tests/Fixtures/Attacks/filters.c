// `filters`: loads a filter that allows everything and tries what was refused before; wants a listener for its own calls; prints
// the time (1 for a time that is not frozen). `filters many`: loads filters until the kernel has enough, and then asks.
#define _GNU_SOURCE
#include "attack.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

static long load(unsigned flags) {
    struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {1, allow};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

int main(int count, char **arguments) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (count > 1) {
        int loaded = 0;
        while (loaded < 100000 && load(0) == 0) loaded++;
        printf("many %d\n", loaded);
    } else {
        say("allowed", load(0));
        say("unshare", syscall(SYS_unshare, CLONE_NEWUSER));
        say("listener", load(SECCOMP_FILTER_FLAG_NEW_LISTENER));
    }
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    printf("time %ld\n", now.tv_sec == 1700000000 ? (long)now.tv_sec : 1);
    return 0;
}
