// A seeded random sequence of operations on files in the working directory, and what came of each. Whatever it prints is to
// be the same whoever answers: errors, sizes, modes, names, contents, link counts, which names are one file, explicit times,
// and which of two files is the newer one.
//
// differential SEED OPERATIONS [unordered]: the last leaves out which file is the newer one.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

static uint64_t state;
static unsigned next(unsigned limit) {
    // SplitMix64
    uint64_t z = (state += 0x9e3779b97f4a7c15ull);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return (unsigned)((z ^ z >> 31) >> 32) % limit;
}

static char folder[2048];
static int is_ordered = 1;
static int base = -1;  // of relative paths, or AT_FDCWD
enum { slots = 6 };
static int files[slots] = {-1, -1, -1, -1, -1, -1};

static const char *answered(long answer) {
    static char text[32];
    if (answer >= 0) return sprintf(text, "%ld", answer), text;
    return strerrorname_np(errno);
}

// One of some hundred paths, most of them of files that may be there.
static char *path(char *out) {
    static const char *names[] = {"a", "b", "c", "d", "e", "lower", "lower/f", "lower/g"};
    char *end = out;
    unsigned kind = next(24);
    if (kind == 0) return strcpy(out, "");
    if (kind == 1) return strcpy(out, "missing/x");
    if (kind == 2) return memset(out, 'n', 300), out[300] = 0, out;
    if (kind == 3) return strcpy(out, "a\xff\x80");
    if (kind == 4) end += sprintf(out, "%s/", folder);
    if (kind == 5) end += sprintf(out, "/proc/self/cwd/");
    if (kind == 6) end += sprintf(out, "./b/../");
    unsigned depth = 1 + (next(3) == 0) + (next(8) == 0);
    for (unsigned level = 0; level < depth; level++) end += sprintf(end, "%s%s", level ? "/" : "", names[next(8)]);
    if (kind == 7) strcpy(end, "/");
    if (kind == 8) strcpy(end, "/.");
    if (kind == 9) strcpy(end, "/..");
    return out;
}

static void describe(const struct stat *found) {
    printf(" mode %o links %lu owner %u:%u", found->st_mode, S_ISDIR(found->st_mode) ? 0ul : (unsigned long)found->st_nlink,
           found->st_uid, found->st_gid);
    if (!S_ISDIR(found->st_mode)) printf(" size %ld", (long)found->st_size);
    if (found->st_mtim.tv_nsec < 0 || found->st_mtim.tv_nsec > 999999999) printf(" strange time");
}

static void status(const char *name) {
    struct stat found;
    struct statx more;
    int answer;
    switch (next(5)) {
    case 0: answer = stat(name, &found); break;
    case 1: answer = lstat(name, &found); break;
    case 2: answer = fstatat(base, name, &found, AT_SYMLINK_NOFOLLOW); break;
    case 3: answer = fstatat(base, name, &found, AT_EMPTY_PATH); break;
    default:
        answer = statx(base, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &more);
        printf("statx %s", answered(answer));
        if (answer == 0)
            printf(" mode %o links %u size %llu", more.stx_mode, S_ISDIR(more.stx_mode) ? 0 : more.stx_nlink,
                   S_ISDIR(more.stx_mode) ? 0 : more.stx_size);
        puts("");
        return;
    }
    printf("stat %s", answered(answer));
    if (answer == 0) describe(&found);
    puts("");
}

static void open_one(const char *name) {
    static const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_CREAT, O_WRONLY | O_CREAT | O_EXCL,
                                O_WRONLY | O_TRUNC, O_RDWR | O_CREAT | O_TRUNC, O_WRONLY | O_APPEND | O_CREAT,
                                O_RDONLY | O_DIRECTORY, O_RDONLY | O_NOFOLLOW, O_PATH, O_RDONLY | O_CLOEXEC,
                                O_RDWR | O_DIRECTORY, O_TMPFILE | O_RDWR};
    unsigned slot = next(slots), kind = next(14), mode = next(512);
    if (files[slot] >= 0) close(files[slot]);
    files[slot] = next(8) ? openat(base, name, flags[kind], mode | 0400) : creat(name, mode | 0400);
    printf("open %u %s\n", kind, files[slot] < 0 ? answered(-1) : "ok");
}

