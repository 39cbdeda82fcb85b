// `bombs KIND LIMIT`: uses up processes, memory (MiB), disk (MiB) or inodes until the kernel refuses or LIMIT is reached, and
// prints how far it came: `processes 100`.
#define _GNU_SOURCE
#include "attack.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

static long processes(long limit) {
    long count = 0;
    int end[2];
    if (pipe(end)) return 0;
    for (; count < limit; count++) {
        pid_t child = fork();
        if (child < 0) break;
        if (child == 0) {
            // Until the first one is gone.
            char byte;
            close(end[1]);
            if (read(end[0], &byte, 1) < 0) _exit(1);
            _exit(0);
        }
    }
    return count;
}

// Goes on until it is ended, or a minute is over.
static long forever(long limit) {
    for (long count = 0;; count++) {
        pid_t child = fork();
        if (child == 0) {
            sleep(60);
            _exit(0);
        }
        if (child < 0 && usleep(1000) == 0 && count > 50000) return limit;
    }
}

static long memory(long limit) {
    for (long count = 0; count < limit; count++) {
        char *block = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) return count;
        memset(block, 1, 1 << 20);
    }
    return limit;
}

// Memory that is kept for five seconds.
static long held(long limit) {
    long count = memory(limit);
    sleep(5);
    return count;
}

static long disk(long limit) {
    static char block[1 << 20];
    memset(block, 1, sizeof block);
    int file = open("bomb", O_CREAT | O_WRONLY, 0600);
    for (long count = 0; count < limit; count++)
        if (write(file, block, sizeof block) != sizeof block) return count;
    return limit;
}

static long inodes(long limit) {
    char name[32];
    for (long count = 0; count < limit; count++) {
        snprintf(name, sizeof name, "i%ld", count);
        if (mknod(name, S_IFREG | 0600, 0)) return count;
    }
    return limit;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    const char *kind = arguments[1];
    long limit = atol(arguments[2]), reached;
    signal(SIGXFSZ, SIG_IGN);
    errno = 0;
    if (strcmp(kind, "processes") == 0) reached = processes(limit);
    else if (strcmp(kind, "forever") == 0) reached = forever(limit);
    else if (strcmp(kind, "memory") == 0) reached = memory(limit);
    else if (strcmp(kind, "held") == 0) reached = held(limit);
    else if (strcmp(kind, "disk") == 0) reached = disk(limit);
    else if (strcmp(kind, "inodes") == 0) reached = inodes(limit);
    else return 2;
    printf("%s %ld\n", kind, reached);
    fflush(stdout);
    return 0;
}
