// Arguments, environment, open files and signals, as they are handed to a program.
#include "probe.h"
#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
extern char **environ;
int main(int count, char **arguments) {
    char target[4096];
    for (int i = 0; i < count; i++) printf("argument %s\n", arguments[i]);
    for (char **variable = environ; *variable; variable++) printf("%s\n", *variable);
    ssize_t length = readlink("/proc/self/exe", target, sizeof target);
    printf("executable %.*s\n", (int)(length > 0 ? length : 0), target);
    for (int i = 0; i < 256; i++)
        if (fcntl(i, F_GETFD) >= 0) {
            struct stat status;
            fstat(i, &status);
            printf("open %d kind %o flags %x\n", i, status.st_mode & S_IFMT, fcntl(i, F_GETFL));
        }
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int i = 1; i < 65; i++) {
        struct sigaction action;
        if (sigismember(&blocked, i) == 1) printf("blocked %d\n", i);
        if (sigaction(i, NULL, &action) == 0 && action.sa_handler != SIG_DFL) printf("signal %d not default\n", i);
    }
    printf("process %d parent %d group %d session %d\n", getpid(), getppid(), getpgrp(), getsid(0));
    static const struct { int option; const char *name; } settings[] = {
        {PR_GET_DUMPABLE, "dumpable"}, {PR_GET_KEEPCAPS, "keepcaps"}, {PR_GET_SECCOMP, "seccomp"},
        {PR_GET_SECUREBITS, "securebits"}, {PR_GET_NO_NEW_PRIVS, "no new privileges"}, {PR_GET_THP_DISABLE, "thp"},
        {PR_GET_TIMERSLACK, "timer slack"}, {PR_GET_IO_FLUSHER, "flusher"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        say_result(settings[i].name, prctl(settings[i].option, 0, 0, 0, 0));
}
