// srand(time(NULL)) gives other numbers a second later, and rand_r, drand48 and random repeat with their seeds.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(void) {
    srand(time(NULL));
    int first = rand();
    sleep(1);
    srand(time(NULL));
    if (rand() == first) puts("bad: the same");
    srandom(1);
    srand48(1);
    printf("%ld %f\n", random(), drand48());
    puts("ok");
}
