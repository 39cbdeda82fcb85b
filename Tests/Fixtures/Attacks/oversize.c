// Names and targets of links that are no UTF-8, and so take three bytes where they are written down, or eight in a record:
//
//     oversize links COUNT     links with targets of 4090 bytes
//     oversize files COUNT     empty files below 15 directories of 240 bytes each
//     oversize folders COUNT   the same, of directories
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *what) {
    perror(what);
    return 1;
}

static int make_links(int count) {
    char target[4091], name[20];
    memset(target, 0xff, 4090);
    for (int i = 200; i < 4090; i += 200) target[i] = '/';
    target[4090] = 0;
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%d", i);
        if (symlink(target, name)) return fail("symlink");
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int count = atoi(argv[2]);
    if (!strcmp(argv[1], "links")) return make_links(count);
    char folder[241], name[256];
    memset(folder, 0xff, 240);
    folder[240] = 0;
    for (int i = 0; i < 15; i++)
        if (mkdir(folder, 0755) || chdir(folder)) return fail("mkdir");
    for (int i = 0; i < count; i++) {
        memset(name, 0xff, 230);
        snprintf(name + 230, sizeof name - 230, "%09d", i);
        if (!strcmp(argv[1], "folders")) {
            if (mkdir(name, 0755)) return fail("mkdir");
            continue;
        }
        int file = open(name, O_CREAT | O_WRONLY, 0644);
        if (file < 0) return fail("open");
        close(file);
    }
    return 0;
}
