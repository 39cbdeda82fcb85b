// The time, by what the C library has for it.
#include "probe.h"
#include <sys/time.h>
int main(void) {
    struct timeval day;
    struct timespec of_c11;
    char text[64];
    time_t now = time(NULL), stored;
    printf("time %lld\n", (long long)now);
    time(&stored);
    printf("time stored %lld\n", (long long)stored);
    gettimeofday(&day, NULL);
    printf("gettimeofday %lld.%06ld\n", (long long)day.tv_sec, (long)day.tv_usec);
    timespec_get(&of_c11, TIME_UTC);
    say_time("timespec_get", of_c11);
    struct tm *local = localtime(&now);
    strftime(text, sizeof text, "%c %Z %z", local);
    printf("localtime %s\n", text);
    printf("timezone %ld %s %s\n", timezone, tzname[0], tzname[1]);
}
