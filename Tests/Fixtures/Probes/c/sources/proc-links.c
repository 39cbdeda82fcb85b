// Numbers of the kernel's that links in /proc show.
#include "probe.h"
#include <dirent.h>
static void look(const char *folder) {
    DIR *entries = opendir(folder);
    struct dirent *entry;
    char path[512], target[4096];
    while (entries && (entry = readdir(entries))) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        ssize_t length = readlink(path, target, sizeof target);
        if (length > 0) printf("%s -> %.*s\n", path, (int)length, target);
    }
}
int main(void) {
    int ends[2], files[2];
    if (pipe(ends)) return 1;
    files[0] = open(".", O_RDONLY);
    files[1] = open("/dev/null", O_RDONLY);
    look("/proc/self/fd");
    look("/proc/self/ns");
    look("/proc/self");
    printf("%d\n", files[0] + files[1]);
}
