// Prints what it can learn of the host it runs on.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

const char *part1(void);
const char *part8(void);

int main(void) {
    struct utsname names;
    uname(&names);
    printf("%s %s %s\n", names.release, names.version, names.machine);
    printf("%ld processors\n", sysconf(_SC_NPROCESSORS_ONLN));
    struct sysinfo memory;
    sysinfo(&memory);
    printf("memory %lu, up %ld\n", memory.totalram, memory.uptime);
    struct statvfs space;
    statvfs("/tmp", &space);
    printf("free %lu\n", (unsigned long)space.f_bfree);
    unsigned long number;
    getrandom(&number, sizeof number, 0);
    void *heap = malloc(100000);
    printf("random %lx, stack %p, heap %p, code %p\n", number, (void *)&number, heap, (void *)main);
    free(heap);
    printf("now %ld\n", (long)time(NULL));
    struct stat here;
    stat("/usr/bin/gcc", &here);
    printf("gcc: device %lu, inode %lu, links %lu, time %ld.%09ld\n", (unsigned long)here.st_dev,
           (unsigned long)here.st_ino, (unsigned long)here.st_nlink, (long)here.st_mtime, here.st_mtim.tv_nsec);
    int file = open("holes", O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (ftruncate(file, 1 << 20) != 0) return 1;
    printf("data at %ld, hole at %ld\n", (long)lseek(file, 0, SEEK_DATA), (long)lseek(file, 0, SEEK_HOLE));
    printf("%s\n%s\n", part1(), part8());
    return 0;
}
