// Open: clocks that run for real.
#include "probe.h"
#include <sys/resource.h>
#include <sys/times.h>
int main(void) {
    static const int ids[] = {1, 2, 3, 4, 6, 7};
    struct rusage usage;
    struct tms ticks;
    volatile double work = 1;
    for (int i = 0; i < 3000000; i++) work = work * 1.0000001;
    for (int i = 0; i < 6; i++) {
        struct timespec time = {0, 0};
        clock_gettime(ids[i], &time);
        printf("clock %d %lld.%09ld\n", ids[i], (long long)time.tv_sec, time.tv_nsec);
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("rusage %ld.%06ld faults %ld switches %ld\n", (long)usage.ru_utime.tv_sec, (long)usage.ru_utime.tv_usec,
        usage.ru_minflt, usage.ru_nivcsw);
    printf("times %ld user %ld\n", (long)times(&ticks), (long)ticks.tms_utime);
    printf("clock() %ld\n", (long)clock());
    say_file("/proc/self/stat");
    say_file("/proc/self/schedstat");
    say_file("/proc/self/statm");
}
