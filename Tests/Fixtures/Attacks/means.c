// `means all`: asks for less of a turn for every thread of PID 1, one by one, by its group and by the account, and says how many have it.
// `means PID`: takes from another process what it works with: descriptors, its turn on the processor. `means` says the same of itself.
#define _GNU_SOURCE
#include "attack.h"
#include <sched.h>
#include <sys/resource.h>

static int all(void) {
    int number, fallen = 0, refused = 0, threads = 0;
    for (number = 1; number < 64; number++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/1/task/%d", number);
        if (access(path, F_OK)) continue;
        threads++;
        int before = getpriority(PRIO_PROCESS, number);
        refused += setpriority(PRIO_PROCESS, number, 11) && errno == EPERM;
        setpriority(PRIO_PGRP, getpgid(1), 12);
        setpriority(PRIO_PGRP, 1, 12);
        setpriority(PRIO_USER, 0, 13);
        setpriority(PRIO_USER, getuid(), 13);
        fallen += getpriority(PRIO_PROCESS, number) != before;
    }
    printf("%s, %d fallen\n", threads && refused == threads ? "all refused" : "not all refused", fallen);
    printf("own level %d\n", getpriority(PRIO_PROCESS, 0));
    return 0;
}

int main(int count, char **arguments) {
    if (count > 1 && !strcmp(arguments[1], "all")) return all();
    pid_t process = count > 1 ? atoi(arguments[1]) : 0;
    // Enough to wait with, and too few to open anything.
    struct rlimit few = {3, 3};
    struct sched_param none = {0};
    say("descriptors", prlimit(process, RLIMIT_NOFILE, &few, NULL));
    say("nice", setpriority(PRIO_PROCESS, process, 19));
    say("idle", sched_setscheduler(process, SCHED_IDLE, &none));
    return 0;
}
