// A loop of waits of half a millisecond each ends at its deadline.
#include <stdio.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

static double now(void) {
    struct timeval time;
    gettimeofday(&time, NULL);
    return time.tv_sec + time.tv_usec / 1e6;
}

int main(void) {
    int ends[2], rounds = 0;
    pipe(ends);
    for (double deadline = now() + 0.3; now() < deadline; rounds++) {
        fd_set set;
        struct timeval wait = {0, 500};
        FD_ZERO(&set);
        FD_SET(ends[0], &set);
        select(ends[0] + 1, &set, NULL, NULL, &wait);
        if (rounds == 20000) return puts("bad: no end"), 1;
    }
    puts("ok");
}
