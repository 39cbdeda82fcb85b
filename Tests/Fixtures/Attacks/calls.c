// Makes system calls that a build has no business with: `calls NAME...` prints `NAME ok` or `NAME ERRNO` for each, and
// `NAME SIGxxx` where the call ended the process that made it. Each call is made in a child of its own.
#define _GNU_SOURCE
#include "attack.h"
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/xattr.h>

static char file[] = "attacked";

// Keyrings, memory of others, rings and programs in the kernel.
static long add_key(void) { return syscall(SYS_add_key, "user", "attack", "x", 1, -2); }
static long keyctl_session(void) { return syscall(SYS_keyctl, 0, -3, 1); }
static long request_key(void) { return syscall(SYS_request_key, "user", "attack", 0, 0); }
static long user_fault(void) { return syscall(SYS_userfaultfd, 1); }
static long ring(void) {
    struct io_uring_params how = {0};
    return syscall(SYS_io_uring_setup, 8, &how);
}
static long aio(void) {
    unsigned long context = 0;
    return syscall(SYS_io_setup, 1, &context);
}
// The union is too short: whoever gets this far is told so, whatever their rights.
static long bpf_nothing(void) { return syscall(SYS_bpf, 0xffff, 0, 0); }
static long perf(void) {
    struct perf_event_attr what = {.type = PERF_TYPE_SOFTWARE, .size = sizeof what, .exclude_kernel = 1, .exclude_hv = 1};
    return syscall(SYS_perf_event_open, &what, 0, -1, -1, 0);
}

// Other architectures' ways into the kernel.
static long i386(void) {
    long answer;
    __asm__ volatile("int $0x80" : "=a"(answer) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
    return answer > 0 ? 0 : -1;
}
static long x32(void) { return syscall(0x40000000 | SYS_getpid); }

// Namespaces and mounts.
static long clone3_plain(void) {
    struct clone_args how = {.exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &how, sizeof how);
    if (child == 0) _exit(0);
    return child;
}
static long unshare_user(void) { return syscall(SYS_unshare, CLONE_NEWUSER); }
static long clone_user(void) {
    long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return child;
}
static long unshare_time(void) { return syscall(SYS_unshare, CLONE_NEWTIME); }
static long set_namespace(void) { return syscall(SYS_setns, open("/proc/self/ns/user", O_RDONLY), 0); }
static long mount_tmpfs(void) { return mount("none", "/tmp", "tmpfs", 0, 0); }
static long mount_bind(void) { return mount("/", "/tmp", 0, MS_BIND, 0); }
static long mount_cgroup2(void) { return mount("none", "/tmp", "cgroup2", 0, 0); }
static long mount_binfmt(void) { return mount("none", "/tmp", "binfmt_misc", 0, 0); }
static long mount_sysfs(void) { return mount("none", "/tmp", "sysfs", 0, 0); }
static long unmount(void) { return umount2("/proc", MNT_DETACH); }
static long fs_open(void) { return syscall(SYS_fsopen, "tmpfs", 0); }
static long tree(void) { return syscall(SYS_open_tree, AT_FDCWD, "/", 1 | AT_RECURSIVE); }
static long move(void) { return syscall(SYS_move_mount, syscall(SYS_open_tree, AT_FDCWD, "/", 1), "", AT_FDCWD, "/tmp", 4); }
static long set_attributes(void) {
    unsigned long what[4] = {1, 0, 0, 0};
    return syscall(SYS_mount_setattr, AT_FDCWD, "/tmp", 0, what, sizeof what);
}
static long change_root(void) { return chroot("/tmp"); }
static long pivot(void) { return syscall(SYS_pivot_root, ".", "."); }

// Sockets.
static long make_socket(int family, int type, int protocol) { return socket(family, type, protocol); }
static long vsock(void) { return make_socket(AF_VSOCK, SOCK_STREAM, 0); }
static long packet(void) { return make_socket(AF_PACKET, SOCK_RAW, 0); }
static long alg(void) { return make_socket(AF_ALG, SOCK_SEQPACKET, 0); }
static long netlink_uevent(void) { return make_socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT); }
static long netlink_diag(void) { return make_socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG); }
static long netlink_audit(void) { return make_socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT); }
static long netlink_filter(void) { return make_socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER); }
static long netlink_generic(void) { return make_socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC); }
static long netlink_crypto(void) { return make_socket(AF_NETLINK, SOCK_RAW, NETLINK_CRYPTO); }
static long netlink_high(void) { return syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0x100000000 | NETLINK_KOBJECT_UEVENT); }
static long udp_lite(void) { return make_socket(AF_INET, SOCK_DGRAM, 136); }
static long mptcp(void) { return make_socket(AF_INET, SOCK_STREAM, 262); }
static long sctp(void) { return make_socket(AF_INET6, SOCK_STREAM, 132); }
static long unix_socket(void) { return make_socket(AF_UNIX, SOCK_STREAM, 0); }
static long inet(void) { return make_socket(AF_INET, SOCK_STREAM, 0); }
static long netlink_route(void) { return make_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); }

