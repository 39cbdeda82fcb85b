// `callers`: 10,000 threads that ask for the time and for random numbers, all at once, and 20 processes that are stopped and let go
// on while they do. Prints how many threads there were and whether every answer was one. `callers forever` does not end.
#define _GNU_SOURCE
#include "attack.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>

static atomic_int wrong;
static int forever;
// Held until all threads are there.
static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;

static void *ask(void *unused) {
    pthread_rwlock_rdlock(&gate);
    pthread_rwlock_unlock(&gate);
    do {
        struct timespec now = {0};
        char bytes[8];
        if (syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) != 0 || now.tv_sec == 0) wrong++;
        if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) wrong++;
    } while (forever);
    return 0;
}

int main(int count, char **arguments) {
    enum { most = 10000, processes = 20 };
    static pthread_t threads[most];
    pid_t children[processes];
    forever = count > 1;
    for (int i = 0; i < processes; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            forever = 1;
            ask(0);
        }
    }
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 16384);
    int started = 0;
    pthread_rwlock_wrlock(&gate);
    while (started < most && pthread_create(&threads[started], &small, ask, 0) == 0) started++;
    pthread_rwlock_unlock(&gate);
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < processes; i++) kill(children[i], round % 2 ? SIGCONT : SIGSTOP);
    }
    for (int i = 0; i < started; i++) pthread_join(threads[i], 0);
    for (int i = 0; i < processes; i++) kill(children[i], SIGKILL);
    for (int i = 0; i < processes; i++) waitpid(children[i], 0, 0);
    printf("threads %d answers %s\n", started, wrong ? "wrong" : "right");
    return 0;
}
