// A loop that reads a timerfd which ticks ten times a second, or sleeps between the ticks of setitimer, until a point of time() ends.
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
static volatile sig_atomic_t ticks;
static void tick(int number) { (void)number, ticks++; }
int main(void) {
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    uint64_t count, rounds = 0;
    timerfd_settime(timer, 0, &(struct itimerspec){{0, 100000000}, {0, 100000000}}, NULL);
    for (time_t end = time(NULL) + 2; time(NULL) < end && rounds < 100; rounds++)
        if (read(timer, &count, sizeof count) != sizeof count) puts("bad: no tick");
    if (rounds >= 100) puts("bad: timerfd ticks and no time passes");
    close(timer);
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = tick}, NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 100000}, {0, 100000}}, NULL);
    for (time_t end = time(NULL) + 2; time(NULL) < end && ticks < 100;) pause();
    if (ticks >= 100) puts("bad: setitimer ticks and no time passes");
    struct timespec start, now, left = {1, 0};
    clock_gettime(CLOCK_REALTIME, &start);
    while (nanosleep(&left, &left) && errno == EINTR) continue;
    clock_gettime(CLOCK_REALTIME, &now);
    double slept = now.tv_sec - start.tv_sec + (now.tv_nsec - start.tv_nsec) / 1e9;
    if (slept < 0.95) printf("bad: slept %.3f of a second\n", slept);
    puts("ok");
}
