// A loop of nanosleep until time() has moved comes to its end.
#include <stdio.h>
#include <time.h>
int main(void) {
    time_t start = time(NULL);
    while (time(NULL) == start) nanosleep(&(struct timespec){0, 200000000}, NULL);
    puts("ok");
}
