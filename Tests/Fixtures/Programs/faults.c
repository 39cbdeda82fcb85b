// Does what a supervisor of system calls stumbles over, and prints what came of it. `faults NAME` runs one case; every
// line that it prints is to be the same whether somebody answers its calls or the kernel does, but for those that begin
// with `clock`.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what) {
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
}

// Wall clock, random numbers and a directory: whether they can be had at all, and what time it is.
static void look(const char *name) {
    struct timespec now = {0};
    int clock = clock_gettime(CLOCK_REALTIME, &now);
    printf("clock %s %d %ld.%09ld\n", name, clock, (long)now.tv_sec, now.tv_nsec);
    char bytes[16];
    printf("%s random %zd\n", name, getrandom(bytes, sizeof bytes, 0));
    char records[4096];
    int folder = open("/etc", O_RDONLY | O_DIRECTORY);
    printf("%s entries %d\n", name, folder >= 0 && syscall(SYS_getdents64, folder, records, sizeof records) > 0);
    struct statfs system;
    printf("%s statfs %d\n", name, statfs("/", &system));
    fflush(stdout);
}

static void closed(void) {
    syscall(SYS_close_range, 3, ~0U, 0);
    for (int number = 3; number < 400; number++) dup2(0, number);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    look("closed");
    close(0);
    close(2);
    look("closed-more");
}

static void undumpable(void) {
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) die("prctl");
    look("undumpable");
    chdir("/proc/self/fd");
    look("undumpable-self");
}

// A program that its user may execute and not read.
static void unreadable(void) {
    char copy[] = "/build/unreadable";
    int from = open("/proc/self/exe", O_RDONLY), to = open(copy, O_CREAT | O_WRONLY, 0755);
    char block[65536];
    for (ssize_t count; (count = read(from, block, sizeof block)) > 0;)
        if (write(to, block, count) != count) die("write");
    close(to);
    if (chmod(copy, 0111) != 0) die("chmod");
    execl(copy, copy, "look", NULL);
    die("exec");
}

// Paths in memory that changes while they are read.
static char shared_path[64] = "/dev/urandom";
static atomic_int is_racing = 1;
static void *rewrite(void *unused) {
    static const char *paths[] = {"/dev/urandom", "/etc/passwd", "/missing", "/proc/sys/kernel/random/uuid", "/etc"};
    for (unsigned round = 0; is_racing; round++) strcpy(shared_path, paths[round % 5]);
    return unused;
}
static void racing(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, rewrite, NULL);
    int wrong = 0;
    for (int round = 0; round < 2000; round++) {
        struct statfs system;
        int file = open(shared_path, O_RDONLY);
        if (file < 0 && errno != ENOENT) wrong++;
        if (file >= 0) close(file);
        if (statfs(shared_path, &system) != 0 && errno != ENOENT) wrong++;
    }
    is_racing = 0;
    pthread_join(thread, NULL);
    printf("racing wrong %d\n", wrong);
}

static atomic_int answers;
static void *ask(void *unused) {
    struct timespec now;
    char bytes[8];
    for (int round = 0; round < 5; round++) {
        if (syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) == 0) answers++;
        if (getrandom(bytes, sizeof bytes, 0) == 8) answers++;
    }
    return unused;
}
static void many(void) {
    enum { count = 400 };
    pthread_t threads[count];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (int index = 0; index < count; index++)
        if (pthread_create(&threads[index], &small, ask, NULL) != 0) die("pthread_create");
    for (int index = 0; index < count; index++) pthread_join(threads[index], NULL);
    printf("many answers %d\n", answers);
}

// Processes that die while somebody answers them.
static void killed(void) {
    int dead = 0;
    for (int round = 0; round < 60; round++) {
        pid_t child = fork();
        if (child == 0)
            for (;;) {
                ask(NULL);
                DIR *folder = opendir("/etc");
                readdir(folder);
                closedir(folder);
                close(open("/dev/urandom", O_RDONLY));
            }
        usleep(round * 150);
        kill(child, SIGKILL);
        int status;
        if (waitpid(child, &status, 0) == child && WIFSIGNALED(status)) dead++;
    }
    printf("killed %d\n", dead);
    look("killed-after");
}

