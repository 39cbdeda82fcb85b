// Open: which of eight children that run side by side asks first; their streams are counted in that order.
#include "probe.h"
#include <sys/random.h>
#include <sys/wait.h>
int main(void) {
    unsigned char bytes[16];
    int pipes[8][2];
    for (int i = 0; i < 8; i++) {
        if (pipe(pipes[i]) < 0) return 1;
        if (fork() == 0) {
            if (getrandom(bytes, 16, 0) != 16 || write(pipes[i][1], bytes, 16) != 16) _exit(1);
            _exit(0);
        }
    }
    for (int i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "child %d", i);
        if (read(pipes[i][0], bytes, 16) == 16) say_bytes(name, bytes, 16);
        wait(NULL);
    }
}
