// clock_nanosleep until a moment of CLOCK_REALTIME returns when it is that moment.
#include <stdio.h>
#include <time.h>
int main(void) {
    struct timespec moment, now;
    for (int i = 0; i < 3; i++) {
        clock_gettime(CLOCK_REALTIME, &moment);
        moment.tv_nsec += 400000000;
        if (moment.tv_nsec >= 1000000000) moment.tv_sec++, moment.tv_nsec -= 1000000000;
        if (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &moment, NULL)) puts("bad: no sleep");
        clock_gettime(CLOCK_REALTIME, &now);
        if (now.tv_sec < moment.tv_sec || (now.tv_sec == moment.tv_sec && now.tv_nsec < moment.tv_nsec)) puts("bad: too early");
    }
    puts("ok");
}
