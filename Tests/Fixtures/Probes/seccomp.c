// Makes system calls before and after it loaded the filters given as files, and prints both answers:
//
//     NAME BEFORE AFTER
//
// each as `ok`, `errno N` or `signal N`. The first is the positive control: without the filter, the call gets through to
// the kernel. Every call is made in a process of its own, as uid 65534, in a fresh directory that is given first.
//
// The kernel itself refuses some calls to ordinary users with the errno of the filter. A filter of this program leaves these to a
// tracer that is not there, before and after: the answer is then ENOSYS, unless a filter refuses the call.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- Calls that a build must not be able to make

static long unshare_user(void) { return syscall(SYS_unshare, CLONE_NEWUSER); }
static long clone_user(void) {
    long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return child;
}
static long clone3_plain(void) {
    struct clone_args how = {.exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &how, sizeof how);
    if (child == 0) _exit(0);
    return child;
}
static long socket_uevent(void) { return socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT); }
static long getxattr_file(void) { return syscall(SYS_getxattr, "file", "user.none", 0, 0); }
static long personality_read_exec(void) { return personality(READ_IMPLIES_EXEC); }
static long mknod_whiteout(void) { return mknod("whiteout", S_IFCHR, 0); }
static long rename_whiteout(void) { return syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "other", 4); }
static long uffd(void) { return syscall(SYS_userfaultfd, 1); }
static long uring(void) {
    struct io_uring_params how = {0};
    return syscall(SYS_io_uring_setup, 8, &how);
}
static long aio(void) {
    unsigned long context = 0;
    return syscall(SYS_io_setup, 1, &context);
}
static long add_key(void) { return syscall(SYS_add_key, "user", "belljar", "x", 1, -2); }
static long file_handle(void) {
    struct { unsigned size; int type; char bytes[128]; } handle = {.size = 128};
    int mount;
    return syscall(SYS_name_to_handle_at, AT_FDCWD, ".", &handle, &mount, 0);
}
static long fs_open(void) { return syscall(SYS_fsopen, "tmpfs", 0); }
static long bpf_nothing(void) { return syscall(SYS_bpf, -1, 0, 0); }
static long perf(void) {
    struct perf_event_attr what = {.type = PERF_TYPE_SOFTWARE, .size = sizeof what, .exclude_kernel = 1};
    return syscall(SYS_perf_event_open, &what, 0, -1, -1, 0);
}
static long clock_read_drift(void) {
    struct timex time = {0};
    return syscall(SYS_adjtimex, &time);
}
static long file_systems(void) { return syscall(SYS_sysfs, 3); }
static long terminal_input(void) { return syscall(SYS_ioctl, 0, 0x100000000 | 0x5412, "x"); }
static long i386(void) {
    long answer;
    __asm__ volatile("int $0x80" : "=a"(answer) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
    return answer > 0 ? 0 : -1;
}
static long x32(void) { return syscall(0x40000000 | SYS_getpid); }
static long cachestat_call(void) { return syscall(451, 0, 0, 0, 0); }

// ---- Calls that only a build in the profile "nested" may make, and what stays closed to it

static unsigned uid;
static void put(const char *path, const char *text) {
    int file = open(path, O_WRONLY);
    if (file < 0 || write(file, text, strlen(text)) < 0) _exit(4);
    close(file);
}
// Root in a user namespace of its own, with these other ones.
static long nest(unsigned long others) {
    char map[32];
    if (syscall(SYS_unshare, CLONE_NEWUSER | others)) return -1;
    put("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    put("/proc/self/uid_map", map);
    return 0;
}
static long nest_and_unshare(unsigned long what) { return nest(0) ? -1 : syscall(SYS_unshare, what); }
static long nest_and_clone(unsigned long what) {
    if (nest(0)) return -1;
    long child = syscall(SYS_clone, what | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return child;
}
static long nest_and_clone3(unsigned long what) {
    struct clone_args how = {.flags = what, .exit_signal = SIGCHLD};
    if (nest(0)) return -1;
    long child = syscall(SYS_clone3, &how, sizeof how);
    if (child == 0) _exit(0);
    return child;
}
static long unshare_net(void) { return nest_and_unshare(CLONE_NEWNET); }
static long unshare_uts(void) { return nest_and_unshare(CLONE_NEWUTS); }
static long unshare_ipc(void) { return nest_and_unshare(CLONE_NEWIPC); }
static long unshare_cgroup(void) { return nest_and_unshare(CLONE_NEWCGROUP); }
static long unshare_time(void) { return nest_and_unshare(CLONE_NEWTIME); }
static long unshare_several(void) { return nest_and_unshare(CLONE_NEWNS | CLONE_NEWNET); }
static long unshare_mount(void) { return nest_and_unshare(CLONE_NEWNS); }
static long unshare_pid(void) { return nest_and_unshare(CLONE_NEWPID); }
static long clone_net(void) { return nest_and_clone(CLONE_NEWNET); }
static long clone_uts(void) { return nest_and_clone(CLONE_NEWUTS); }
static long clone_ipc(void) { return nest_and_clone(CLONE_NEWIPC); }
static long clone_cgroup(void) { return nest_and_clone(CLONE_NEWCGROUP); }
static long clone_several(void) { return nest_and_clone(CLONE_NEWPID | CLONE_NEWIPC); }
static long clone_mount(void) { return nest_and_clone(CLONE_NEWNS); }
static long clone_pid(void) { return nest_and_clone(CLONE_NEWPID); }
static long clone3_net(void) { return nest_and_clone3(CLONE_NEWNET); }
static long clone3_time(void) { return nest_and_clone3(CLONE_NEWTIME); }
// Its own one, which whoever has the rights may join again.
static long join(void) {
    if (nest(CLONE_NEWNS)) return -1;
    return syscall(SYS_setns, open("/proc/self/ns/mnt", O_RDONLY), CLONE_NEWNS);
}

static long mount_new(void) { return nest(CLONE_NEWNS) ? -1 : mount("none", ".", "tmpfs", 0, 0); }
static long mount_bind(void) { return nest(CLONE_NEWNS) ? -1 : mount("file", "file", 0, MS_BIND, 0); }
static long unmount(void) { return mount_new() ? -1 : umount2(".", MNT_DETACH); }
static long change_root(void) { return nest(0) ? -1 : syscall(SYS_chroot, "."); }
static long turn_root(void) {
    if (mkdir("new", 0700) || nest(CLONE_NEWNS) || mount("none", "new", "tmpfs", 0, 0) || chdir("new")) return -1;
    return syscall(SYS_pivot_root, ".", ".");
}

// The arguments are wrong, and a kernel that gets as far as them says so.
static long clone_tree(void) { return nest(CLONE_NEWNS) ? -1 : syscall(SYS_open_tree, -1, "", 0x1000); }
static long attach(void) { return nest(CLONE_NEWNS) ? -1 : syscall(SYS_move_mount, -1, "", -1, "", 4); }
static long fs_open_nested(void) { return nest(CLONE_NEWNS) ? -1 : syscall(SYS_fsopen, "tmpfs", 0); }
static long fs_config(void) { return nest(CLONE_NEWNS) ? -1 : syscall(SYS_fsconfig, -1, 6, 0, 0, 0); }
static long fs_mount(void) { return nest(CLONE_NEWNS) ? -1 : syscall(SYS_fsmount, -1, 0, 0); }
static long fs_pick(void) { return nest(CLONE_NEWNS) ? -1 : syscall(SYS_fspick, -1, "", 8); }
static long set_attributes(void) {
    unsigned long what[4] = {1, 0, 0, 0};
    return nest(CLONE_NEWNS) ? -1 : syscall(SYS_mount_setattr, -1, "", 0x1000, what, sizeof what);
}

// ---- Arguments that a build must not give. The kernel looks at the lower half of an int.

static const unsigned long high = 1UL << 32;
static long clone_with(unsigned long flag) { return syscall(SYS_clone, flag | SIGCHLD, 0, 0, 0, 0); }
static long bare_clone_mounts(void) { return clone_with(CLONE_NEWNS); }
static long bare_clone_cgroups(void) { return clone_with(CLONE_NEWCGROUP); }
static long bare_clone_names(void) { return clone_with(CLONE_NEWUTS); }
static long bare_clone_ipc(void) { return clone_with(CLONE_NEWIPC); }
static long bare_clone_pids(void) { return clone_with(CLONE_NEWPID); }
static long bare_clone_net(void) { return clone_with(CLONE_NEWNET | high); }
static long terminal_paste(void) { return syscall(SYS_ioctl, 0, high | 0x541c, "\2"); }
static long terminal_line(void) { return syscall(SYS_ioctl, 0, high | 0x5423, "\2"); }
static long socket_packet(void) { return syscall(SYS_socket, high | AF_PACKET, SOCK_RAW, 0); }
static long pair_packet(void) {
    int ends[2];
    return syscall(SYS_socketpair, high | AF_PACKET, SOCK_RAW, 0, ends);
}
static long socket_vsock(void) { return socket(AF_VSOCK, SOCK_STREAM, 0); }
static long socket_generic(void) { return syscall(SYS_socket, high | AF_NETLINK, SOCK_RAW, high | NETLINK_GENERIC); }
static long socket_udplite(void) { return syscall(SYS_socket, high | AF_INET, SOCK_DGRAM, high | 136); }
static long socket_udplite6(void) { return socket(AF_INET6, SOCK_DGRAM, 136); }
static long socket_mptcp(void) { return socket(AF_INET, SOCK_STREAM, 262); }
static long personality_page_zero(void) { return syscall(SYS_personality, high | MMAP_PAGE_ZERO); }
static long personality_both(void) { return personality(ADDR_NO_RANDOMIZE | UNAME26); }
static long mknodat_whiteout(void) { return syscall(SYS_mknodat, AT_FDCWD, "whiteout", high | S_IFCHR | 0600, 0); }
static long mknod_disk(void) { return syscall(SYS_mknod, "disk", S_IFBLK | 0600, 8 << 8); }
static long rename_whiteout_high(void) { return syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "other", high | 4); }
static long limit_of_parent(void) {
    struct rlimit limit;
    if (prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit)) return -1;
    return syscall(SYS_prlimit64, high | getppid(), RLIMIT_NOFILE, &limit, 0);
}

// What a world with hidden processors and plain file systems does not have.
static long restartable(void) { return syscall(SYS_rseq, 8, 32, 0, 0); }
static long memory_policy(void) { return syscall(SYS_get_mempolicy, 0, 0, 0, 0, 0); }
static long on_file(unsigned long request) {
    static char argument[64];
    return syscall(SYS_ioctl, open("file", O_RDWR), request, argument);
}
// Extents of a file are asked for with a wrong size here, which only who knows the request tells.
static long clone_range(void) { return syscall(SYS_ioctl, open("file", O_RDWR), high | 0x4020940d, 0); }
static long flags_of_file(void) { return on_file(high | 0x80086601); }

// ---- Calls that a build needs

static void *thread_body(void *unused) { return unused; }
static long thread(void) {
    pthread_t made;
    errno = pthread_create(&made, NULL, thread_body, NULL);
    if (errno) return -1;
    errno = pthread_join(made, NULL);
    return errno ? -1 : 0;
}
static long spawn_true(void) {
    char *arguments[] = {"true", NULL}, *none[] = {NULL};
    pid_t child;
    int status = 0;
    errno = posix_spawn(&child, "/bin/true", NULL, NULL, arguments, none);
    if (errno || waitpid(child, &status, 0) < 0) return -1;
    errno = ECHILD;
    return status ? -1 : 0;
}
static long trace_me(void) { return ptrace(PTRACE_TRACEME, 0, 0, 0); }
static long filter_more(void) {
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {1, &allow};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
static long socket_unix(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static long socket_inet6(void) { return socket(AF_INET6, SOCK_STREAM, 0); }
static long socket_route(void) { return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); }
static long fifo(void) { return mkfifo("fifo", 0600); }
static long no_randomize(void) { return personality(ADDR_NO_RANDOMIZE); }
static long own_limit(void) {
    struct rlimit limit;
    return prlimit(0, RLIMIT_NOFILE, NULL, &limit) || prlimit(0, RLIMIT_NOFILE, &limit, NULL) ||
        prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit) ? -1 : 0;
}
static long rename_plain(void) { return syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "other", 1); }

