// Aborts in a child and prints whether the kernel says that a core was dumped.
#define _GNU_SOURCE
#include "attack.h"
#include <sys/prctl.h>
#include <sys/resource.h>

int main(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    if (limit.rlim_cur == RLIM_INFINITY) printf("limit unlimited; ");
    else printf("limit %lu; ", (unsigned long)limit.rlim_cur);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) abort();
    int status;
    waitpid(child, &status, 0);
    printf("%s\n", WCOREDUMP(status) ? "dumped" : "not dumped");
    return 0;
}
