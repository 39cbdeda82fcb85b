// Random bytes of processes that are the same program: eight children, each waited for, and the parent before and after.
#include "probe.h"
#include <sys/random.h>
#include <sys/wait.h>
int main(void) {
    unsigned char bytes[16];
    if (getrandom(bytes, 16, 0) == 16) say_bytes("before", bytes, 16);
    for (int i = 0; i < 8; i++) {
        fflush(stdout);
        if (fork() == 0) {
            if (getrandom(bytes, 16, 0) == 16) say_bytes("child", bytes, 16);
            return 0;
        }
        wait(NULL);
    }
    if (getrandom(bytes, 16, 0) == 16) say_bytes("after", bytes, 16);
}
