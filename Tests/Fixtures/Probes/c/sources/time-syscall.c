// time and gettimeofday without the C library.
#include "probe.h"
#include <sys/time.h>
int main(void) {
    time_t stored = 0;
    struct timeval day = {0, 0};
    struct timezone zone = {77, 77};
    printf("time %ld\n", syscall(SYS_time, NULL));
    printf("time %ld", syscall(SYS_time, &stored));
    printf(" stored %lld\n", (long long)stored);
    printf("gettimeofday %ld", syscall(SYS_gettimeofday, &day, &zone));
    printf(" %lld.%06ld zone %d %d\n", (long long)day.tv_sec, (long)day.tv_usec, zone.tz_minuteswest, zone.tz_dsttime);
    say_result("gettimeofday without a place", syscall(SYS_gettimeofday, NULL, NULL));
    say_result("gettimeofday to a bad place", syscall(SYS_gettimeofday, (void *)8, NULL));
}
