// Open: which of two threads comes first.
#include "probe.h"
#include <pthread.h>
static int turns[2][200000];
static int counter;
static void *take(void *index) {
    for (int i = 0; i < 200000; i++) turns[(intptr_t)index][i] = __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
    return NULL;
}
int main(void) {
    pthread_t threads[2];
    uint64_t hash = 14695981039346656037u;
    for (intptr_t i = 0; i < 2; i++) pthread_create(&threads[i], NULL, take, (void *)i);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 200000; i++) hash = (hash ^ (uint64_t)turns[0][i]) * 1099511628211u;
    printf("turns of the first %016llx\n", (unsigned long long)hash);
}
