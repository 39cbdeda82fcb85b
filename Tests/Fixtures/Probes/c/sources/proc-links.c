// Links in /proc that lead to files.
#include "probe.h"
#include <dirent.h>
int main(void) {
    static const char *const links[] = {"exe", "cwd", "root", "fd/0", "fd/3"};
    char path[512], target[4096];
    if (open("probe", O_RDWR | O_CREAT, 0600) != 3) printf("descriptors are open\n");
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        snprintf(path, sizeof path, "/proc/self/%s", links[i]);
        ssize_t length = readlink(path, target, sizeof target);
        printf("%s -> %.*s\n", path, (int)(length > 0 ? length : 0), target);
    }
    struct dirent *entry;
    DIR *entries = opendir("/proc/self");
    while (entries && (entry = readdir(entries))) printf("%s\n", entry->d_name);
}
