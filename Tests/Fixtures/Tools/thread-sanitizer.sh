# toolchain: debian-12-c
# ThreadSanitizer, which wants its memory at fixed places
cat >race.c <<'C'
#include <pthread.h>
static int shared;
static void *add(void *unused) { for (int i = 0; i < 1000; i++) shared++; return 0; }
int main(void) {
    pthread_t one, two;
    pthread_create(&one, 0, add, 0);
    pthread_create(&two, 0, add, 0);
    pthread_join(one, 0);
    pthread_join(two, 0);
    return 0;
}
C
gcc -g -O1 -fsanitize=thread -pthread -o race race.c
./race 2>report && exit 1
grep -q 'data race' report
