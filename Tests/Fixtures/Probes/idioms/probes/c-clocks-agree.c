// Over a sleep CLOCK_REALTIME moves as far as was slept, and not further than CLOCK_MONOTONIC and CLOCK_BOOTTIME.
#include <stdio.h>
#include <time.h>
static double on(clockid_t clock) { struct timespec t; clock_gettime(clock, &t); return t.tv_sec + t.tv_nsec / 1e9; }
int main(void) {
    double monotonic = on(CLOCK_MONOTONIC), boot = on(CLOCK_BOOTTIME), real = on(CLOCK_REALTIME);
    nanosleep(&(struct timespec){.tv_nsec = 700000000}, NULL);
    real = on(CLOCK_REALTIME) - real;
    boot = on(CLOCK_BOOTTIME) - boot;
    monotonic = on(CLOCK_MONOTONIC) - monotonic;
    if (real < 0.7) printf("bad: %f of 0.7 seconds\n", real);
    if (real > monotonic + 0.05 || real > boot + 0.05) printf("bad: %f, but %f and %f\n", real, monotonic, boot);
    puts("ok");
}
