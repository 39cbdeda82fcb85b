// What a command can do with its standard input, whatever that is: `descriptors ACT...`, a line each.
//
// below   open `secret` below it, as if it were a folder, and print that
// anew    open it anew for writing, through /proc, and write a line
// kind    whose it is: `file` of a path outside, or `own`: a pipe, or a null device
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void below(void) {
    char text[64] = "";
    int file = openat(0, "secret", O_RDONLY);
    if (file < 0 || read(file, text, sizeof text - 1) < 0) puts("below nothing");
    else printf("below %s", text);
}

static void anew(void) {
    int file = open("/proc/self/fd/0", O_WRONLY | O_NONBLOCK);
    puts(file >= 0 && write(file, "changed\n", 8) == 8 ? "anew written" : "anew nothing");
}

static void kind(void) {
    struct stat found;
    int isThere = fstat(0, &found) == 0;
    int isOwn = isThere && (S_ISFIFO(found.st_mode) || (S_ISCHR(found.st_mode) && found.st_rdev == makedev(1, 3)));
    puts(isOwn ? "kind own" : "kind file");
}

int main(int count, char **acts) {
    for (int i = 1; i < count; i++) {
        if (!strcmp(acts[i], "below")) below();
        else if (!strcmp(acts[i], "anew")) anew();
        else if (!strcmp(acts[i], "kind")) kind();
        else return 2;
        fflush(stdout);
    }
    return 0;
}
