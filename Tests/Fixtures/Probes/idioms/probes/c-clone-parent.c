// A child that clone makes as a sibling (CLONE_PARENT) leaves the numbers of its maker's later children different.
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static unsigned numbers[8];
static int count;
static void fork_one(void) {
    int ends[2];
    pipe(ends);
    if (fork() == 0) {
        unsigned number;
        getrandom(&number, sizeof number, 0);
        write(ends[1], &number, sizeof number);
        _exit(0);
    }
    read(ends[0], &numbers[count++], sizeof numbers[0]);
    wait(NULL);
}
int main(void) {
    int ends[2];
    for (int i = 0; i < 3; i++) fork_one();
    pipe(ends);
    if (syscall(SYS_clone, SIGCHLD | CLONE_PARENT, 0, 0, 0, 0) == 0) {
        unsigned number;
        getrandom(&number, sizeof number, 0);
        write(ends[1], &number, sizeof number);
        syscall(SYS_exit_group, 0);
    }
    read(ends[0], &numbers[count++], sizeof numbers[0]);
    for (int i = 0; i < 3; i++) fork_one();
    getrandom(&numbers[count++], sizeof numbers[0], 0);
    for (int i = 0; i < count; i++) {
        printf("%08x\n", numbers[i]);
        for (int j = 0; j < i; j++)
            if (numbers[i] == numbers[j]) printf("bad: %d is %d\n", i, j);
    }
    puts("ok");
    return 0;
}
