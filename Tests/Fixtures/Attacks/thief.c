// `thief`: counts seccomp listeners among the descriptors of all processes that it can reach, by their names in /proc and by
// taking them with pidfd_getfd. `thief own`: makes one first.
#define _GNU_SOURCE
#include "attack.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int is_listener(const char *path) {
    char target[256];
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) return 0;
    target[length] = 0;
    return strstr(target, "seccomp") != NULL;
}

int main(int count, char **arguments) {
    if (count > 1) {
        struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
        struct sock_fprog program = {1, allow};
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) < 0) stop("seccomp");
    }
    int found = 0, own = getpid();
    for (int pid = 1; pid < 400; pid++) {
        if (count > 1 && pid > 1) break;
        int process = count > 1 ? own : pid, handle = syscall(SYS_pidfd_open, process, 0);
        if (handle < 0) continue;
        for (int number = 0; number < 200; number++) {
            char path[64];
            snprintf(path, sizeof path, "/proc/%d/fd/%d", process, number);
            int taken = syscall(SYS_pidfd_getfd, handle, number, 0);
            if (taken >= 0) {
                char copy[64];
                snprintf(copy, sizeof copy, "/proc/self/fd/%d", taken);
                if (is_listener(copy) || is_listener(path)) found++;
                close(taken);
            } else if (is_listener(path)) found++;
        }
        close(handle);
    }
    printf("listeners %d\n", found);
    return 0;
}
