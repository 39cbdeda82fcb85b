// Two hundred threads run at once, and each is joined.
#include <pthread.h>
#include <stdio.h>
static pthread_barrier_t barrier;
static void *run(void *argument) { pthread_barrier_wait(&barrier); return argument; }
int main(void) {
    pthread_t threads[200];
    long sum = 0;
    void *result;
    pthread_barrier_init(&barrier, NULL, 200);
    for (long i = 0; i < 200; i++) if (pthread_create(&threads[i], NULL, run, (void *)i)) { puts("bad: pthread_create"); return 1; }
    for (int i = 0; i < 200; i++) { pthread_join(threads[i], &result); sum += (long)result; }
    printf("%ld\n", sum);
    puts("ok");
}
