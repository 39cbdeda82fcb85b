// Makes temporary files as C libraries do, and others that only look like it; prints their names, or what is wrong.
//
//     temporary library COUNT    mkstemp, mkdtemp and mkostemps of the C library, and a random number at the end
//     temporary long COUNT       names with 3, 9, 12 and 23 letters, by a copy of gnulib's function
//     temporary fixed COUNT      files with names of their own, made by code with the library's multiplier in it
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

static uint64_t random_bits(uint64_t v, int use_getrandom) {
    uint64_t r;
    struct timespec now;
    if (use_getrandom && getrandom(&r, sizeof r, GRND_NONBLOCK) == sizeof r) return r;
    clock_gettime(CLOCK_MONOTONIC, &now);
    v ^= now.tv_nsec;
    return 2862933555777941757 * v + 3037000493;
}

static int try_file(char *name, void *none) { return open(name, O_RDWR | O_CREAT | O_EXCL, 0600); }
static int try_folder(char *name, void *none) { return mkdir(name, 0700); }

// try_tempname_len of gnulib, of the year 2021.
static int try_tempname(char *name, int suffix, int count, int (*attempt)(char *, void *)) {
    uint64_t v = ((uintptr_t)&v) / 16, unfair = UINT64_MAX - UINT64_MAX % 839299365868340224;
    int digits = 0, use_getrandom = 0;
    char *place = name + strlen(name) - suffix - count;
    for (int tries = 0; tries < 238328; tries++) {
        for (int i = 0; i < count; i++) {
            if (digits == 0) {
                do {
                    v = random_bits(v, use_getrandom);
                    use_getrandom = 1;
                } while (unfair <= v);
                digits = 10;
            }
            place[i] = letters[v % 62];
            v /= 62;
            digits--;
        }
        int made = attempt(name, NULL);
        if (made >= 0 || errno != EEXIST) return made;
    }
    return -1;
}

static void say(const char *name, int made) {
    if (made < 0 || access(name, F_OK) != 0) printf("bad: %s: %s\n", name, strerror(errno));
    printf("%s\n", name);
    if (made > 2) close(made);
}

static void library(int count) {
    for (int i = 0; i < count; i++) {
        char file[] = "fileXXXXXX", folder[] = "./folderXXXXXX", suffix[] = "ccXXXXXX.s";
        say(file, mkstemp(file));
        say(folder, mkdtemp(folder) ? 0 : -1);
        say(suffix, mkostemps(suffix, 2, O_CLOEXEC));
    }
    uint64_t number = 0;
    getrandom(&number, sizeof number, GRND_NONBLOCK);
    printf("%016lx\n", number);
    getrandom(&number, sizeof number, 0);
    printf("%016lx\n", number);
}

static void many(int count) {
    static const int lengths[] = {3, 9, 12, 23};
    for (int i = 0; i < count; i++)
        for (int j = 0; j < 4; j++) {
            char name[64] = {0};
            // No letters that could be the same as those that are made.
            memcpy(name, "-l-n-", 5);
            memset(name + 5, 'X', lengths[j]);
            if (j & 1) strcat(name, ".c");
            say(name, try_tempname(name, j & 1 ? 2 : 0, lengths[j], i & 1 ? try_folder : try_file));
        }
}

// Not the library's function, but with all that it has: the multiplier, a variable made from its own address and the
// clock, and letters.
static int fixed(int number, int isFolder) {
    volatile uint64_t v = ((uintptr_t)&v) / 16;
    struct timespec now;
    char name[32];
    clock_gettime(CLOCK_MONOTONIC, &now);
    v = 2862933555777941757 * (v ^ now.tv_nsec) + 3037000493;
    sprintf(name, "%06d.%s", number, isFolder ? "folder" : "lockfile42");
    v /= 56800235584;
    int made = isFolder ? mkdir(name, 0700) : open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    char expected[32];
    sprintf(expected, "%06d.%s", number, isFolder ? "folder" : "lockfile42");
    if (made < 0 || strcmp(name, expected) != 0 || access(expected, F_OK) != 0) printf("bad: %s is %s\n", expected, name);
    if (!isFolder) close(made);
    made = isFolder ? mkdir(name, 0700) : open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (made >= 0 || errno != EEXIST) printf("bad: %s again\n", name);
    return v != 0;
}

int main(int count, char **arguments) {
    int number = count > 2 ? atoi(arguments[2]) : 1;
    if (strcmp(arguments[1], "library") == 0) library(number);
    if (strcmp(arguments[1], "long") == 0) many(number);
    if (strcmp(arguments[1], "fixed") == 0)
        for (int i = 0; i < number; i++) fixed(i, i & 1);
    printf("done\n");
}