// ---- A call that fake root may pretend

static long chown_other(void) { return chown("file", 12345, 54321); }

static const struct { const char *name; long (*call)(void); } calls[] = {
    {"unshare-user", unshare_user}, {"clone-user", clone_user}, {"clone3", clone3_plain},
    {"socket-uevent", socket_uevent}, {"getxattr", getxattr_file},
    {"personality", personality_read_exec}, {"mknod-whiteout", mknod_whiteout}, {"rename-whiteout", rename_whiteout},
    {"userfaultfd", uffd}, {"io-uring", uring}, {"aio", aio}, {"add-key", add_key}, {"file-handle", file_handle},
    {"fsopen", fs_open}, {"bpf", bpf_nothing}, {"perf", perf}, {"adjtimex", clock_read_drift},
    {"sysfs", file_systems}, {"tiocsti", terminal_input}, {"i386", i386}, {"x32", x32}, {"cachestat", cachestat_call},
    {"unshare-net", unshare_net}, {"unshare-uts", unshare_uts}, {"unshare-ipc", unshare_ipc},
    {"unshare-cgroup", unshare_cgroup}, {"unshare-time", unshare_time}, {"unshare-several", unshare_several},
    {"unshare-mount", unshare_mount}, {"unshare-pid", unshare_pid},
    {"clone-net", clone_net}, {"clone-uts", clone_uts}, {"clone-ipc", clone_ipc}, {"clone-cgroup", clone_cgroup},
    {"clone-several", clone_several}, {"clone-mount", clone_mount}, {"clone-pid", clone_pid},
    {"clone3-net", clone3_net}, {"clone3-time", clone3_time}, {"setns", join},
    {"mount", mount_new}, {"bind", mount_bind}, {"umount", unmount}, {"chroot", change_root}, {"pivot-root", turn_root},
    {"open-tree", clone_tree}, {"move-mount", attach}, {"fsopen-nested", fs_open_nested}, {"fsconfig", fs_config},
    {"fsmount", fs_mount}, {"fspick", fs_pick}, {"mount-setattr", set_attributes},
    {"thread", thread}, {"spawn", spawn_true}, {"ptrace", trace_me}, {"seccomp", filter_more},
    {"socket-unix", socket_unix}, {"socket-inet6", socket_inet6}, {"socket-route", socket_route}, {"fifo", fifo},
    {"no-randomize", no_randomize}, {"rename", rename_plain}, {"own-limit", own_limit}, {"chown", chown_other},
    {"tioclinux", terminal_paste}, {"tiocsetd", terminal_line}, {"socket-packet", socket_packet}, {"pair-packet", pair_packet},
    {"socket-vsock", socket_vsock}, {"socket-generic", socket_generic}, {"socket-udplite", socket_udplite},
    {"socket-udplite6", socket_udplite6}, {"socket-mptcp", socket_mptcp}, {"personality-page-zero", personality_page_zero},
    {"personality-both", personality_both}, {"mknodat-whiteout", mknodat_whiteout},
    {"rename-whiteout-high", rename_whiteout_high}, {"limit-of-parent", limit_of_parent},
    {"rseq", restartable}, {"get_mempolicy", memory_policy}, {"clone-range", clone_range}, {"file-flags", flags_of_file},
};

