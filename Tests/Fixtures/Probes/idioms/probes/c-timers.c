// setitimer, timer_create and timerfd ring, and time() has moved then.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
static void nothing(int number) { (void)number; }
static void moved(const char *what, time_t start) { if (time(NULL) - start < 1) printf("bad: time stood still for %s\n", what); }
int main(void) {
    sigset_t set, old;
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = nothing}, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_BLOCK, &set, &old);
    time_t start = time(NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {1, 1000}}, NULL);
    sigsuspend(&old);
    moved("setitimer", start);
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &(struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM}, &timer)) return 1;
    start = time(NULL);
    timer_settime(timer, 0, &(struct itimerspec){.it_value = {1, 1000000}}, NULL);
    sigsuspend(&old);
    moved("timer_create", start);
    int file = timerfd_create(CLOCK_MONOTONIC, 0);
    uint64_t count = 0;
    start = time(NULL);
    timerfd_settime(file, 0, &(struct itimerspec){.it_value = {1, 1000000}}, NULL);
    if (read(file, &count, sizeof count) != sizeof count || count < 1) puts("bad: timerfd");
    moved("timerfd", start);
    puts("ok");
}
