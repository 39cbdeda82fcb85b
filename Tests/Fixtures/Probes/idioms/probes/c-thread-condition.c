// A thread waits for a condition until a deadline while the main thread reads from a pipe: the clock is there afterwards.
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int ends[2];

static void *wait_and_tell(void *_) {
    pthread_condattr_t clock;
    pthread_cond_t condition;
    struct timespec until;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&condition, &clock);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    pthread_mutex_lock(&lock);
    while (pthread_cond_timedwait(&condition, &lock, &until) == 0) {}
    pthread_mutex_unlock(&lock);
    write(ends[1], "x", 1);
    return NULL;
}

int main(void) {
    char byte;
    time_t start = time(NULL);
    pipe(ends);
    for (int round = 1; round <= 2; round++) {
        pthread_t thread;
        pthread_create(&thread, NULL, wait_and_tell, NULL);
        read(ends[0], &byte, 1);
        pthread_join(thread, NULL);
        if (time(NULL) - start != round) printf("bad: %ld seconds after %d\n", (long)(time(NULL) - start), round);
    }
    puts("ok");
}
