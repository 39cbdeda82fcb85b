// Names of files and folders that the C library makes: glibc of the monotonic clock's nanoseconds, musl of the wall clock's.
#include "probe.h"
int main(void) {
    char file[] = "fileXXXXXX", folder[] = "folderXXXXXX", suffix[] = "fileXXXXXX.c";
    say_result("mkstemp", mkstemp(file) >= 0 ? 0 : -1);
    say_result("mkdtemp", mkdtemp(folder) ? 0 : -1);
    say_result("mkstemps", mkstemps(suffix, 2) >= 0 ? 0 : -1);
    printf("%s %s %s\n", file, folder, suffix);
    // Of a hundred, some four have names of another kind.
    for (int i = 0; i < 100; i++) {
        char name[] = "manyXXXXXX";
        say_result(name, mkstemp(name) >= 0 ? 0 : -1);
    }
}
