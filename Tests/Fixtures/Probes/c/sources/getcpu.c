// Which processor this runs on, by three ways.
#include "probe.h"
#include <sched.h>
#ifdef __GLIBC__
#include <sys/rseq.h>
#endif
int main(void) {
    unsigned cpu = 99, node = 99;
    say_result("getcpu", syscall(SYS_getcpu, &cpu, &node, NULL));
    printf("cpu %u node %u\n", cpu, node);
    say_result("sched_getcpu", sched_getcpu());
    static char area[64] __attribute__((aligned(32)));
    say_result("rseq", syscall(334, area, 32, 0, 0x53053053));
#ifdef __GLIBC__
    printf("registered by the library: %u\n", __rseq_size);
#endif
}
