// A process that nobody may look into sees the same world.
#include "probe.h"
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/utsname.h>
int main(void) {
    unsigned char bytes[16];
    struct timespec time;
    struct utsname names;
    struct stat status;
    say_result("prctl", prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
    clock_gettime(CLOCK_REALTIME, &time);
    say_time("time", time);
    if (getrandom(bytes, 16, 0) == 16) say_bytes("random", bytes, 16);
    uname(&names);
    printf("release %s\n", names.release);
    if (stat("/usr/bin/env", &status) == 0) printf("inode %lu time %lld\n", (long)status.st_ino, (long long)status.st_mtime);
    printf("processors %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
}
