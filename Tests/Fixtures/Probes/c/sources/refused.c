// Calls that a build does not have.
#include "probe.h"
#include <signal.h>
#include <sys/wait.h>
static void forked(const char *name, void (*body)(void)) {
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        body();
        _exit(42);
    }
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("%s signal %d\n", name, WTERMSIG(status));
    else printf("%s exit %d\n", name, WEXITSTATUS(status));
}
static void foreign(void) { __asm__ volatile("int $0x80" : : "a"(20) : "memory"); }
static void x32(void) { syscall(0x40000000 + SYS_getpid); }
int main(void) {
    char area[256] = {0};
    say_result("io_uring_setup", syscall(425, 1, area));
    say_result("perf_event_open", syscall(298, area, 0, -1, -1, 0));
    say_result("bpf", syscall(321, 0, area, sizeof area));
    say_result("userfaultfd", syscall(323, 0));
    say_result("adjtimex", syscall(SYS_adjtimex, area));
    say_result("settimeofday", syscall(SYS_settimeofday, area, NULL));
    forked("int 0x80", foreign);
    forked("x32", x32);
}
