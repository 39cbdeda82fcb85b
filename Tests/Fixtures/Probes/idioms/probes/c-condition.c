// pthread_cond_timedwait until now + 1 s runs out, and the clock says so.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
int main(void) {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec begin, deadline, now;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 1;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    pthread_mutex_lock(&lock);
    int answer = pthread_cond_timedwait(&condition, &lock, &deadline);
    if (answer != ETIMEDOUT) printf("bad: answer %d\n", answer);
    clock_gettime(CLOCK_MONOTONIC, &now);
    double real = now.tv_sec - begin.tv_sec + (now.tv_nsec - begin.tv_nsec) / 1e9;
    if (real < 0.9) printf("bad: it took %f seconds\n", real);
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec < deadline.tv_sec || (now.tv_sec == deadline.tv_sec && now.tv_nsec < deadline.tv_nsec)) puts("bad: the deadline is not over");
    puts("ok");
}