// Left to a tracer, with arguments of zero if there is no function.
static const struct { const char *name; unsigned number; long (*call)(void); } privileged[] = {
    {"bare-clone-mounts", SYS_clone, bare_clone_mounts}, {"bare-clone-cgroups", SYS_clone, bare_clone_cgroups},
    {"bare-clone-names", SYS_clone, bare_clone_names}, {"bare-clone-ipc", SYS_clone, bare_clone_ipc},
    {"bare-clone-pids", SYS_clone, bare_clone_pids}, {"bare-clone-net", SYS_clone, bare_clone_net},
    {"mknod-disk", SYS_mknod, mknod_disk},
#define VERB(name) {"verb:" #name, SYS_##name, NULL}
    VERB(pivot_root), VERB(chroot), VERB(mount), VERB(umount2), VERB(unshare), VERB(setns), VERB(swapon), VERB(swapoff),
    VERB(reboot), VERB(iopl), VERB(ioperm), VERB(init_module), VERB(delete_module), VERB(kexec_load), VERB(finit_module),
    VERB(kexec_file_load), VERB(adjtimex), VERB(settimeofday), VERB(clock_settime), VERB(clock_adjtime), VERB(syslog),
    VERB(vhangup), VERB(acct), VERB(sethostname), VERB(setdomainname), VERB(quotactl), VERB(quotactl_fd),
    VERB(setxattr), VERB(lsetxattr), VERB(fsetxattr), VERB(getxattr), VERB(lgetxattr), VERB(fgetxattr), VERB(listxattr),
    VERB(llistxattr), VERB(flistxattr), VERB(removexattr), VERB(lremovexattr), VERB(fremovexattr),
};

