// A runner that starts a hostile root's program while it is still itself: `naive ROOT PROGRAM [say]`, as root of namespaces of its own.
// Started as that program, it does what a build would do then: changes the file that it runs.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (getenv("HOSTILE")) {
        struct timespec times[2] = {{1, 0}, {1, 0}};
        return utimensat(AT_FDCWD, "/proc/self/exe", times, 0) != 0 || chmod("/proc/self/exe", 06755) != 0;
    }
    if (argc < 3) return 2;
    // As a runner may have it open for a reason of its own.
    int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), ready[2];
    if (own < 0 || dup3(own, 9, O_CLOEXEC) != 9 || pipe2(ready, O_CLOEXEC) != 0) return 3;
    pid_t child = fork();
    if (child == 0) {
        char *arguments[] = {argv[2], NULL}, *environment[] = {"HOSTILE=1", NULL};
        if (chroot(argv[1]) != 0 || chdir("/") != 0) _exit(4);
        execve(argv[2], arguments, environment);
        int number = errno;
        if (write(ready[1], &number, sizeof number) < 0) _exit(6);
        _exit(5);
    }
    close(ready[1]);
    int number = 0, status = 0;
    // The pipe is closed when the program is started.
    int failed = read(ready[0], &number, sizeof number) != 0;
    waitpid(child, &status, 0);
    if (argc > 3) puts(failed ? strerror(number) : "started");
    return number;
}