// The machine itself. Arguments are wrong on purpose: whoever is allowed so far is told of them, and nothing happens.
static long set_time(void) { return syscall(SYS_settimeofday, 8, 0); }
static long set_clock(void) { return syscall(SYS_clock_settime, 0, 8); }
static long adjust_clock(void) {
    struct timex time = {0};
    return syscall(SYS_adjtimex, &time);
}
static long swap_on(void) { return syscall(SYS_swapon, "/missing", 1 << 30); }
static long restart(void) { return syscall(SYS_reboot, 1, 2, 3, 0); }
static long quota(void) { return syscall(SYS_quotactl, 99, "/missing", 0, 0); }
static long io_ports(void) { return syscall(SYS_ioperm, 0, 1, 0); }
static long io_level(void) { return syscall(SYS_iopl, 0); }
static long adjust_a_clock(void) {
    struct timex time = {0};
    return syscall(SYS_clock_adjtime, 0, &time);
}
static long quota_of_file(void) { return syscall(SYS_quotactl_fd, -1, 0, 0, 0); }
static long domain_name(void) { return syscall(SYS_setdomainname, "attacker", 8); }
static long host_name(void) { return syscall(SYS_sethostname, "attacker", 8); }

static long read_implies_execute(void) { return personality(READ_IMPLIES_EXEC); }
static long zero_page(void) { return personality(MMAP_PAGE_ZERO); }
static long high_bits(void) { return syscall(SYS_personality, 0x100000000 | READ_IMPLIES_EXEC); }
static long fixed_addresses(void) { return personality(ADDR_NO_RANDOMIZE); }

// Devices and attributes.
static long whiteout(void) { return mknod("white", S_IFCHR, 0); }
static long rename_whiteout(void) { return syscall(SYS_renameat2, AT_FDCWD, file, AT_FDCWD, "other", 4); }
static long set_attribute(void) { return setxattr(file, "user.attack", "x", 1, 0); }
static long set_capability(void) {
    unsigned value[5] = {0x02000001, 1 << 21, 0, 0, 0};
    return setxattr(file, "security.capability", value, sizeof value, 0);
}
static long fifo(void) { return mkfifo("fifo", 0600); }

// The terminal.
static long push_input(void) { return ioctl(0, 0x5412, "x"); }
static long push_input_high(void) { return syscall(SYS_ioctl, 0, 0x100000000 | 0x5412, "x"); }
static long paste(void) { return ioctl(0, 0x541c, "\2"); }
// The usual one, on a terminal of its own.
static long line_discipline(void) {
    int usual = 0;
    return ioctl(open("/dev/ptmx", O_RDWR | O_NOCTTY), TIOCSETD, &usual);
}
static long terminal(void) { return open("/dev/tty", O_RDWR); }

