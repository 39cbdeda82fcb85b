// Times of files in the order in which they were changed, by every way to change one.
#include "probe.h"
#include <utime.h>
static void look(const char *path) {
    struct stat status;
    if (lstat(path, &status) < 0) {
        printf("%s errno %d\n", path, errno);
        return;
    }
    printf("%s accessed %lld.%09ld modified %lld.%09ld changed %lld.%09ld\n", path, (long long)status.st_atim.tv_sec,
        status.st_atim.tv_nsec, (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
        (long long)status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}
static long long age(const char *path) {
    struct stat status;
    if (stat(path, &status) < 0) return -1;
    return status.st_mtim.tv_sec * 1000000000LL + status.st_mtim.tv_nsec;
}
int main(void) {
    write_file("a", "a");
    write_file("b", "b");
    write_file("c", "c");
    check("made in this order", age("a") < age("b") && age("b") < age("c"));
    write_file("a", "changed");
    check("the first is now the newest", age("a") > age("c"));
    int file = open("b", O_WRONLY | O_APPEND);
    if (write(file, "x", 1) != 1) return 1;
    close(file);
    check("appended", age("b") > age("a"));
    if (truncate("c", 0)) return 1;
    check("truncated", age("c") > age("b"));
    if (rename("a", "c")) return 1;
    check("a renamed file keeps its time", age("c") < age("b"));
    if (unlink("b")) return 1;
    write_file("b", "b");
    check("a file in the place of another is new", age("b") > age("c"));
    if (mkdir("folder", 0755)) return 1;
    long long before = age("folder");
    write_file("folder/file", "");
    check("a folder changes with what is in it", age("folder") > before);
    look("b"), look("c"), look("folder"), look("folder/file");

    struct timespec set[2] = {{1000000000, 5}, {1000000000, 123456789}};
    utimensat(AT_FDCWD, "b", set, 0);
    look("b");
    struct timespec now[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
    utimensat(AT_FDCWD, "b", now, 0);
    look("b");
    check("touched now", age("b") > age("folder/file"));
    struct timespec kept[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
    utimensat(AT_FDCWD, "b", kept, 0);
    look("b");
    struct utimbuf seconds = {7, 8};
    utime("b", &seconds);
    look("b");
    utime("b", NULL);
    look("b");
    if (symlink("b", "link")) return 1;
    utimensat(AT_FDCWD, "link", set, AT_SYMLINK_NOFOLLOW);
    look("link");
    file = open("b", O_RDWR);
    futimens(file, set);
    look("b");
    if (write(file, "y", 1) != 1) return 1;
    close(file);
    check("written after it was set", age("b") > age("folder/file"));
    look("b");
    look("/usr/bin/env");
    look("/build/names/seed");
}
