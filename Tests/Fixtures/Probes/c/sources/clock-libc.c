// Every clock, by the C library: values of those that stand still, and whether the others began with the build.
#include "probe.h"
int main(void) {
    static const struct { clockid_t id; const char *name; int frozen; } clocks[] = {
        {0, "REALTIME", 1}, {5, "REALTIME_COARSE", 1}, {8, "REALTIME_ALARM", 1}, {11, "TAI", 1}, {1, "MONOTONIC", 0},
        {4, "MONOTONIC_RAW", 0}, {6, "MONOTONIC_COARSE", 0}, {7, "BOOTTIME", 0}, {9, "BOOTTIME_ALARM", 0},
    };
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        struct timespec time;
        if (clock_gettime(clocks[i].id, &time) < 0) printf("%s errno %d\n", clocks[i].name, errno);
        else if (clocks[i].frozen) say_time(clocks[i].name, time);
        else check(clocks[i].name, time.tv_sec < 3600);
    }
}
