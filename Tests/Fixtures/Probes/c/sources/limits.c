// Limits of the process.
#include "probe.h"
#include <sys/resource.h>
int main(void) {
    for (int i = 0; i < 16; i++) {
        struct rlimit limit;
        if (getrlimit(i, &limit) == 0)
            printf("%d %llx %llx\n", i, (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
    }
    printf("open files %ld, children %ld, arguments %ld\n", sysconf(_SC_OPEN_MAX), sysconf(_SC_CHILD_MAX), sysconf(_SC_ARG_MAX));
}