static void use(int file) {
    char bytes[6000];
    struct stat found;
    unsigned length = next(sizeof bytes);
    switch (next(7)) {
    case 0:
        memset(bytes, 'a' + next(26), length);
        printf("write %s\n", answered(write(file, bytes, length)));
        break;
    case 1: {
        long count = pread(file, bytes, length, next(8000));
        unsigned sum = 0;
        for (long index = 0; index < count; index++) sum = sum * 31 + (unsigned char)bytes[index];
        printf("read %s %u\n", answered(count), sum);
        break;
    }
    case 2: printf("ftruncate %s\n", answered(ftruncate(file, next(9000)))); break;
    case 3: {
        int answer = fstat(file, &found);
        printf("fstat %s", answered(answer));
        if (answer == 0) describe(&found);
        puts("");
        break;
    }
    case 4: printf("fchmod %s\n", answered(fchmod(file, next(512) | 0600))); break;
    case 5: printf("lseek %s\n", answered(lseek(file, next(9000), SEEK_SET) < 0 ? -1 : 0)); break;
    default: printf("fsync %s\n", answered(fsync(file)));
    }
}

static int by_name(const void *left, const void *right) { return strcmp(*(char **)left, *(char **)right); }

// Names as a set, with their types, and whether the numbers of files are those that stat answers.
static void list(const char *name) {
    int opened = openat(base, name, O_RDONLY | O_DIRECTORY);
    printf("list %s", opened < 0 ? answered(-1) : "ok");
    DIR *listing = opened < 0 ? NULL : fdopendir(opened);
    if (!listing) return (void)puts("");
    char *names[200];
    unsigned count = 0, others = 0;
    for (struct dirent *entry; (entry = readdir(listing)) && count < 200;) {
        struct stat found;
        if (strcmp(entry->d_name, "..") != 0 && fstatat(opened, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
            (found.st_mode >> 12 != entry->d_type))
            others++;
        asprintf(&names[count++], "%s:%d", entry->d_name, entry->d_type);
    }
    qsort(names, count, sizeof *names, by_name);
    for (unsigned index = 0; index < count; index++) printf(" %s", names[index]), free(names[index]);
    printf(" others %u\n", others);
    closedir(listing);
}

// Times that are set are shown as they were set, also by another name.
static void set_times(const char *name, const char *other) {
    struct timespec times[2] = {{1000000000 + next(1000000), next(1000000000)}, {1100000000 + next(1000000), next(1000000000)}};
    struct timeval coarse[2] = {{times[0].tv_sec, 5}, {times[1].tv_sec, 7}};
    struct utimbuf coarser = {times[0].tv_sec, times[1].tv_sec};
    int answer;
    unsigned kind = next(5);
    // The last two know no directory.
    if (kind > 2) base = AT_FDCWD;
    switch (kind) {
    case 0: answer = utimensat(base, name, times, 0); break;
    case 1: answer = utimensat(base, name, times, AT_SYMLINK_NOFOLLOW); break;
    case 2: times[0].tv_nsec = UTIME_OMIT; answer = utimensat(base, name, times, AT_SYMLINK_NOFOLLOW); break;
    case 3: answer = utimes(name, coarse); break;
    default: answer = utime(name, &coarser);
    }
    printf("times %s", answered(answer));
    struct stat found;
    if (answer == 0 && fstatat(base, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISLNK(found.st_mode))
        printf(" %ld.%09ld", found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
    if (answer == 0 && next(2)) {
        int moved = renameat(base, name, base, other);
        printf(" moved %s", answered(moved));
        if (moved == 0 && fstatat(base, other, &found, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISLNK(found.st_mode))
            printf(" %ld.%09ld", found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
    }
    puts("");
}

static int later(struct timespec left, struct timespec right) {
    if (left.tv_sec != right.tv_sec) return left.tv_sec > right.tv_sec ? 1 : -1;
    return left.tv_nsec == right.tv_nsec ? 0 : left.tv_nsec > right.tv_nsec ? 1 : -1;
}

// Changes made one after the other, farther apart than a clock tick, and what is newer than what.
static void compare_times(void) {
    static unsigned round;
    enum { count = 4 };
    char names[count][40], other[64];
    struct stat found[count];
    struct timespec pause = {0, 12000000};
    round++;
    for (unsigned index = 0; index < count; index++) {
        sprintf(names[index], "time-%u-%u", round, index);
        if (index == 3) mkdir(names[index], 0755);
        else close(open(names[index], O_CREAT | O_WRONLY, 0644));
        nanosleep(&pause, NULL);
    }
    for (unsigned step = 0; step < 4; step++) {
        nanosleep(&pause, NULL);
        const char *name = names[next(count)];
        int file = open(name, O_WRONLY);
        switch (next(6)) {
        case 0: write(file, "x", 1); break;
        case 1: truncate(name, next(10)); break;
        case 2: utimensat(AT_FDCWD, name, NULL, 0); break;
        case 3: sprintf(other, "%s/new", names[3]); close(open(other, O_CREAT | O_WRONLY, 0644)); unlink(other); break;
        case 4: sprintf(other, "%s.new", name); rename(name, other); rename(other, name); break;
        default: chmod(name, 0600 + next(64));
        }
        close(file);
    }
    printf("order");
    for (unsigned index = 0; index < count; index++) lstat(names[index], &found[index]);
    for (unsigned left = 0; left < count && is_ordered; left++)
        for (unsigned right = left + 1; right < count; right++)
            printf(" %d", later(found[left].st_mtim, found[right].st_mtim));
    puts("");
    for (unsigned index = 0; index < count; index++) index == 3 ? rmdir(names[index]) : unlink(names[index]);
}

static void operate(void) {
    char first[4096], second[4096], bytes[4096];
    path(first), path(second);
    // Relative to a directory that is open, as often as it is.
    base = next(4) == 0 && files[0] >= 0 ? files[0] : AT_FDCWD;
    unsigned kind = next(30);
    switch (kind) {
    case 0: case 1: case 2: open_one(first); break;
    case 3: case 4: case 5: case 6: use(files[next(slots)]); break;
    case 7: printf("mkdir %s\n", answered(mkdirat(base, first, next(512) | 0700))); break;
    case 8: printf("mkdir %s\n", answered(mkdir(first, 0755))); break;
    case 9: printf("rename %s\n", answered(renameat(base, first, AT_FDCWD, second))); break;
    case 10: printf("rename %s\n", answered(rename(first, second))); break;
    case 11: printf("renameat2 %s\n", answered(renameat2(base, first, AT_FDCWD, second, next(3)))); break;
    case 12: printf("link %s\n", answered(linkat(base, first, AT_FDCWD, second, next(2) ? AT_SYMLINK_FOLLOW : 0))); break;
    case 13: printf("link %s\n", answered(link(first, second))); break;
    case 14: printf("symlink %s\n", answered(symlinkat(second, base, first))); break;
    case 15: printf("unlink %s\n", answered(unlinkat(base, first, next(2) ? AT_REMOVEDIR : 0))); break;
    case 16: printf("unlink %s\n", answered(unlink(first))); break;
    case 17: printf("rmdir %s\n", answered(rmdir(first))); break;
    case 18: printf("truncate %s\n", answered(truncate(first, next(5000)))); break;
    case 19: printf("chmod %s\n", answered(fchmodat(base, first, next(512) | 0700, 0))); break;
    case 20: set_times(first, second); break;
    case 21: case 22: list(first); break;
    case 23: {
        long count = readlinkat(base, first, bytes, sizeof bytes);
        printf("readlink %s %.*s\n", answered(count), (int)(count > 0 && bytes[0] != '/' ? count : 0), bytes);
        break;
    }
    case 24: {
        struct stat left, right;
        int both = stat(first, &left) == 0 && lstat(second, &right) == 0;
        printf("same %d %d\n", both, both && left.st_ino == right.st_ino && left.st_dev == right.st_dev);
        break;
    }
    case 25: next(6) == 0 ? compare_times() : (void)puts("nothing"); break;
    case 26: printf("mknod %s\n", answered(mknodat(base, first, (next(2) ? S_IFSOCK : S_IFREG) | 0644, 0))); break;
    case 27: printf("access %s\n", answered(faccessat(base, first, next(8), 0))); break;
    default: status(first);
    }
}

int main(int count, char **arguments) {
    if (count < 3 || !getcwd(folder, sizeof folder)) return 2;
    is_ordered = count == 3;
    state = strtoull(arguments[1], NULL, 10);
    unsigned long operations = strtoul(arguments[2], NULL, 10);
    for (unsigned long index = 0; index < operations; index++) {
        printf("%lu ", index);
        operate();
    }
    return 0;
}
