// Equal programs that posix_spawn starts in a row, with forked children between them, read different random numbers.
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
enum { all = 40 };
int main(void) {
    unsigned numbers[all] = {0};
    int ends[all][2];
    for (int i = 0; i < all; i++) {
        pipe(ends[i]);
        if (i % 3 == 2) {
            unsigned number;
            if (fork() == 0) _exit(getrandom(&number, sizeof number, 0) != 4 || write(ends[i][1], &number, sizeof number) != 4);
        } else {
            char *words[] = {"head", "-c4", "/dev/urandom", NULL};
            posix_spawn_file_actions_t actions;
            pid_t child;
            posix_spawn_file_actions_init(&actions);
            posix_spawn_file_actions_adddup2(&actions, ends[i][1], 1);
            if (posix_spawnp(&child, "head", &actions, NULL, words, environ)) puts("bad: no head");
        }
        close(ends[i][1]);
    }
    for (int i = 0; i < all; i++) {
        read(ends[i][0], &numbers[i], sizeof numbers[i]);
        printf("%08x\n", numbers[i]);
        for (int j = 0; j < i; j++)
            if (numbers[i] == numbers[j]) printf("bad: %d is %d\n", i, j);
    }
    while (wait(NULL) > 0) continue;
    puts("ok");
    return 0;
}
