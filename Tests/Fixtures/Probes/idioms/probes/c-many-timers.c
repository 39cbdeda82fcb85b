// Of fifty timerfds the last one lets as much time pass as it was set to, and so does alarm after fifty more were closed.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
static void nothing(int number) { (void)number; }
static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}
int main(void) {
    struct itimerspec hundred = {{0, 0}, {100, 0}}, one = {{0, 0}, {1, 0}};
    uint64_t count;
    for (int i = 0; i < 49; i++) timerfd_settime(timerfd_create(CLOCK_MONOTONIC, 0), 0, &hundred, NULL);
    int last = timerfd_create(CLOCK_MONOTONIC, 0);
    double start = now();
    timerfd_settime(last, 0, &one, NULL);
    if (read(last, &count, sizeof count) != sizeof count) puts("bad: it does not ring");
    if (now() - start < 0.99) printf("bad: the last after %.3f\n", now() - start);
    for (int i = 0; i < 50; i++) {
        int timer = timerfd_create(CLOCK_MONOTONIC, 0);
        timerfd_settime(timer, 0, &hundred, NULL);
        // So that the next one has another number.
        dup2(timer, 200 + i);
        close(timer);
    }
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = nothing}, NULL);
    start = now();
    alarm(1);
    pause();
    if (now() - start < 0.99) printf("bad: alarm after %.3f\n", now() - start);
    puts("ok");
}