static void fail(const char *what) {
    perror(what);
    exit(2);
}

static void load(const char *path) {
    static struct sock_filter instructions[4096];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    long size = read(file, instructions, sizeof instructions);
    if (size <= 0) fail(path);
    close(file);
    struct sock_fprog program = {(unsigned short)(size / sizeof *instructions), instructions};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) fail("seccomp");
}

static void leave_to_tracer(unsigned number) {
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof steps / sizeof *steps, steps};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) fail("prctl");
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) fail("seccomp");
}

// The answer of one call, made in a child with an empty directory, behind the filters or in front of them. `number` is of a call
// that is left to a tracer, or -1.
static void ask(long (*call)(void), long number, char **filters) {
    fflush(stdout);
    int answer[2], status;
    if (pipe(answer)) fail("pipe");
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        char folder[] = "callXXXXXX";
        if (!mkdtemp(folder) || chdir(folder)) fail("mkdtemp");
        if (open("file", O_CREAT | O_WRONLY, 0600) < 0 || open("/dev/null", O_RDONLY) < 0) fail("file");
        if (*filters && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) fail("prctl");
        if (number >= 0) leave_to_tracer(number);
        // Absolute paths: the directory has changed.
        for (; *filters; filters++) load(*filters);
        long result = call ? call() : syscall(number, 0, 0, 0, 0, 0, 0);
        int error = result == -1 ? errno : 0;
        if (write(answer[1], &error, sizeof error) != sizeof error) _exit(3);
        _exit(0);
    }
    close(answer[1]);
    int error = -1;
    long got = read(answer[0], &error, sizeof error);
    close(answer[0]);
    // A call that lets itself be traced stops at its end.
    if (waitpid(child, &status, 0) < 0) fail("waitpid");
    if (WIFSIGNALED(status)) printf(" signal %d", WTERMSIG(status));
    else if (got != sizeof error) exit(2);
    else if (error) printf(" errno %d", error);
    else printf(" ok");
}

int main(int count, char **arguments) {
    if (count < 3 || chdir(arguments[1])) return 2;
    if (geteuid() == 0 && (setgroups(0, NULL) || setgid(65534) || setuid(65534))) fail("setuid");
    // A change of user makes a process's files in /proc root's.
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)) fail("prctl");
    uid = getuid();
    char *none[] = {NULL};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        printf("%s", calls[i].name);
        ask(calls[i].call, -1, none);
        ask(calls[i].call, -1, arguments + 2);
        printf("\n");
    }
    for (size_t i = 0; i < sizeof privileged / sizeof *privileged; i++) {
        printf("%s", privileged[i].name);
        ask(privileged[i].call, privileged[i].number, none);
        ask(privileged[i].call, privileged[i].number, arguments + 2);
        printf("\n");
    }
    return 0;
}
