// 5,000 names in a folder that came in and in one that was made: order, positions, kinds and numbers.
#include "probe.h"
#include <dirent.h>
static uint64_t hash = 14695981039346656037u;
static void mix(const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
}
static void look(const char *path) {
    DIR *folder = opendir(path);
    struct dirent *entry;
    long count = 0, position = 0;
    int sorted = 1;
    char previous[256] = "";
    printf("== %s\n", path);
    if (!folder) return;
    hash = 14695981039346656037u;
    while ((entry = readdir(folder))) {
        if (strcmp(previous, entry->d_name) > 0) sorted = 0;
        strcpy(previous, entry->d_name);
        mix(entry->d_name, strlen(entry->d_name));
        mix(&entry->d_type, 1);
        if (count < 12) printf("%s kind %d\n", entry->d_name, entry->d_type);
        if (++count == 1000) position = telldir(folder);
    }
    printf("%ld names, hash %016llx\n", count, (unsigned long long)hash);
    // What the kernel makes up has an order of its own, which does not depend on a disk.
    if (strncmp(path, "/proc", 5) != 0) check("sorted", sorted);
    seekdir(folder, position);
    entry = readdir(folder);
    printf("after the thousandth: %s\n", entry ? entry->d_name : "none");
    rewinddir(folder);
    for (int i = 0; i < 3; i++) entry = readdir(folder);
    printf("third: %s\n", entry ? entry->d_name : "none");
    closedir(folder);
}
static void look_at_numbers(const char *path) {
    DIR *folder = opendir(path);
    struct dirent *entry;
    for (int i = 0; folder && i < 8 && (entry = readdir(folder)); i++)
        printf("%s inode %lu offset %ld\n", entry->d_name, (long)entry->d_ino, (long)entry->d_off);
}
static void look_raw(const char *path, size_t size) {
    static char buffer[1 << 20];
    int folder = open(path, O_RDONLY | O_DIRECTORY);
    long count, calls = 0, names = 0;
    hash = 14695981039346656037u;
    while ((count = syscall(SYS_getdents64, folder, buffer, size)) > 0) {
        calls++;
        for (long at = 0; at < count; names++) {
            mix(buffer + at + 19, strlen(buffer + at + 19));
            at += *(uint16_t *)(buffer + at + 16);
        }
    }
    printf("%s by %zu: %ld names in %ld calls, hash %016llx\n", path, size, names, calls, (unsigned long long)hash);
    if (count < 0) printf("errno %d\n", errno);
    close(folder);
}
int main(void) {
    char name[32];
    uint32_t number = 1;
    if (mkdir("made", 0755)) return 1;
    for (int i = 0; i < 5000; i++) {
        number = number * 1664525u + 1013904223u;
        snprintf(name, sizeof name, "made/%08x", number);
        write_file(name, "");
    }
    look("/build/names");
    look("made");
    look("/etc");
    look("/dev");
    look("/proc/self");
    look_at_numbers("/build/names");
    look_at_numbers("made");
    look_raw("/build/names", 300);
    look_raw("/build/names", 1 << 20);
    look_raw("made", 5000);
    look_raw("made", 10);

    // A folder that changes while it is read: what was there from the beginning to the end comes once.
    DIR *folder = opendir("made");
    struct dirent *entry;
    long seen = 0;
    while ((entry = readdir(folder))) {
        seen++;
        if (entry->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "made/%.20s", entry->d_name);
        unlink(name);
    }
    printf("removed while read: %ld seen\n", seen);
    closedir(folder);
    look("made");
}
