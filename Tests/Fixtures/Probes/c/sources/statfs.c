// File systems: kind, size, free space.
#include "probe.h"
#include <sys/statfs.h>
#include <sys/statvfs.h>
int main(void) {
    static const char *const places[] = {"/", "/build", "/out", "/tmp", "/dev", "/dev/shm", "/proc", "/usr", "."};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct statfs status;
        struct statvfs posix;
        if (statfs(places[i], &status) < 0) {
            printf("%s errno %d\n", places[i], errno);
            continue;
        }
        printf("%s type %lx block %ld blocks %lu free %lu available %lu files %lu free %lu\n", places[i],
            (long)status.f_type, (long)status.f_bsize, (unsigned long)status.f_blocks, (unsigned long)status.f_bfree,
            (unsigned long)status.f_bavail, (unsigned long)status.f_files, (unsigned long)status.f_ffree);
        say_bytes("id", &status.f_fsid, sizeof status.f_fsid);
        printf("name %ld fragment %ld flags %lx\n", (long)status.f_namelen, (long)status.f_frsize, (long)status.f_flags);
        if (statvfs(places[i], &posix) == 0) printf("posix %lx %lu\n", posix.f_fsid, (unsigned long)posix.f_bavail);
    }
    int file = open(".", O_RDONLY | O_DIRECTORY);
    struct statfs status;
    if (fstatfs(file, &status) == 0) printf("by descriptor %lu %lu\n", (unsigned long)status.f_bfree, (unsigned long)status.f_ffree);
}
