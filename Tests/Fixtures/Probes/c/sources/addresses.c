// Where things lie.
#include "probe.h"
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/personality.h>
static int initialised = 1;
extern char **environ;
int main(int count, char **arguments) {
    int local = count;
    printf("stack %p\n", (void *)&local);
    printf("arguments %p\n", (void *)arguments);
    printf("environment %p %p\n", (void *)environ, (void *)*environ);
    printf("break %p\n", sbrk(0));
    printf("small %p\n", malloc(100));
    printf("large %p\n", malloc(10000000));
    printf("mapping %p\n", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    printf("code %p\n", (void *)main);
    printf("data %p\n", (void *)&initialised);
    printf("library %p\n", (void *)printf);
    printf("chosen by the processor %p\n", (void *)memcpy);
    printf("personality %lx\n", (long)personality(0xffffffff));
}