static const struct { const char *name; long (*call)(void); } calls[] = {
    {"add_key", add_key}, {"keyctl", keyctl_session}, {"request_key", request_key}, {"userfaultfd", user_fault},
    {"io_uring", ring}, {"aio", aio}, {"bpf", bpf_nothing}, {"perf", perf}, {"i386", i386}, {"x32", x32},
    {"clone3", clone3_plain}, {"unshare-user", unshare_user}, {"clone-user", clone_user}, {"unshare-time", unshare_time},
    {"setns", set_namespace}, {"mount-tmpfs", mount_tmpfs}, {"mount-bind", mount_bind},
    {"cgroup-v2", mount_cgroup2}, {"binfmt_misc", mount_binfmt}, {"sysfs", mount_sysfs}, {"umount", unmount},
    {"fsopen", fs_open}, {"open_tree", tree}, {"move_mount", move}, {"mount_setattr", set_attributes},
    {"chroot", change_root}, {"pivot_root", pivot}, {"vsock", vsock}, {"packet", packet}, {"alg", alg},
    {"uevent", netlink_uevent}, {"sock_diag", netlink_diag}, {"audit", netlink_audit}, {"netfilter", netlink_filter},
    {"generic", netlink_generic}, {"crypto", netlink_crypto}, {"uevent-high", netlink_high}, {"udp-lite", udp_lite}, {"mptcp", mptcp},
    {"sctp", sctp}, {"unix", unix_socket},
    {"inet", inet}, {"route", netlink_route}, {"settimeofday", set_time},
    {"clock_settime", set_clock}, {"adjtimex", adjust_clock}, {"swapon", swap_on},
    {"reboot", restart},
    {"quotactl", quota}, {"ioperm", io_ports}, {"sethostname", host_name}, {"iopl", io_level},
    {"clock_adjtime", adjust_a_clock}, {"quotactl_fd", quota_of_file}, {"setdomainname", domain_name},
    {"read-implies-exec", read_implies_execute}, {"mmap-page-zero", zero_page}, {"high-bits", high_bits},
    {"addr-no-randomize", fixed_addresses}, {"whiteout", whiteout}, {"rename-whiteout", rename_whiteout},
    {"setxattr", set_attribute}, {"setcap", set_capability}, {"fifo", fifo},
    {"tiocsti", push_input}, {"tiocsti-high", push_input_high}, {"tioclinux", paste}, {"tty", terminal},
    {"line-discipline", line_discipline},
};

// Calls that the kernel refuses to ordinary users before it looks at anything else, so that its answer and a filter's are the same
// EPERM. Who answered shows a filter of the program's own, which leaves them to a tracer that is not there: that comes before the
// kernel, and after the refusal of any other filter.
static const struct privileged { const char *name; unsigned number; unsigned long arguments[5]; } privileged[] = {
    {"syslog", SYS_syslog, {0}}, {"swapoff", SYS_swapoff, {0}}, {"acct", SYS_acct, {0}}, {"kexec_load", SYS_kexec_load, {0}},
    {"kexec_file_load", SYS_kexec_file_load, {0}}, {"init_module", SYS_init_module, {0}},
    {"finit_module", SYS_finit_module, {0}}, {"delete_module", SYS_delete_module, {0}}, {"vhangup", SYS_vhangup, {0}},
    // The device null.
    {"device", SYS_mknod, {(unsigned long)"device", S_IFCHR | 0600, 1 << 8 | 3}},
    {"cgroup-v1", SYS_mount, {(unsigned long)"none", (unsigned long)"/tmp", (unsigned long)"cgroup", 0, (unsigned long)"none,name=attack"}},
};

static void leave_to_tracer(const struct privileged *call) {
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call->number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof steps / sizeof *steps, steps};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) stop("seccomp");
    const unsigned long *with = call->arguments;
    long result = syscall(call->number, with[0], with[1], with[2], with[3], with[4]);
    if (result == -1 && errno == ENOSYS) printf("%s reached\n", call->name);
    else say(call->name, result);
}

static int attempt_privileged(const char *name) {
    for (size_t i = 0; i < sizeof privileged / sizeof *privileged; i++) {
        if (strcmp(privileged[i].name, name) != 0) continue;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            leave_to_tracer(&privileged[i]);
            exit(0);
        }
        waitpid(child, 0, 0);
        return 1;
    }
    return 0;
}

static void attempt(const char *name) {
    if (attempt_privileged(name)) return;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].name, name) != 0) continue;
        pid_t child = fork();
        if (child == 0) {
            close(open(file, O_CREAT | O_WRONLY, 0600));
            say(name, calls[i].call());
            exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        if (WIFSIGNALED(status)) printf("%s %s\n", name, WTERMSIG(status) == SIGSYS ? "SIGSYS" : strsignal(WTERMSIG(status)));
        unlink(file);
        unlink("fifo");
        fflush(stdout);
        return;
    }
    printf("%s is no call\n", name);
}

int main(int count, char **names) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < count; i++) attempt(names[i]);
    return 0;
}
