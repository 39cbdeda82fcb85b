// A file's time has moved after it was written to through a mapping and msync.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
    struct stat before, after;
    int file = open("f", O_RDWR | O_CREAT, 0644);
    if (ftruncate(file, 8192)) return 1;
    char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    stat("f", &before);
    usleep(50000);
    strcpy(memory + 4096, "written");
    msync(memory, 8192, MS_SYNC);
    stat("f", &after);
    if (after.st_mtim.tv_sec == before.st_mtim.tv_sec && after.st_mtim.tv_nsec == before.st_mtim.tv_nsec) puts("bad: the time stood still");
    puts("ok");
}
