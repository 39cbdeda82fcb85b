// getrandom, getentropy and arc4random give a parent and its children different numbers.
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    uint64_t all[24];
    int ends[2], count = 0;
    if (pipe(ends)) return 1;
    for (int i = 0; i < 8; i++) {
        if (fork() == 0) {
            uint64_t own[3];
            if (getrandom(own, 8, 0) != 8 || getentropy(own + 1, 8)) return 1;
            arc4random_buf(own + 2, 8);
            return write(ends[1], own, sizeof own) != sizeof own;
        }
        if (read(ends[0], all + count, 24) != 24) return 1;
        count += 3;
        wait(NULL);
    }
    for (int i = 0; i < count; i++) {
        printf("%016lx\n", all[i]);
        for (int j = 0; j < i; j++) if (all[i] == all[j]) printf("bad: numbers %d and %d are equal\n", i, j);
    }
    puts("ok");
}
