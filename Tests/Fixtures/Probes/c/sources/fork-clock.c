// Children that run at the same time see the same time.
#include "probe.h"
#include <sys/wait.h>
int main(void) {
    int pipes[8][2];
    struct timespec time;
    for (int i = 0; i < 8; i++) {
        if (pipe(pipes[i]) < 0) return 1;
        if (fork() == 0) {
            for (int read = 0; read < 20; read++) clock_gettime(CLOCK_REALTIME, &time);
            _exit(write(pipes[i][1], &time, sizeof time) != sizeof time);
        }
    }
    for (int i = 0; i < 8; i++) {
        if (read(pipes[i][0], &time, sizeof time) == sizeof time) say_time("child", time);
        wait(NULL);
    }
    clock_gettime(CLOCK_REALTIME, &time);
    say_time("parent", time);
}
