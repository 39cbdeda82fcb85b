// pthread_cond_timedwait and its relatives, until now and a bit, wait that long.
#include "probe.h"
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
static void tell(const char *name, double begin, double least) {
    double took = monotonic() - begin;
    check(name, took >= least && took < least + 20);
}
int main(void) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, locked = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec until;
    sem_t semaphore;

    pthread_mutex_lock(&mutex);
    double begin = monotonic();
    until = wall_in(1);
    printf("pthread_cond_timedwait %d\n", pthread_cond_timedwait(&condition, &mutex, &until));
    tell("a second's wait", begin, 0.9);

    pthread_mutex_lock(&locked);
    begin = monotonic();
    until = wall_in(0.4);
    printf("pthread_mutex_timedlock %d\n", pthread_mutex_timedlock(&locked, &until));
    tell("mutex", begin, 0.35);

    sem_init(&semaphore, 0, 0);
    begin = monotonic();
    until = wall_in(0.4);
    say_result("sem_timedwait", sem_timedwait(&semaphore, &until));
    tell("semaphore", begin, 0.35);

    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
    mqd_t queue = mq_open("/probe", O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    if (queue == (mqd_t)-1) {
        printf("mq_open errno %d\n", errno);
        return 0;
    }
    char message[8];
    begin = monotonic();
    until = wall_in(0.4);
    say_result("mq_timedreceive", mq_timedreceive(queue, message, sizeof message, NULL, &until));
    tell("queue", begin, 0.35);
    mq_unlink("/probe");
}