// A caller that is stopped goes on when it is continued.
static void stopped(void) {
    int pipes[2];
    pipe(pipes);
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        for (int round = 0; round < 3000; round++) ask(NULL);
        write(pipes[1], "x", 1);
        _exit(0);
    }
    close(pipes[1]);
    for (int round = 0; round < 20; round++) {
        usleep(500);
        kill(child, SIGSTOP);
        usleep(500);
        kill(child, SIGCONT);
    }
    char byte;
    printf("stopped went on %zd\n", read(pipes[0], &byte, 1));
    waitpid(child, NULL, 0);
}

static int filter(unsigned call, unsigned answer, unsigned flags) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = 4, .filter = code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}
static void nested(void) {
    struct timespec now;
    printf("nested load %d\n", filter(SYS_sethostname, SECCOMP_RET_ALLOW, 0));
    look("nested");
    // An error from a program's own filter wins over an answer.
    printf("nested load %d\n", filter(SYS_clock_gettime, SECCOMP_RET_ERRNO | E2BIG, 0));
    long answer = syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    printf("nested clock %ld %d\n", answer, errno);
}

// One listing sees every name that was there all the time exactly once, whatever else comes and goes.
static void changing(void) {
    enum { count = 3000 };
    static char seen[count];
    char name[32];
    if (mkdir("changing", 0755) != 0 || chdir("changing") != 0) die("mkdir");
    for (int index = 0; index < count; index++) {
        sprintf(name, "n%d", index);
        close(open(name, O_CREAT | O_WRONLY, 0644));
    }
    DIR *folder = opendir(".");
    int twice = 0, missed = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        int index;
        if (sscanf(entry->d_name, "n%d", &index) != 1) continue;
        if (seen[index]++) twice++;
        // Odd ones go while the listing goes on, and strange ones come.
        if (index % 2) unlink(entry->d_name);
        if (index % 3 == 0) {
            sprintf(name, "m%d", index);
            close(open(name, O_CREAT | O_WRONLY, 0644));
        }
    }
    for (int index = 0; index < count; index++)
        if (!seen[index]) missed++;
    printf("changing twice %d missed %d\n", twice, missed);
    int left = 0;
    rewinddir(folder);
    while (readdir(folder)) left++;
    printf("changing left %d\n", left);
    // Threads and processes that share an opening share what they are given.
    int shared = open(".", O_RDONLY | O_DIRECTORY), pipes[2], total = 0;
    pipe(pipes);
    for (int child = 0; child < 3; child++)
        if (fork() == 0) {
            char records[512];
            int own = 0;
            for (long size; (size = syscall(SYS_getdents64, shared, records, sizeof records)) > 0;)
                for (long place = 0; place < size; place += *(unsigned short *)(records + place + 16)) own++;
            write(pipes[1], &own, sizeof own);
            _exit(0);
        }
    for (int child = 0; child < 3; child++) {
        int own;
        read(pipes[0], &own, sizeof own);
        total += own;
        wait(NULL);
    }
    printf("changing shared %d\n", total);
}

// Directories that vanish while they are listed.
static void *vanish(void *unused) {
    while (is_racing) {
        mkdir("v", 0755);
        close(open("v/a", O_CREAT | O_WRONLY, 0644));
        unlink("v/a");
        rmdir("v");
    }
    return unused;
}
static void vanishing(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, vanish, NULL);
    int wrong = 0;
    char records[1024];
    for (int round = 0; round < 1500; round++) {
        struct statfs system;
        if (statfs("v/a", &system) != 0 && errno != ENOENT) wrong++;
        int folder = open("v", O_RDONLY | O_DIRECTORY);
        if (folder < 0) continue;
        if (syscall(SYS_getdents64, folder, records, sizeof records) < 0 && errno != ENOENT) wrong++;
        close(folder);
    }
    is_racing = 0;
    pthread_join(thread, NULL);
    printf("vanishing wrong %d\n", wrong);
}

static void outcome(const char *what, long answer) {
    if (answer < 0) printf("%s: %s\n", what, strerrorname_np(errno));
    else printf("%s: %ld\n", what, answer);
}

