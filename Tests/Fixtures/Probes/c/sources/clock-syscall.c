// Every clock, by the kernel's own calls.
#include "probe.h"
int main(void) {
    static const int frozen[] = {0, 5, 8, 11}, running[] = {1, 4, 6, 7, 9};
    for (int i = 0; i < 4; i++) {
        struct timespec time;
        char name[32];
        snprintf(name, sizeof name, "clock %d", frozen[i]);
        if (syscall(SYS_clock_gettime, frozen[i], &time) < 0) printf("%s errno %d\n", name, errno);
        else say_time(name, time);
        if (syscall(SYS_clock_gettime, frozen[i], NULL) < 0) printf("%s without a place: errno %d\n", name, errno);
    }
    for (int i = 0; i < 5; i++) {
        struct timespec time;
        char name[32];
        snprintf(name, sizeof name, "clock %d", running[i]);
        if (syscall(SYS_clock_gettime, running[i], &time) < 0) printf("%s errno %d\n", name, errno);
        else check(name, time.tv_sec < 3600);
    }
    say_result("clock 99", syscall(SYS_clock_gettime, 99, NULL));
    for (int i = 0; i < 12; i++) {
        struct timespec resolution = {0, 0};
        if (syscall(SYS_clock_getres, i, &resolution) == 0) printf("resolution of %d: %ld\n", i, resolution.tv_nsec);
    }
}
