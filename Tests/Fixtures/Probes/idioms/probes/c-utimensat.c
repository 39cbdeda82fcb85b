// utimensat sets one time and leaves the other (UTIME_OMIT), and UTIME_NOW is between two readings of the clock.
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
int main(void) {
    int file = open("f", O_CREAT | O_WRONLY, 0644);
    struct stat status;
    futimens(file, (struct timespec[]){{1000, 1}, {2000, 2}});
    futimens(file, (struct timespec[]){{0, UTIME_OMIT}, {3000, 3}});
    fstat(file, &status);
    if (status.st_atim.tv_sec != 1000 || status.st_mtim.tv_nsec != 3) puts("bad: UTIME_OMIT");
    time_t before = time(NULL);
    utimensat(AT_FDCWD, "f", (struct timespec[]){{0, UTIME_NOW}, {0, UTIME_OMIT}}, 0);
    stat("f", &status);
    if (status.st_atime < before - 1 || status.st_atime > time(NULL) || status.st_mtime != 3000) puts("bad: UTIME_NOW");
    puts("ok");
}
