// What makes PID 1 remember, hold or work out as much as it can be made to.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

// Writes a vector over the program's own, up to the end of the stack, and begins the program once more. Whoever looks at new programs
// finds it by the size of a page and the ticks of a second.
static long begin(const uint64_t *pairs, unsigned count) {
    char **last = environ;
    while (*last) last++;
    volatile uint64_t *vector = (uint64_t *)(last + 1), *word = vector;
    while ((uint64_t)word < 0x7ffffffff000) *word++ = 0;
    // A pair of zeros first, so that no variable is taken for a part of it.
    for (unsigned index = 0; index < count; index++) vector[2 + index] = pairs[index];
    return syscall(SYS_brk, 0);
}

// Where `begin` puts its pairs.
static uint64_t place(void) {
    char **last = environ;
    while (*last) last++;
    return (uint64_t)(last + 1) + 16;
}

// A program of which this many bytes can be written to, and that has the address in each word of them, or in none.
static int image(uint64_t size, uint64_t word) {
    char *file = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (file == MAP_FAILED) return puts("no room"), 1;
    memcpy(file, "\177ELF\2", 5);
    *(uint64_t *)(file + 32) = 64, *(uint16_t *)(file + 56) = 1;
    *(uint32_t *)(file + 64) = 1, *(uint32_t *)(file + 68) = 2, *(uint64_t *)(file + 104) = size;
    // No other program begins like this one.
    *(uint64_t *)(file + 600) = (uint64_t)getpid() * 1000003;
    uint64_t pairs[] = {33, word, 7, (uint64_t)file, 31, 1, 25, 0, 6, 4096, 17, 100, 0, 0};
    pairs[7] = place() + sizeof pairs;
    begin(pairs, sizeof pairs / 8);
    return 0;
}

static int randoms(uint64_t address, uint64_t name) {
    uint64_t pairs[] = {6, 4096, 17, 100, 25, address, 31, name, 33, 0x7ffff7fc9000, 0, 0};
    begin(pairs, sizeof pairs / 8);
    return 0;
}

// How much memory somebody takes who looks for a word in all of it and notes where it is.
static int naive(uint64_t size) {
    uint64_t *all = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), count = 0, room = 0;
    uint64_t *found = NULL;
    for (uint64_t index = 0; index < size / 8; index++) {
        if (all[index] != 0) continue;
        if (count == room) found = realloc(found, 8 * (room = 2 * room + 1024));
        found[count++] = (uint64_t)&all[index];
    }
    printf("found %lu\n", count);
    return found == NULL;
}

// Files that are made, given away and gone: each by its name, or none with one.
static int passing(const char *kind, const char *folder, long count) {
    char path[300];
    snprintf(path, sizeof path, "%s/file", folder);
    for (long index = 0; index < count; index++) {
        int file = strcmp(kind, "nameless") ? open(path, O_CREAT | O_WRONLY, 0644) : open(folder, O_TMPFILE | O_WRONLY, 0644);
        if (file < 0 || fchown(file, 1, 1)) return printf("file %ld: %s\n", index, strerror(errno)), 1;
        close(file);
        if (strcmp(kind, "nameless") && unlink(path)) return printf("unlink %ld: %s\n", index, strerror(errno)), 1;
    }
    return printf("%ld owners\n", count), 0;
}

static int owners(const char *kind, const char *folder, long count) {
    char path[300];
    mkdir(folder, 0755);
    if (!strcmp(kind, "file") || !strcmp(kind, "nameless")) return passing(kind, folder, count);
    for (long index = 0; index < count; index++) {
        snprintf(path, sizeof path, "%s/%ld", folder, index);
        if (!strcmp(kind, "one")) strcpy(path, folder);
        else mkdir(path, 0755);
        if (chown(path, 1 + index % 2, 0)) return printf("chown %ld: %s\n", index, strerror(errno)), 1;
        if (!strcmp(kind, "gone")) rmdir(path);
    }
    return printf("%ld owners\n", count), 0;
}

static int fill(const char *folder, long count, int length) {
    char name[256], digits[24];
    if (mkdir(folder, 0755) || chdir(folder)) return 1;
    memset(name, 'n', sizeof name);
    for (long index = 0; index < count; index++) {
        int count = snprintf(digits, sizeof digits, "%ld", index);
        memcpy(name + length - count, digits, count + 1);
        int file = open(name, O_CREAT | O_WRONLY, 0644);
        if (file < 0) return printf("%ld: %s\n", index, strerror(errno)), 1;
        close(file);
    }
    return 0;
}

