// Run as a file of mode 0111, which the kernel keeps others from looking into.
#include "probe.h"
#include <sys/prctl.h>
#include <sys/random.h>
int main(void) {
    unsigned char bytes[16];
    struct timespec time;
    struct stat status;
    clock_gettime(CLOCK_REALTIME, &time);
    say_time("time", time);
    if (getrandom(bytes, 16, 0) == 16) say_bytes("random", bytes, 16);
    if (stat("/proc/self/exe", &status) == 0) printf("mode %o\n", status.st_mode);
    say_result("dumpable", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}
