// Goes for one limit. `fork` never gives up by itself, and the test ends it; the others print `survived` when they had what
// they wanted for as long as they wanted it.
//
//     bombs fork
//     bombs orphans COUNT MIB      processes whose first thread has ended, with so much memory each
//     bombs relay COUNT MIB        such processes, whose threads make way for each other all the time
//     bombs sharers COUNT MIB      processes that share so much, and then six with 200 MiB of their own for five seconds
//     bombs lend COUNT MIB         so much memory that is lent to so many other processes, as vfork does, for two seconds
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int seconds = 5;

// Every process starts others as long as there is room, and then tries on.
static void fork_bomb(void) {
    for (;;)
        if (fork() < 0) usleep(10000);
}

static void *take(size_t mib) {
    char *block = mmap(0, mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) exit(3);
    // No large pages, which are looked at all at once.
    madvise(block, mib << 20, MADV_NOHUGEPAGE);
    memset(block, 1, mib << 20);
    return block;
}

static void *hold(void *mib) {
    take((size_t)mib);
    sleep(seconds);
    exit(0);
}

static void orphan(size_t mib) {
    pthread_t thread;
    if (pthread_create(&thread, 0, hold, (void *)mib)) exit(3);
    syscall(SYS_exit, 0);
}

// More stacks than there can be threads in the middle of their ends.
static char stacks[64][16384] __attribute__((aligned(16)));
static long turn, ending;

static int runner(void *mib) {
    const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    if ((turn & 1023) == 0 && time(0) >= ending) syscall(SYS_exit_group, 0);
    if (turn++ == 1) take((size_t)mib);
    if (clone(runner, stacks[turn & 63] + sizeof *stacks, flags, mib) < 0) syscall(SYS_exit_group, 3);
    syscall(SYS_exit, 0);
    return 0;
}

static void relay(size_t mib) {
    ending = time(0) + seconds;
    runner((void *)mib);
}

static int borrower(void *unused) {
    sleep(2);
    _exit(0);
}

static int succeeded(pid_t child) {
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int many(int count, void (*what)(size_t), size_t mib) {
    pid_t children[count];
    int good = 1;
    for (int i = 0; i < count; i++) {
        children[i] = fork();
        if (children[i] < 0) return 0;
        if (children[i] == 0) {
            what(mib);
            _exit(3);
        }
    }
    for (int i = 0; i < count; i++) good &= succeeded(children[i]);
    return good;
}

static void hold_alone(size_t mib) { hold((void *)mib); }

static int sharers(int count, size_t mib) {
    take(mib);
    pid_t idle[count];
    for (int i = 0; i < count; i++) {
        idle[i] = fork();
        if (idle[i] < 0) return 0;
        if (idle[i] == 0) {
            pause();
            _exit(3);
        }
    }
    // Until they have all been looked at.
    sleep(2);
    int good = many(6, hold_alone, 200);
    for (int i = 0; i < count; i++) kill(idle[i], SIGKILL);
    return good;
}

static int lend(int count, size_t mib) {
    int good = 1;
    pid_t children[count];
    take(mib);
    for (int i = 0; i < count; i++) children[i] = clone(borrower, stacks[i & 63] + sizeof *stacks, CLONE_VM | SIGCHLD, 0);
    for (int i = 0; i < count; i++) good &= succeeded(children[i]);
    return good;
}

int main(int count, char **arguments) {
    const char *kind = count > 1 ? arguments[1] : "";
    int first = count > 2 ? atoi(arguments[2]) : 0, second = count > 3 ? atoi(arguments[3]) : 0, good = 0;
    if (strcmp(kind, "fork") == 0) fork_bomb();
    else if (strcmp(kind, "orphans") == 0) good = many(first, orphan, second);
    else if (strcmp(kind, "relay") == 0) good = many(first, relay, second);
    else if (strcmp(kind, "sharers") == 0) good = sharers(first, second);
    else if (strcmp(kind, "lend") == 0) good = lend(first, second);
    else return 2;
    if (good) puts("survived");
    return good ? 0 : 3;
}
