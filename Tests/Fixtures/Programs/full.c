// Preloaded, makes a disk look full to one program. Calls that take room below the folder FULL_BELOW are counted; from the
// FULL_AT-th on (0: never) they answer the number FULL_ERROR. FULL_LOG gets a line for each, `CALL PATH`, the path relative
// to the folder. What gives room back, and what only looks, works as ever.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_int calls;

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

// The path of a name below an open directory, or of the descriptor itself.
static void find(int base, const char *name, char path[2 * PATH_MAX]) {
    char link[64];
    if (name && *name == '/') {
        snprintf(path, 2 * PATH_MAX, "%s", name);
        return;
    }
    snprintf(link, sizeof link, base == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", base);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    if (name) snprintf(path + strlen(path), PATH_MAX, "/%s", name);
}

static int is_full(const char *call, int base, const char *name) {
    const char *below = getenv("FULL_BELOW"), *log = getenv("FULL_LOG");
    char path[2 * PATH_MAX], line[3 * PATH_MAX];
    int before = errno;
    if (!below) return 0;
    find(base, name, path);
    size_t length = strlen(below);
    if (strncmp(path, below, length) || path[length] != '/') {
        errno = before;
        return 0;
    }
    int count = ++calls;
    if (log) {
        NEXT(write);
        int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        int size = snprintf(line, sizeof line, "%s %s\n", call, path + length + 1);
        if (file < 0 || next(file, line, size) != size) abort();
        close(file);
    }
    errno = before;
    long at = number("FULL_AT");
    if (!at || count < at) return 0;
    errno = (int)number("FULL_ERROR");
    return 1;
}

ssize_t write(int file, const void *bytes, size_t count) {
    NEXT(write);
    return is_full("write", file, NULL) ? -1 : next(file, bytes, count);
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    NEXT(pwrite64);
    return is_full("pwrite", file, NULL) ? -1 : next(file, bytes, count, offset);
}
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags) {
    NEXT(copy_file_range);
    return is_full("copy_file_range", out, NULL) ? -1 : next(in, from, out, to, count, flags);
}
int openat(int base, const char *name, int flags, ...) {
    NEXT(openat);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return flags & O_CREAT && is_full("openat", base, name) ? -1 : next(base, name, flags, mode);
}
// What SQLite opens its files with.
int open64(const char *name, int flags, ...) {
    NEXT(open64);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return flags & O_CREAT && is_full("open", AT_FDCWD, name) ? -1 : next(name, flags, mode);
}
int mkdirat(int base, const char *name, mode_t mode) {
    NEXT(mkdirat);
    return is_full("mkdirat", base, name) ? -1 : next(base, name, mode);
}
int symlinkat(const char *target, int base, const char *name) {
    NEXT(symlinkat);
    return is_full("symlinkat", base, name) ? -1 : next(target, base, name);
}
int linkat(int from, const char *name, int base, const char *other, int flags) {
    NEXT(linkat);
    return is_full("linkat", base, other) ? -1 : next(from, name, base, other, flags);
}
int renameat(int from, const char *name, int base, const char *other) {
    NEXT(renameat);
    return is_full("renameat", base, other) ? -1 : next(from, name, base, other);
}
int renameat2(int from, const char *name, int base, const char *other, unsigned flags) {
    NEXT(renameat2);
    return is_full("renameat2", base, other) ? -1 : next(from, name, base, other, flags);
}
int fsync(int file) {
    NEXT(fsync);
    return is_full("fsync", file, NULL) ? -1 : next(file);
}
int syncfs(int file) {
    NEXT(syncfs);
    return is_full("syncfs", file, ".") ? -1 : next(file);
}
