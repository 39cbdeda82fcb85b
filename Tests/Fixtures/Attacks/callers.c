// `callers FIRST LAST`: 10,000 threads that ask for the time and for random numbers, all at once, and 20 processes that are stopped
// and let go on while they do. Prints how many threads there were, whether every time was one from FIRST to LAST (seconds), and all
// the threads' random numbers together, which do not depend on their order. `callers FIRST LAST forever` prints `wrong` if an answer
// is, and does not end otherwise.
#define _GNU_SOURCE
#include "attack.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>

// Shared by all processes.
static atomic_int *wrong;
static atomic_ulong numbers;
static long first, last;
static int forever;
// Held until all threads are there.
static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;

// A clock that stands still moves for whoever asks it often enough, by up to a minute in 160,000 questions.
enum { moved = 3600 };

static void *ask(void *unused) {
    pthread_rwlock_rdlock(&gate);
    pthread_rwlock_unlock(&gate);
    do {
        struct timespec now = {0};
        unsigned long number;
        long most = forever ? last + moved : last;
        if (syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) != 0 || now.tv_sec < first || now.tv_sec > most) ++*wrong;
        if (getrandom(&number, sizeof number, 0) != sizeof number) ++*wrong;
        numbers ^= number;
    } while (forever && !*wrong);
    return unused;
}

int main(int count, char **arguments) {
    enum { most = 10000, processes = 20 };
    static pthread_t threads[most];
    pid_t children[processes];
    if (count < 3) return 2;
    first = atol(arguments[1]), last = atol(arguments[2]);
    forever = count > 3;
    wrong = mmap(0, sizeof *wrong, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (wrong == MAP_FAILED) stop("mmap");
    for (int i = 0; i < processes; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            forever = 1;
            ask(0);
            exit(0);
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
    if (forever) printf("wrong\n");
    else printf("threads %d answers %s random %016lx\n", started, *wrong ? "wrong" : "right", numbers);
    return 0;
}
