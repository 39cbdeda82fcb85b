// Timed locks, semaphores and message queues give up at their point of CLOCK_REALTIME.
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
static struct timespec until;
static void begin(void) { clock_gettime(CLOCK_REALTIME, &until); if ((until.tv_nsec += 300000000) >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000; }
static void over(const char *what, int answer) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (answer != ETIMEDOUT) printf("bad: %s answered %d\n", what, answer);
    if (now.tv_sec < until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec)) printf("bad: %s was early\n", what);
}
static void *take(void *mutex) {
    begin();
    over("mutex", pthread_mutex_timedlock(mutex, &until));
    return NULL;
}
static void *take_for_reading(void *lock) {
    begin();
    over("rwlock", pthread_rwlock_timedrdlock(lock, &until));
    return NULL;
}
int main(void) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    pthread_t thread;
    pthread_mutex_lock(&mutex);
    pthread_create(&thread, NULL, take, &mutex);
    pthread_join(thread, NULL);
    pthread_rwlock_wrlock(&lock);
    pthread_create(&thread, NULL, take_for_reading, &lock);
    pthread_join(thread, NULL);
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    begin();
    over("semaphore", sem_timedwait(&semaphore, &until) ? errno : 0);
    mqd_t queue = mq_open("/idiom", O_CREAT | O_RDWR, 0600, NULL);
    char message[8192];
    if (queue >= 0) {
        begin();
        over("queue", mq_timedreceive(queue, message, sizeof message, NULL, &until) < 0 ? errno : 0);
        mq_unlink("/idiom");
    }
    puts("ok");
}
