// What the kernel hands a new program beside arguments and environment.
#include "probe.h"
#include <sys/auxv.h>
int main(void) {
    static const struct { unsigned long type; const char *name; } numbers[] = {
        {33, "SYSINFO_EHDR"}, {17, "CLKTCK"}, {6, "PAGESZ"}, {3, "PHDR"}, {7, "BASE"},
        {9, "ENTRY"}, {11, "UID"}, {12, "EUID"}, {13, "GID"}, {23, "SECURE"},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        printf("%s %lx\n", numbers[i].name, getauxval(numbers[i].type));
    say_bytes("RANDOM", (void *)getauxval(25), 16);
    printf("EXECFN %s\n", (char *)getauxval(31));
    printf("PLATFORM %s\n", (char *)getauxval(15));
}
