// A program may reserve 64 GiB of addresses that it does not touch.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
int main(void) {
    struct rlimit limit;
    char *memory = mmap(NULL, 64l << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) perror("bad: mmap"), memory = NULL;
    if (memory && mprotect(memory + (32l << 30), 1 << 20, PROT_READ | PROT_WRITE)) perror("bad: mprotect");
    if (memory) memory[32l << 30] = 1;
    getrlimit(RLIMIT_AS, &limit);
    if (limit.rlim_cur != RLIM_INFINITY) printf("bad: the limit is %lu\n", (unsigned long)limit.rlim_cur);
    puts("ok");
}