static void paths(void) {
    mkdir("d", 0755);
    mkdir("d/\xff\xfe", 0755);
    close(open("d/\xff\xfe/\x80", O_CREAT | O_WRONLY, 0644));
    symlink("d", "to-d");
    symlink("loop", "loop");
    symlink("/proc/self/fd/0", "to-input");
    char *longest = malloc(5001);
    memset(longest, '/', 5000);
    longest[5000] = 0;
    char *fits = malloc(4096), *name = malloc(300);
    memset(fits, '/', 4095);
    fits[4095] = 0;
    memset(name, 'n', 299);
    name[299] = 0;
    char *edge = (char *)mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + 4096;
    munmap(edge, 4096);
    memcpy(edge - 5, "/etc", 5);
    const char *all[] = {"",        ".",         "..",           "/..",          "d",        "d/",
                         "d/.",     "d/../d",    "d/\xff\xfe",   "d/\xff\xfe/\x80", "to-d",  "to-d/",
                         "to-d/..", "loop",      "loop/x",       "to-input",     "/etc/passwd", "/etc/passwd/",
                         "/etc/passwd/x", "/missing", "/missing/x", longest,     fits,       name,
                         edge - 5,  edge - 1,    NULL,           "/proc/self",   "/proc/self/fd/0", "/proc/self/fd/77",
                         "/proc/self/cwd/d", "/proc/self/root/etc", "/proc/thread-self/fd/0", "/dev/fd/0", "/dev/stdin",
                         "/proc/1/fd", "/proc/1/cwd/x", "/proc/self/exe", "//etc", "/dev/../etc/./passwd"};
    memcpy(edge - 1, "/", 1);
    char records[8192];
    int base = open("d", O_RDONLY | O_DIRECTORY), only = open("d", O_PATH), file = open("/etc/passwd", O_RDONLY);
    for (unsigned index = 0; index < sizeof all / sizeof *all; index++) {
        char what[64];
        struct statfs system;
        struct stat status;
        struct statx more;
        const char *path = all[index];
        sprintf(what, "%u", index);
        printf("path %s\n", what);
        outcome("statfs", statfs(path, &system));
        outcome("stat", stat(path, &status));
        printf("type %o\n", stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0);
        outcome("lstat", lstat(path, &status));
        printf("type %o\n", lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0);
        int bases[] = {AT_FDCWD, base, only, file, 77, -1};
        for (unsigned from = 0; from < 6; from++) {
            outcome("fstatat", syscall(SYS_newfstatat, bases[from], path, &status, 0));
            outcome("fstatat empty", syscall(SYS_newfstatat, bases[from], path, &status, AT_EMPTY_PATH));
            outcome("fstatat flags", syscall(SYS_newfstatat, bases[from], path, &status, 0x80000));
            outcome("statx", syscall(SYS_statx, bases[from], path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &more));
            outcome("statx reserved", syscall(SYS_statx, bases[from], path, 0, 0x80000000u, &more));
        }
        int opened = open(path, O_RDONLY);
        outcome("open", opened < 0 ? -1 : 0);
        if (opened >= 0) {
            outcome("fstatfs", fstatfs(opened, &system));
            long size = syscall(SYS_getdents64, opened, records, sizeof records);
            outcome("getdents64", size < 0 ? -1 : size > 0);
            lseek(opened, 0, SEEK_SET);
            outcome("getdents64 small", syscall(SYS_getdents64, opened, records, 10) < 0 ? -1 : 0);
            outcome("getdents64 nowhere", syscall(SYS_getdents64, opened, NULL, sizeof records) < 0 ? -1 : 0);
            outcome("getdents nowhere", syscall(SYS_getdents, opened, 8, sizeof records) < 0 ? -1 : 0);
            close(opened);
        }
    }
    int numbers[] = {base, only, file, 77, -1, AT_FDCWD};
    for (unsigned index = 0; index < 6; index++) {
        struct statfs system;
        struct stat status;
        printf("descriptor %u\n", index);
        outcome("fstat", syscall(SYS_fstat, numbers[index], &status));
        outcome("fstatfs", fstatfs(numbers[index], &system));
        outcome("lseek", lseek(numbers[index], 0, SEEK_DATA));
        outcome("getdents64", syscall(SYS_getdents64, numbers[index], records, sizeof records) < 0 ? -1 : 0);
    }
    outcome("time nowhere", syscall(SYS_clock_gettime, CLOCK_REALTIME, 8) < 0 ? -1 : 0);
    outcome("random nowhere", getrandom((void *)8, 10, 0));
    outcome("random flags", getrandom(records, 10, 64));
    outcome("random none", getrandom(NULL, 0, 0));
    // Of memory that ends there is as much answered as there is.
    outcome("random edge", getrandom(edge - 100, 200, 0) < 0 ? -1 : 0);
}

