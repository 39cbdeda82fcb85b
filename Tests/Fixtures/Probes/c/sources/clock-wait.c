// Waits for times of the wall clock take as long as they say.
#include "probe.h"
#include <poll.h>
#include <signal.h>
#include <sys/timerfd.h>
static void tell(const char *name, double begin, double least) {
    double took = monotonic() - begin;
    check(name, took >= least && took < least + 20);
}
int main(void) {
    struct timespec until = wall_in(0.4), pause = {0, 400000000};
    double begin = monotonic();
    say_result("clock_nanosleep", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL));
    tell("absolute sleep", begin, 0.35);
    begin = monotonic();
    clock_nanosleep(CLOCK_REALTIME, 0, &pause, NULL);
    tell("relative sleep", begin, 0.35);
    begin = monotonic();
    poll(NULL, 0, 400);
    tell("poll", begin, 0.35);

    int timer = timerfd_create(CLOCK_REALTIME, 0);
    struct itimerspec when = {.it_value = wall_in(0.4)};
    uint64_t count = 0;
    begin = monotonic();
    say_result("timerfd_settime", timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL));
    say_result("read", read(timer, &count, sizeof count));
    tell("timerfd", begin, 0.35);
    printf("expirations %llu\n", (unsigned long long)count);

    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarms, NULL);
    timer_t posix;
    struct itimerspec due = {.it_value = wall_in(0.4)};
    begin = monotonic();
    say_result("timer_create", timer_create(CLOCK_REALTIME, NULL, &posix));
    say_result("timer_settime", timer_settime(posix, TIMER_ABSTIME, &due, NULL));
    struct timespec patience = {10, 0};
    printf("signal %d\n", sigtimedwait(&alarms, NULL, &patience));
    tell("timer", begin, 0.35);
}
