// A loop that waits for the next second ends, after the same number of reads each time.
#include "probe.h"
int main(void) {
    struct timespec begin, now;
    long reads = 0;
    clock_gettime(CLOCK_REALTIME, &begin);
    do {
        clock_gettime(CLOCK_REALTIME, &now);
        reads++;
    } while (now.tv_sec < begin.tv_sec + 1 && reads < 20000000);
    printf("reads %ld\n", reads);
    say_time("then", now);
}
