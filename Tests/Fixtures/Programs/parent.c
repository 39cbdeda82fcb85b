// Starts a program as a careless parent would: `parent SETTING... -- PROGRAM [ARGUMENT...]`. Each setting is something that
// a process hands on to what it executes. Ends as the program ends; 99 if a setting could not be had here.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static int isOrphan;
static char *nothing[] = {NULL};

static int needs(int holds) {
    if (!holds) {
        fprintf(stderr, "parent: %s\n", strerror(errno));
        exit(99);
    }
    return 0;
}

static int replace(int number, int opened) {
    needs(opened >= 0);
    if (opened == number) return 0;
    needs(dup2(opened, number) == number);
    return close(opened);
}

static void ignoreAll(void) {
    for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
}

static void blockAll(void) {
    sigset_t all;
    sigfillset(&all);
    needs(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
}

// As many as the hard limit allows, at most 10,000, open over exec.
static void openMany(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    long most = limit.rlim_max > 10064 ? 10000 : (long)limit.rlim_max - 64;
    for (long i = 0; i < most; i++) needs(open("/", O_RDONLY) >= 0);
}

static void filter(void) {
    struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    struct sock_fprog program = {1, &allow};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    needs(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

// `refused-CALL=ERROR`, in numbers: every call of that number is answered with that error, as by a container's filter.
static int refused(const char *setting) {
    unsigned int call, error;
    if (sscanf(setting, "refused-%u=%u", &call, &error) != 2) return 0;
    struct sock_filter lines[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    struct sock_fprog program = {4, lines};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    needs(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
    return 1;
}

static void oneProcessor(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(sched_getcpu(), &set);
    needs(sched_setaffinity(0, sizeof set, &set) == 0);
}

static void policy(int kind) {
    struct sched_param parameters = {0};
    needs(sched_setscheduler(0, kind, &parameters) == 0);
}

// A folder that is gone, or that nobody may look into, as the working directory.
static void strangeFolder(int removes) {
    char name[4096];
    const char *above = getenv("TMPDIR");
    snprintf(name, sizeof name, "%s/folder-XXXXXX", above ? above : "/tmp");
    needs(mkdtemp(name) != NULL && chdir(name) == 0);
    if (removes) rmdir(name);
    else chmod(name, 0);
}

// Children that whoever is executed does not know of: one dead, one alive for a while.
static void strangeChildren(void) {
    if (fork() == 0) _exit(7);
    if (fork() == 0) {
        for (int i = 0; i < 3; i++) close(i);
        sleep(5);
        _exit(0);
    }
}

static void strangeEnvironment(void) {
    const char *set[] = {
        "LANG=tr_TR.UTF-8", "LC_ALL=zz_ZZ.nonsense", "LANGUAGE=de:fr", "TZ=Pacific/Kiritimati", "MALLOC_PERTURB_=165",
        "MALLOC_ARENA_MAX=1", "MALLOC_CHECK_=3", "GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.rtld.nns=3",
        "POSIXLY_CORRECT=1", "IFS=/", "PWD=/nonexistent", "SHELL=/nonexistent", "BASH_ENV=/nonexistent", "LD_BIND_NOW=1",
        "SWIFT_DEBUG_ENABLE_MALLOC_SCRIBBLE=1", "UMASK=777", "=nameless", "without", "TMPDIR=/nonexistent", "XDG_DATA_HOME=relative",
    };
    for (size_t i = 0; i < sizeof set / sizeof *set; i++) putenv((char *)set[i]);
}

struct limit { const char *name; int resource; };
static const struct limit limits[] = {
    {"nofile", RLIMIT_NOFILE}, {"stack", RLIMIT_STACK}, {"as", RLIMIT_AS}, {"data", RLIMIT_DATA}, {"fsize", RLIMIT_FSIZE},
    {"nproc", RLIMIT_NPROC}, {"cpu", RLIMIT_CPU}, {"core", RLIMIT_CORE}, {"memlock", RLIMIT_MEMLOCK},
    {"sigpending", RLIMIT_SIGPENDING}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE}, {"locks", RLIMIT_LOCKS},
};

// `soft-NAME=VALUE` and `hard-NAME=VALUE`; the latter sets both.
static int limited(const char *setting) {
    int isHard = strncmp(setting, "hard-", 5) == 0;
    if (!isHard && strncmp(setting, "soft-", 5) != 0) return 0;
    const char *value = strchr(setting, '=');
    for (size_t i = 0; value && i < sizeof limits / sizeof *limits; i++) {
        if (strncmp(setting + 5, limits[i].name, value - setting - 5) != 0) continue;
        struct rlimit limit;
        getrlimit(limits[i].resource, &limit);
        limit.rlim_cur = strcmp(value + 1, "unlimited") == 0 ? RLIM_INFINITY : strtoull(value + 1, NULL, 10);
        if (isHard) limit.rlim_max = limit.rlim_cur;
        return needs(setrlimit(limits[i].resource, &limit) == 0), 1;
    }
    return 0;
}

static int set(const char *name) {
#define IS(text) (strcmp(name, text) == 0)
    int pair[2];
    if (limited(name) || refused(name)) return 1;
    if (strncmp(name, "closed-", 7) == 0) {
        for (const char *digit = name + 7; *digit; digit++) close(*digit - '0');
    } else if (IS("directory-0")) replace(0, open("/", O_RDONLY | O_DIRECTORY));
    else if (IS("place-0")) replace(0, open("/", O_PATH));
    else if (IS("epoll-0")) replace(0, epoll_create1(0));
    else if (IS("event-0")) replace(0, eventfd(0, 0));
    else if (IS("write-only-0")) replace(0, open("/dev/null", O_WRONLY));
    else if (IS("zeros-0")) replace(0, open("/dev/zero", O_RDWR));
    else if (IS("socket-0")) {
        needs(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        needs(write(pair[1], "by a socket\n", 12) == 12);
        close(pair[1]);
        replace(0, pair[0]);
    } else if (IS("read-only-1")) replace(1, open("/dev/null", O_RDONLY));
    else if (IS("directory-1")) replace(1, open("/", O_RDONLY));
    else if (IS("full-1")) replace(1, open("/dev/full", O_WRONLY));
    else if (IS("nonblocking")) for (int i = 0; i < 3; i++) fcntl(i, F_SETFL, fcntl(i, F_GETFL) | O_NONBLOCK);
    else if (IS("many")) openMany();
    else if (IS("ignored-child")) signal(SIGCHLD, SIG_IGN);
    else if (IS("ignored-pipe")) signal(SIGPIPE, SIG_IGN);
    else if (IS("ignored-hangup")) signal(SIGHUP, SIG_IGN);
    else if (IS("ignored-all")) ignoreAll();
    else if (IS("blocked-all")) blockAll();
    else if (IS("umask-0")) umask(0);
    else if (IS("umask-077")) umask(077);
    else if (IS("umask-777")) umask(0777);
    else if (IS("nice")) needs(nice(19) != -1 || errno == 0);
    else if (IS("idle")) policy(SCHED_IDLE);
    else if (IS("batch")) policy(SCHED_BATCH);
    else if (IS("io-idle")) needs(syscall(SYS_ioprio_set, 1, 0, 3 << 13) == 0);
    else if (IS("one-processor")) oneProcessor();
    else if (IS("removed-folder")) strangeFolder(1);
    else if (IS("unreadable-folder")) strangeFolder(0);
    else if (IS("session")) { if (getpid() != getpgrp()) needs(setsid() > 0); }
    else if (IS("orphan")) isOrphan = 1;
    else if (IS("subreaper")) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    else if (IS("children")) strangeChildren();
    else if (IS("dies-with-parent")) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    else if (IS("no-new-privileges")) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    else if (IS("not-dumpable")) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    else if (IS("slack")) prctl(PR_SET_TIMERSLACK, 1000000000, 0, 0, 0);
    else if (IS("timers")) {
        // Of real time, of the process's own, and of both together.
        struct itimerval often = {{0, 20000}, {0, 20000}};
        for (int timer = ITIMER_REAL; timer <= ITIMER_PROF; timer++) setitimer(timer, &often, NULL);
    } else if (IS("pending-alarm")) {
        sigset_t alarms;
        sigemptyset(&alarms);
        sigaddset(&alarms, SIGALRM);
        sigprocmask(SIG_BLOCK, &alarms, NULL);
        raise(SIGALRM);
    } else if (IS("small-pages")) prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    else if (IS("filter")) filter();
    else if (IS("keyring")) needs(syscall(SYS_keyctl, 1, NULL) != -1);
    else if (IS("compatible-layout")) personality(ADDR_COMPAT_LAYOUT);
    else if (IS("fixed-layout")) personality(ADDR_NO_RANDOMIZE);
    else if (IS("executable-memory")) personality(READ_IMPLIES_EXEC);
    else if (IS("another-machine")) personality(PER_LINUX32);
    else if (IS("another-release")) personality(UNAME26);
    else if (IS("no-environment")) environ = nothing;
    else if (IS("no-home")) unsetenv("HOME");
    else if (IS("no-path")) unsetenv("PATH");
    else if (IS("strange-environment")) strangeEnvironment();
    else return 0;
    return 1;
}

// Executed by a process whose parent is gone, so that its group is an orphan; still waited for.
static int waitForOrphan(char **command) {
    int ready[2], status;
    needs(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 && pipe(ready) == 0);
    pid_t own = getpid();
    if (fork() == 0) {
        setpgid(0, 0);
        if (fork() == 0) {
            close(ready[1]);
            char byte;
            while (getppid() != own) usleep(1000);
            (void)!read(ready[0], &byte, 0);
            close(ready[0]);
            execve(command[0], command, environ);
            _exit(98);
        }
        _exit(0);
    }
    close(ready[0]);
    close(ready[1]);
    int last = 0;
    while (wait(&status) > 0) last = status;
    return WIFSIGNALED(last) ? 128 + WTERMSIG(last) : WEXITSTATUS(last);
}

int main(int count, char **words) {
    int i = 1;
    for (; i < count && strcmp(words[i], "--") != 0; i++) {
        if (!set(words[i])) {
            fprintf(stderr, "parent: there is no setting %s\n", words[i]);
            return 98;
        }
    }
    if (i + 1 >= count) return 98;
    if (isOrphan) return waitForOrphan(words + i + 1);
    execve(words[i + 1], words + i + 1, environ);
    return 98;
}
