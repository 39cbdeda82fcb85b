// Every field of stat and statx, of what came in, what was made, links, devices, pipes and /proc.
#include "probe.h"
struct stamp { int64_t seconds; uint32_t nanoseconds; int32_t reserved; };
struct extended {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t links, uid, gid;
    uint16_t mode, padding;
    uint64_t inode, size, blocks, attributes_mask;
    struct stamp accessed, born, changed, modified;
    uint32_t device_major, device_minor, file_system_major, file_system_minor;
    uint64_t mount, rest[20];
};
static void look(const char *path) {
    struct stat status;
    struct extended more;
    printf("== %s\n", path);
    if (lstat(path, &status) < 0) {
        printf("errno %d\n", errno);
        return;
    }
    printf("dev %lx ino %lu links %lu mode %o owner %d:%d rdev %lx\n", (long)status.st_dev, (long)status.st_ino,
        (long)status.st_nlink, status.st_mode, status.st_uid, status.st_gid, (long)status.st_rdev);
    printf("size %ld block %ld blocks %ld\n", (long)status.st_size, (long)status.st_blksize, (long)status.st_blocks);
    say_time("accessed", status.st_atim);
    say_time("modified", status.st_mtim);
    say_time("changed", status.st_ctim);
    // STATX_BASIC_STATS, BTIME, MNT_ID and DIOALIGN, without following a link.
    memset(&more, 0, sizeof more);
    if (syscall(332, AT_FDCWD, path, 0x100, 0x3fff, &more) < 0) {
        printf("statx errno %d\n", errno);
        return;
    }
    printf("statx mask %x attributes %llx of %llx mount %llu\n", more.mask, (unsigned long long)more.attributes,
        (unsigned long long)more.attributes_mask, (unsigned long long)more.mount);
    printf("ino %llu links %u dev %x:%x block %u blocks %llu\n", (unsigned long long)more.inode, more.links,
        more.file_system_major, more.file_system_minor, more.block_size, (unsigned long long)more.blocks);
    printf("born %lld.%09u changed %lld.%09u\n", (long long)more.born.seconds, more.born.nanoseconds,
        (long long)more.changed.seconds, more.changed.nanoseconds);
    say_bytes("rest", more.rest, sizeof more.rest);
}
int main(void) {
    static const char *const paths[] = {"file", "folder", "link", "hard", "pipe", ".", "..", "/", "/build", "/out", "/tmp",
        "/build/names", "/build/names/seed", "/usr", "/usr/bin/env", "/bin", "/etc/passwd", "/etc", "/inputs", "/dev",
        "/dev/null", "/dev/urandom", "/dev/shm", "/proc", "/proc/cpuinfo", "/proc/self/stat", "/proc/self/fd", "/proc/1", "/sys"};
    write_file("file", "text\n");
    if (mkdir("folder", 0755) || symlink("file", "link") || link("file", "hard") || mkfifo("pipe", 0600)) return 1;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) look(paths[i]);
    int ends[2];
    struct stat status;
    if (pipe(ends) == 0 && fstat(ends[0], &status) == 0)
        printf("== pipe\ndev %lx ino %lu\n", (long)status.st_dev, (long)status.st_ino);
    if (fstat(1, &status) == 0) printf("== output\ndev %lx ino %lu\n", (long)status.st_dev, (long)status.st_ino);
    say_result("empty path", syscall(SYS_newfstatat, 1, "", &status, 0x1000));
    say_result("bad descriptor", fstat(77, &status));
}