// Many processes in the middle of many listings, each begun anew again and again.
static int list(char **folders, int processes, int rounds) {
    for (int number = 0; number < processes; number++) {
        if (fork()) continue;
        char records[65536];
        int open_folders[64], count = 0;
        for (; folders[count] && count < 64; count++) open_folders[count] = open(folders[count], O_RDONLY | O_DIRECTORY);
        for (int round = 0; round < rounds; round++)
            for (int index = 0; index < count; index++) {
                int folder = open_folders[(index + number) % count];
                if (round % 3 == 2) lseek(folder, 0, SEEK_SET);
                if (syscall(SYS_getdents64, folder, records, sizeof records) < 0) _exit(1);
            }
        _exit(0);
    }
    int status, bad = 0;
    while (wait(&status) > 0) bad |= status;
    return puts(bad ? "a listing failed" : "listed"), bad != 0;
}

static void *wait_long(void *unused) {
    struct timespec until = {2000000000, 0};
    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
    return unused;
}

// Threads that each wait for a point of the wall clock.
static int waits(int processes, int threads, int seconds) {
    int started = 0, pipes[2];
    if (pipe(pipes)) return 1;
    for (int number = 0; number < processes; number++) {
        if (fork()) continue;
        pthread_attr_t small;
        pthread_attr_init(&small);
        pthread_attr_setstacksize(&small, 65536);
        int made = 0;
        for (pthread_t thread; made < threads; made++) if (pthread_create(&thread, &small, wait_long, NULL)) break;
        if (write(pipes[1], &made, sizeof made) < 0) _exit(1);
        sleep(seconds);
        _exit(0);
    }
    for (int number = 0, made; number < processes; number++)
        if (read(pipes[0], &made, sizeof made) == sizeof made) started += made;
    while (wait(NULL) > 0) continue;
    return printf("%d threads waited\n", started), 0;
}

// Programs that each have random numbers of their own, from one parent.
static int starts(const char *self, long count) {
    char text[32];
    for (long index = 0; index < count; index++) {
        snprintf(text, sizeof text, "%ld", index);
        pid_t child = fork();
        if (child == 0) execl(self, self, "ask", text, NULL), _exit(1);
        waitpid(child, NULL, 0);
    }
    return printf("%ld programs\n", count), 0;
}

// A path of so many names of one letter, looked at from everywhere on it.
static int deep(int depth) {
    struct stat status;
    char path[4096] = "";
    for (int index = 0; index < depth; index++) {
        if (mkdir("d", 0755) || chdir("d")) break;
        if (index < 2000) strcat(path, "d/");
        stat("../../../d", &status), stat(".", &status), chown(".", 3, 4);
    }
    return printf("%s\n", strlen(path) > 1000 ? "deep" : "flat"), 0;
}

static int devices(long count) {
    char bytes[256];
    for (long index = 0; index < count; index++) {
        int file = open("/dev/urandom", O_RDONLY);
        if (file < 0 || read(file, bytes, sizeof bytes) < 0) return 1;
        close(file);
    }
    return printf("%ld devices\n", count), 0;
}

int main(int count, char **words) {
    const char *mode = count > 1 ? words[1] : "";
    long number = count > 2 ? strtoul(words[count - 1], NULL, 0) : 0;
    if (!strcmp(mode, "ask")) return syscall(SYS_getrandom, &number, 4, 0) != 4;
    if (!strcmp(mode, "image")) return image(strtoull(words[2], NULL, 0) << 20, strtoull(words[3], NULL, 0));
    if (!strcmp(mode, "randoms")) return randoms(strtoull(words[2], NULL, 0), strtoull(words[3], NULL, 0));
    if (!strcmp(mode, "naive")) return naive(number << 20);
    if (!strcmp(mode, "owners")) return owners(words[2], words[3], number);
    if (!strcmp(mode, "fill")) return fill(words[2], strtol(words[3], NULL, 0), number);
    if (!strcmp(mode, "list")) return list(words + 4, atoi(words[2]), atoi(words[3]));
    if (!strcmp(mode, "waits")) return waits(atoi(words[2]), atoi(words[3]), number);
    if (!strcmp(mode, "starts")) return starts("/proc/self/exe", number);
    if (!strcmp(mode, "deep")) return deep(number);
    if (!strcmp(mode, "devices")) return devices(number);
    return 2;
}
