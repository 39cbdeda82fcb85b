// `years FILE`: the years of the clock and of a file's last change.
#define _GNU_SOURCE
#include "attack.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

static int year(time_t seconds) { return gmtime(&seconds)->tm_year + 1900; }

int main(int count, char **arguments) {
    struct timespec now;
    struct statx file;
    if (count < 2) return 2;
    clock_gettime(CLOCK_REALTIME, &now);
    if (syscall(SYS_statx, AT_FDCWD, arguments[1], 0, STATX_MTIME, &file)) stop("statx");
    printf("%d %d\n", year(now.tv_sec), year(file.stx_mtime.tv_sec));
    return 0;
}
