// `means PID`: takes from another process what it works with: descriptors, its turn on the processor. `means` says the same of itself.
#define _GNU_SOURCE
#include "attack.h"
#include <sched.h>
#include <sys/resource.h>

int main(int count, char **arguments) {
    pid_t process = count > 1 ? atoi(arguments[1]) : 0;
    // Enough to wait with, and too few to open anything.
    struct rlimit few = {3, 3};
    struct sched_param none = {0};
    say("descriptors", prlimit(process, RLIMIT_NOFILE, &few, NULL));
    say("nice", setpriority(PRIO_PROCESS, process, 19));
    say("idle", sched_setscheduler(process, SCHED_IDLE, &none));
    return 0;
}
