// `overwrite PID`: opens the program of a process to read it, and through that descriptor, again and again for a second, to
// write to it; prints the answer. Writing adds an empty string, so that a success does no harm.
#define _GNU_SOURCE
#include "attack.h"
#include <fcntl.h>

int main(int count, char **arguments) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/exe", count > 1 ? arguments[1] : "self");
    int program = open(path, O_RDONLY), writable = -1;
    if (program < 0) {
        say("open", -1);
        return 0;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", program);
    for (int round = 0; round < 100 && writable < 0; round++) {
        writable = open(path, O_WRONLY);
        // Busy as long as the program runs.
        if (writable < 0 && errno != ETXTBSY) break;
        if (writable < 0) usleep(10000);
    }
    say("write", writable);
    return 0;
}
