// Open: what only root can take back of whoever started belljar, where no call that is taken over shows it.
#include "probe.h"
#include <sched.h>
#include <sys/resource.h>
int main(void) {
    struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority; uint64_t times[3]; uint32_t clamps[2]; } found = {0};
    char text[4096] = "";
    int file = open("/proc/self/stat", O_RDONLY), field = 2;
    ssize_t count = read(file, text, sizeof text - 1);
    char *end = count > 0 ? strrchr(text, ')') : NULL;
    for (char *word = end ? strtok(end + 1, " ") : NULL; word; word = strtok(NULL, " "))
        if (++field == 18 || field == 19 || field == 41) printf("field %d %s\n", field, word);
    say_result("sched_getattr", syscall(SYS_sched_getattr, 0, &found, sizeof found, 0));
    printf("nice %d policy %u\n", found.nice, found.policy);
    for (int i = 0; i < 16; i++) {
        struct rlimit limit = {0};
        getrlimit(i, &limit);
        printf("limit %d %llx\n", i, (unsigned long long)limit.rlim_max);
    }
}
