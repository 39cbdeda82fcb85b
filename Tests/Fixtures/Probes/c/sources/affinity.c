// How many processors there are to run on.
#include "probe.h"
#include <pthread.h>
#include <sched.h>
#include <sys/sysinfo.h>
static void look(const char *name) {
    unsigned char mask[128] = {0};
    long size = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    printf("%s ", name);
    say_bytes("mask", mask, size > 16 ? 16 : size > 0 ? size : 0);
    // The kernel's answer is the size of its own masks, which differs between kernels.
    printf("size %ld\n", size);
}
int main(void) {
    cpu_set_t set;
    look("at first");
    CPU_ZERO(&set);
    printf("sched_getaffinity %d %d\n", sched_getaffinity(0, sizeof set, &set), CPU_COUNT(&set));
    printf("of the thread %d %d\n", pthread_getaffinity_np(pthread_self(), sizeof set, &set), CPU_COUNT(&set));
    printf("online %ld configured %ld\n", sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_NPROCESSORS_CONF));
    printf("get_nprocs %d %d\n", get_nprocs(), get_nprocs_conf());
    CPU_ZERO(&set);
    CPU_SET(1, &set);
    say_result("pinned to the second", sched_setaffinity(0, sizeof set, &set));
    look("then");
    CPU_ZERO(&set);
    CPU_SET(700, &set);
    say_result("pinned to what is not there", sched_setaffinity(0, sizeof set, &set));
    say_result("too small a mask", syscall(SYS_sched_getaffinity, 0, 1, &set));
}
