// `attach PID`: every way to get at another process of the same user; prints the answers. The kernel asks the same question
// (ptrace access) of all of them, so one that forgot it shows.
#define _GNU_SOURCE
#include "attack.h"
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

int main(int count, char **arguments) {
    if (count < 2) return 2;
    pid_t pid = atoi(arguments[1]);
    char path[64], byte;
    say("attach", ptrace(PTRACE_SEIZE, pid, 0, 0));
    // Something that is mapped in every program that is not moved about, and in one that is: the answer is EFAULT then.
    struct iovec own = {&byte, 1}, other = {(void *)0x400000, 1};
    long read_there = process_vm_readv(pid, &own, 1, &other, 1, 0);
    say("vm_read", read_there == -1 && errno == EFAULT ? 0 : read_there);
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    say("mem", open(path, O_RDWR));
    snprintf(path, sizeof path, "/proc/%d/fd/0", pid);
    say("fd", open(path, O_RDONLY));
    snprintf(path, sizeof path, "/proc/%d/root/", pid);
    say("root", open(path, O_RDONLY | O_DIRECTORY));
    int handle = syscall(SYS_pidfd_open, pid, 0);
    say("pidfd_getfd", handle < 0 ? -1 : syscall(SYS_pidfd_getfd, handle, 0, 0));
    return 0;
}
