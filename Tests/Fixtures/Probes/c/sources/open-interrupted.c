// Open: a signal whose handler does not restart calls can interrupt a call that process 1 has not looked at yet, also one
// that the kernel itself would never end with EINTR.
#include "probe.h"
#include <signal.h>
#include <sys/time.h>
static void nothing(int number) { (void)number; }
int main(void) {
    struct sigaction action = {.sa_handler = nothing};
    struct itimerval often = {{0, 500}, {0, 500}};
    struct stat status;
    struct timespec now;
    long interrupted[3] = {0, 0, 0};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < 3000; i++) {
        interrupted[0] += stat("/usr/bin/env", &status) < 0 && errno == EINTR;
        interrupted[1] += clock_gettime(CLOCK_REALTIME, &now) < 0 && errno == EINTR;
        int file = open("file", O_RDWR | O_CREAT, 0600);
        interrupted[2] += file < 0 && errno == EINTR;
        close(file);
    }
    printf("interrupted: stat %ld, clock_gettime %ld, open %ld\n", interrupted[0], interrupted[1], interrupted[2]);
}
