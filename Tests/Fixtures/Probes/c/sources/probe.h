// What the C probes share. Every one is compiled for glibc (shared, static, static-pie) and for musl, whose headers lack
// the kernel's: numbers that only those define are written out.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/// NAME and a result: the number, or the error's.
static inline void say_result(const char *name, long result) {
    if (result < 0) printf("%s errno %d\n", name, errno);
    else printf("%s %ld\n", name, result);
}

static inline void say_bytes(const char *name, const void *bytes, size_t count) {
    const unsigned char *byte = bytes;
    printf("%s ", name);
    for (size_t i = 0; i < count; i++) printf("%02x", byte[i]);
    printf("\n");
}

static inline void check(const char *name, int holds) { printf("%s %s\n", name, holds ? "ok" : "bad"); }

static inline void say_time(const char *name, struct timespec time) {
    printf("%s %lld.%09ld\n", name, (long long)time.tv_sec, time.tv_nsec);
}

/// Seconds of a clock that belljar lets run.
static inline double monotonic(void) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static inline struct timespec wall_in(double seconds) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_nsec += (long)(seconds * 1e9);
    now.tv_sec += now.tv_nsec / 1000000000;
    now.tv_nsec %= 1000000000;
    return now;
}

/// A file's text, or why it cannot be read.
static inline void say_file(const char *path) {
    char buffer[65536];
    int file = open(path, O_RDONLY);
    ssize_t count;
    printf("== %s\n", path);
    if (file < 0) {
        printf("errno %d\n", errno);
        return;
    }
    while ((count = read(file, buffer, sizeof buffer)) > 0) fwrite(buffer, 1, count, stdout);
    close(file);
}

static inline void write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || write(file, text, strlen(text)) < 0) {
        perror(path);
        exit(1);
    }
    close(file);
}
