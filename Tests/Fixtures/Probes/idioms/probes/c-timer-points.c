// timer_settime until points of CLOCK_REALTIME rings at each of them, and the caller's structure stays as it was.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
int main(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    timer_t timer;
    if (timer_create(CLOCK_REALTIME, NULL, &timer)) return 1;
    struct itimerspec when = {{0, 0}, {0, 0}}, copy;
    struct timespec start, now, patience = {5, 0};
    clock_gettime(CLOCK_REALTIME, &start);
    when.it_value = start;
    for (int i = 1; i <= 3; i++) {
        // Counted on from what was set, as programs do that want no drift.
        when.it_value.tv_sec++;
        copy = when;
        if (timer_settime(timer, TIMER_ABSTIME, &when, NULL)) puts("bad: not set");
        if (memcmp(&copy, &when, sizeof when)) puts("bad: the structure has changed");
        if (sigtimedwait(&set, NULL, &patience) != SIGALRM) puts("bad: no signal");
        clock_gettime(CLOCK_REALTIME, &now);
        if (now.tv_sec != start.tv_sec + i) printf("bad: ring %d after %ld seconds\n", i, (long)(now.tv_sec - start.tv_sec));
    }
    puts("ok");
}
