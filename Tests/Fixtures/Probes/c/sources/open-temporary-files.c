// Open: glibc makes the names of the files and folders that it creates from the monotonic clock's nanoseconds.
#include "probe.h"
int main(void) {
    char file[] = "fileXXXXXX", folder[] = "folderXXXXXX", suffix[] = "fileXXXXXX.c";
    say_result("mkstemp", mkstemp(file) >= 0 ? 0 : -1);
    say_result("mkdtemp", mkdtemp(folder) ? 0 : -1);
    say_result("mkstemps", mkstemps(suffix, 2) >= 0 ? 0 : -1);
    printf("%s %s %s\n", file, folder, suffix);
}