static void roots(void) {
    mkdir("root", 0755);
    outcome("chroot", chroot("root"));
    outcome("unshare user", unshare(CLONE_NEWUSER));
    outcome("unshare mount", unshare(CLONE_NEWNS));
    outcome("unshare files", unshare(CLONE_FILES));
    outcome("unshare fs", unshare(CLONE_FS));
    look("roots");
}

// A thread with descriptors and a working directory of its own.
static int alone(void *unused) {
    chdir("/etc");
    for (int number = 3; number < 20; number++) close(number);
    int folder = open("/dev", O_RDONLY | O_DIRECTORY);
    char records[4096];
    long size = syscall(SYS_getdents64, folder, records, sizeof records), count = 0;
    for (long place = 0; place < size; place += *(unsigned short *)(records + place + 16)) count++;
    printf("alone %d entries %d\n", folder, count > 10);
    struct statfs system;
    outcome("alone statfs", statfs("passwd", &system));
    struct stat status;
    outcome("alone stat", stat("passwd", &status));
    fflush(stdout);
    is_racing = 0;
    syscall(SYS_exit, 0);
    return 0;
}
static void *last(void *first) {
    pthread_join(*(pthread_t *)first, NULL);
    look("last");
    exit(0);
}
static void threads(void) {
    for (int number = 3; number < 9; number++) open("/", O_RDONLY | O_DIRECTORY);
    static char stack[65536] __attribute__((aligned(16)));
    // Neither CLONE_FILES nor CLONE_FS. It borrows this thread's thread-local memory, which does nothing until it is done.
    if (clone(alone, stack + sizeof stack, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, NULL) < 0) die("clone");
    while (is_racing) sched_yield();
    // The first thread ends before the others.
    if (fork() == 0) {
        static pthread_t self;
        self = pthread_self();
        pthread_t thread;
        pthread_create(&thread, NULL, last, &self);
        pthread_exit(NULL);
    }
    wait(NULL);
}

// The numbers of files that listings say, and those that the files have.
static void numbers(void) {
    close(open("made", O_CREAT | O_WRONLY, 0644));
    mkdir("below", 0755);
    close(open("below/made", O_CREAT | O_WRONLY, 0644));
    rename("made", "moved");
    symlink("moved", "link");
    const char *folders[] = {".", "below", "lower", "/", "/etc", "/bin", "/dev", "/tmp", "/proc", "/proc/self", "/proc/self/fd"};
    for (unsigned index = 0; index < sizeof folders / sizeof *folders; index++) {
        DIR *folder = opendir(folders[index]);
        int same = 0, others = 0;
        for (struct dirent *entry; (entry = readdir(folder));) {
            struct stat found;
            if (fstatat(dirfd(folder), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0) continue;
            if (found.st_ino == entry->d_ino) same++;
            else others++, printf("other %s/%s %lu %lu\n", folders[index], entry->d_name, entry->d_ino, found.st_ino);
        }
        printf("numbers %s %d %d\n", folders[index], same > 1, others);
        closedir(folder);
    }
}

int main(int count, char **arguments) {
    const char *name = count > 1 ? arguments[1] : "";
    struct { const char *name; void (*run)(void); } cases[] = {
        {"closed", closed}, {"undumpable", undumpable}, {"racing", racing}, {"many", many}, {"killed", killed},
        {"stopped", stopped}, {"nested", nested}, {"changing", changing}, {"vanishing", vanishing}, {"paths", paths},
        {"roots", roots}, {"threads", threads}, {"unreadable", unreadable}, {"numbers", numbers},
    };
    for (unsigned index = 0; index < sizeof cases / sizeof *cases; index++)
        if (strcmp(name, cases[index].name) == 0) return cases[index].run(), fflush(stdout), 0;
    if (strcmp(name, "look") == 0) return look("unreadable"), 0;
    printf("no case %s\n", name);
    return 2;
}
