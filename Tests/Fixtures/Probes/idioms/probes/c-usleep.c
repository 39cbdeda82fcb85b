// usleep, sleep and thrd_sleep return when gettimeofday and difftime have moved that far.
#include <stdio.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
static long long now(void) { struct timeval t; gettimeofday(&t, NULL); return t.tv_sec * 1000000LL + t.tv_usec; }
int main(void) {
    time_t first = time(NULL);
    long long start = now();
    usleep(300000);
    if (now() - start < 300000) printf("bad: usleep %lld\n", now() - start);
    start = now();
    if (sleep(1) != 0) puts("bad: something left");
    if (now() - start < 1000000) printf("bad: sleep %lld\n", now() - start);
    start = now();
    thrd_sleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    if (now() - start < 200000) printf("bad: thrd_sleep %lld\n", now() - start);
    double rate = 100 / difftime(time(NULL), first);
    if (rate > 100) printf("bad: rate %f\n", rate);
    puts("ok");
}
