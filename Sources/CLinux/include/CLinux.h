#ifndef BELLJAR_CLINUX_H
#define BELLJAR_CLINUX_H
// What Swift cannot call: variadic functions, function-like macros, and GNU extensions that `import Glibc` leaves out.
// Header-only; each shim says why it exists. Must come before any include, so that the GNU declarations are seen.
//
// Package.swift defines _GNU_SOURCE for every Swift module too, so that all of them see the same declarations.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <cpuid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/close_range.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

// GNU extensions (glibc >= 2.32) that the Glibc module does not declare. Both answer pointers to constants, so they
// are safe from every thread; NULL for an unknown number.
static inline const char *bj_error_name(int number) { return strerrorname_np(number); }
static inline const char *bj_error_text(int number) { return strerrordesc_np(number); }

// The arguments that this process was started with. Swift's own (CommandLine) are read from /proc/self/cmdline, and none at all
// where there is no /proc; the C library hands argc and argv to constructors, also in static programs. Asking for them
// names the constructor, which keeps it in the program. Only one source file may ask, because each has its own.
static int bj_argument_count = 0;
static char **bj_argument_list = NULL;
__attribute__((constructor)) static void bj_keep_arguments(int count, char **list) {
    bj_argument_count = count;
    bj_argument_list = list;
}
// NULL after the last one.
static inline const char *bj_argument(int index) {
    (void)&bj_keep_arguments;
    return index >= 0 && index < bj_argument_count ? bj_argument_list[index] : NULL;
}

// prctl is variadic.
static inline int bj_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}

// seccomp has no wrapper in glibc, and syscall is variadic.
static inline int bj_seccomp_load(const void *instructions, unsigned short count, unsigned int flags) {
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)instructions};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}
static inline int bj_seccomp_action_available(unsigned int action) {
    return (int)syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}
static inline int bj_seccomp_notification_sizes(struct seccomp_notif_sizes *sizes) {
    return (int)syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, sizes);
}

// A GNU extension that the Glibc module does not declare.
static inline int bj_pipe2(int pair[2], int flags) { return pipe2(pair, flags); }
// A GNU extension, and fcntl is variadic.
static inline int bj_set_pipe_size(int pipe, int bytes) { return fcntl(pipe, F_SETPIPE_SZ, bytes); }

// GNU extensions of posix_spawn (glibc >= 2.34) that the Glibc module does not declare; both answer an error number.
static inline int bj_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
static inline int bj_spawn_change_directory(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}
static const short bj_spawn_new_session = POSIX_SPAWN_SETSID;

// Descriptor-based mounts (kernel >= 5.2, mount_setattr >= 5.12): no wrappers in every glibc we build with, and syscall
// is variadic. Names as in the manual; the structures' sizes are filled in here.
static inline int bj_fsopen(const char *type) { return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC); }
static inline int bj_fsconfig_string(int context, const char *key, const char *value) {
    return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0);
}
static inline int bj_fsconfig_flag(int context, const char *key) {
    return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, key, NULL, 0);
}
static inline int bj_fsconfig_create(int context) {
    return (int)syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}
static inline int bj_fsmount(int context, unsigned int attributes) {
    return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
}
static inline int bj_open_tree_clone(int base, const char *name, int recursive) {
    unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return (int)syscall(SYS_open_tree, base, name, flags);
}
static inline int bj_mount_setattr(int mount, unsigned long long set, int recursive) {
    struct mount_attr attributes = {.attr_set = set};
    unsigned int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return (int)syscall(SYS_mount_setattr, mount, "", flags, &attributes, sizeof attributes);
}
// MS_BIND is in both of the kernel's and the C library's headers, and Swift cannot choose.
static inline int bj_bind(const char *source, const char *target) {
    return (int)syscall(SYS_mount, source, target, 0, MS_BIND, 0);
}
static inline int bj_move_mount(int mount, int base, const char *name) {
    unsigned int flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    return (int)syscall(SYS_move_mount, mount, "", base, name, flags);
}
static inline int bj_pivot_root(const char *new_root, const char *old_root) {
    return (int)syscall(SYS_pivot_root, new_root, old_root);
}
static const unsigned long long bj_mount_read_only = MOUNT_ATTR_RDONLY;
static const unsigned long long bj_mount_no_set_id = MOUNT_ATTR_NOSUID;
static const unsigned long long bj_mount_no_devices = MOUNT_ATTR_NODEV;
static const unsigned long long bj_mount_no_programs = MOUNT_ATTR_NOEXEC;

// A place that an absolute path leads to without leaving the root's mount, or -1 (EXDEV).
static inline int bj_hold_on_root(const char *path, int flags) {
    struct open_how how = {.flags = (unsigned)flags, .resolve = RESOLVE_NO_XDEV};
    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

// openat2 has no wrapper. A path below `base`, which is its root, in which no component may be a symbolic link.
static inline int bj_open_inside(int base, const char *path, int flags) {
    struct open_how how = {
        .flags = (unsigned int)flags | O_CLOEXEC | O_PATH,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, base, path, &how, sizeof how);
}

// What a path leads to for this process, but never through a link that the kernel makes up (those of /proc to what a
// process has open, runs or stands in); ELOOP for one. What turns out to be a terminal does not become this session's.
static inline int bj_open_without_magic(int base, const char *path, int flags) {
    struct open_how how = {
        .flags = (unsigned int)flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY), .resolve = RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, base, path, &how, sizeof how);
}

// Becomes the program that a descriptor stands for. No wrapper in every glibc we build with, and syscall is variadic.
static inline int bj_execute_descriptor(int program, char *const *arguments, char *const *environment) {
    return (int)syscall(SYS_execveat, program, "", arguments, environment, AT_EMPTY_PATH);
}
// The C library's wrapper of capset is libcap's, which has no way to do this for all capabilities that the kernel knows.
// Lets every capability of this thread stay over an exec, or none but by the rules for user 0 (capabilities(7)).
static inline int bj_keep_capabilities(int keep) {
    struct { unsigned int version; int pid; } header = {0x20080522, 0};
    struct { unsigned int effective, permitted, inheritable; } data[2];
    if (syscall(SYS_capget, &header, data) != 0) return -1;
    for (int i = 0; i < 2; i++) data[i].inheritable = keep ? data[i].permitted : 0;
    // What is not inheritable is not ambient either.
    if (syscall(SYS_capset, &header, data) != 0) return -1;
    for (unsigned long i = 0; keep && i < 64; i++) {
        if (!(data[i / 32].permitted >> i % 32 & 1)) continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) != 0) return -1;
    }
    return 0;
}

// <sched.h> is left out of the Glibc module. The flags' values come from <linux/sched.h>.
static inline int bj_unshare(int flags) { return (int)syscall(SYS_unshare, flags); }
static const int bj_new_user = CLONE_NEWUSER;
static const int bj_new_mount = CLONE_NEWNS;
static const int bj_new_pid = CLONE_NEWPID;
static const int bj_new_net = CLONE_NEWNET;
static const int bj_new_ipc = CLONE_NEWIPC;
static const int bj_new_uts = CLONE_NEWUTS;
static const int bj_new_cgroup = CLONE_NEWCGROUP;
static const int bj_new_time = CLONE_NEWTIME;

// GNU extensions that the Glibc module does not declare.
static inline int bj_set_user(unsigned int id) { return setresuid(id, id, id); }
static inline int bj_set_group(unsigned int id) { return setresgid(id, id, id); }
// Marks every descriptor from `first` on as closed on exec (kernel >= 5.11).
static inline int bj_close_on_exec_from(unsigned int first) {
    return (int)syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC);
}
// Answers a descriptor from which ended children can be read, with SIGCHLD blocked; <sys/signalfd.h> is left out of
// the Glibc module. The kernel's signal mask has 64 bits.
static inline int bj_child_signals(void) {
    unsigned long long mask = 1ULL << (17 - 1); // SIGCHLD
    if (syscall(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &mask, NULL, sizeof mask) != 0) return -1;
    return (int)syscall(SYS_signalfd4, -1, &mask, sizeof mask, O_CLOEXEC | O_NONBLOCK);
}
static inline int bj_unblock_signals(void) {
    unsigned long long mask = 0;
    return (int)syscall(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, &mask, NULL, sizeof mask);
}

// MAP_FAILED and MAP_ANONYMOUS are macros with casts.
static inline int bj_try_memory(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? -1 : munmap(memory, bytes);
}

// No wrapper for close_range in every glibc we build with, and syscall is variadic.
static inline int bj_close_from(unsigned int first) { return (int)syscall(SYS_close_range, first, ~0U, 0); }

// The resource is an enum in glibc and a number in our tables; prlimit with pid 0 is both getrlimit and setrlimit.
static inline int bj_set_limit(unsigned int resource, const void *limit) {
    return (int)syscall(SYS_prlimit64, 0, resource, limit, NULL);
}
static inline int bj_get_limit(unsigned int resource, void *limit) {
    return (int)syscall(SYS_prlimit64, 0, resource, NULL, limit);
}

// Files: GNU extensions and headers that the Glibc module does not declare.
static const int bj_o_path = O_PATH;
static const int bj_o_tmpfile = O_TMPFILE;
static inline int bj_rename_noreplace(int from_base, const char *from, int to_base, const char *to) {
    return renameat2(from_base, from, to_base, to, RENAME_NOREPLACE);
}
static inline int bj_rename_exchange(int from_base, const char *from, int to_base, const char *to) {
    return renameat2(from_base, from, to_base, to, RENAME_EXCHANGE);
}
static inline long bj_getdents(int descriptor, void *buffer, size_t size) {
    return getdents64(descriptor, buffer, size);
}
static inline long bj_copy_file_range(int from, int to, size_t count) {
    return copy_file_range(from, NULL, to, NULL, count, 0);
}
// sync_file_range is declared for _GNU_SOURCE only. Waits until what was being written of a part of a file is on the disk, and
// begins to write the rest of that part.
static inline int bj_push_out(int descriptor, long offset, long count) {
    return sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE);
}
// SEEK_DATA and SEEK_HOLE are defined for _GNU_SOURCE only.
static inline long bj_seek_data(int descriptor, long from) { return lseek(descriptor, from, SEEK_DATA); }
static inline long bj_seek_hole(int descriptor, long from) { return lseek(descriptor, from, SEEK_HOLE); }
// sa_handler is a macro for a member of a union.
static inline int bj_is_ignored(int signal) {
    struct sigaction found;
    return sigaction(signal, NULL, &found) == 0 && found.sa_handler == SIG_IGN;
}
// openat2 has no wrapper in glibc, and syscall is variadic. Never through a symbolic link, never out of the base.
static inline int bj_open_beneath(int base, const char *path, int flags) {
    struct open_how how = {.flags = (unsigned)flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, base, path, &how, sizeof how);
}
static inline int bj_syncfs(int descriptor) { return syncfs(descriptor); }
// <sys/xattr.h> includes <sys/types.h>, see above.
extern ssize_t fgetxattr(int descriptor, const char *name, void *value, size_t size);
extern ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size);
extern ssize_t flistxattr(int descriptor, char *names, size_t size);
extern int fsetxattr(int descriptor, const char *name, const void *value, size_t size, int flags);
// Answers the length of the attribute's value without reading it.
static inline int bj_fsetxattr(int descriptor, const char *name, const void *value, size_t size) {
    return fsetxattr(descriptor, name, value, size, 0);
}
static inline long bj_flistxattr(int descriptor, void *names, size_t size) {
    return flistxattr(descriptor, (char *)names, size);
}
static inline long bj_fgetxattr_size(int descriptor, const char *name) { return fgetxattr(descriptor, name, NULL, 0); }
static inline long bj_lgetxattr_size(const char *path, const char *name) { return lgetxattr(path, name, NULL, 0); }
// `struct statfs` has the name of its function, which Swift cannot tell apart.
typedef struct {
    unsigned long long block_size, blocks, available_blocks, inodes, free_inodes;
    long type, flags;
} bj_filesystem;
static inline int bj_fstatfs(int descriptor, bj_filesystem *answer) {
    struct statfs found;
    if (fstatfs(descriptor, &found) != 0) return -1;
    answer->block_size = found.f_bsize;
    answer->blocks = found.f_blocks;
    answer->available_blocks = found.f_bavail;
    answer->inodes = found.f_files;
    answer->free_inodes = found.f_ffree;
    answer->type = found.f_type;
    answer->flags = found.f_flags;
    return 0;
}

// Files in memory: GNU extensions, and fcntl is variadic.
static inline int bj_memfd_create(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }
static inline int bj_seal(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

// System calls without a wrapper in glibc 2.36.
static inline int bj_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
// PIDFD_THREAD is O_EXCL, and newer than the headers.
static inline int bj_pidfd_open_thread(pid_t thread) { return (int)syscall(SYS_pidfd_open, thread, O_EXCL); }
static inline int bj_pidfd_signal(int process, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, process, signal, NULL, 0);
}
// What comes with the signal of a timer of timer_create(2). The members of siginfo_t are macros, and neither call has a wrapper.
static inline void bj_timer_facts(siginfo_t *facts, int signal, int timer, unsigned long long value) {
    memset(facts, 0, sizeof *facts);
    facts->si_signo = signal;
    facts->si_code = SI_TIMER;
    facts->si_timerid = timer;
    facts->si_value.sival_ptr = (void *)value;
}
static inline int bj_timer_signal(int process, int signal, int timer, unsigned long long value) {
    siginfo_t facts;
    bj_timer_facts(&facts, signal, timer, value);
    return (int)syscall(SYS_pidfd_send_signal, process, signal, &facts, 0);
}
static inline int bj_timer_signal_thread(int process, int thread, int signal, int timer, unsigned long long value) {
    siginfo_t facts;
    bj_timer_facts(&facts, signal, timer, value);
    return (int)syscall(SYS_rt_tgsigqueueinfo, process, thread, signal, &facts);
}
static inline int bj_landlock_version(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}
// A ruleset without rules: nothing that it handles is allowed. The structure is larger than the headers know, and a
// kernel takes as much of it as its version has (landlock(7)): rights to files, to ports, and scopes.
static inline int bj_landlock_forbid(unsigned long long files, unsigned long long ports, unsigned long long scopes,
                                     size_t size) {
    struct { unsigned long long files, ports, scopes; } rules = {files, ports, scopes};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (ruleset == -1) return -1;
    int result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    int number = errno;
    close(ruleset);
    errno = number;
    return result;
}
// A header that the Glibc module leaves out.
static inline int bj_personality_no_randomize(void) { return personality(ADDR_NO_RANDOMIZE); }
static inline int bj_personality_ordinary(void) { return personality(PER_LINUX); }

// What a process inherits of whoever started it: calls without wrappers in glibc 2.36, and syscall is variadic. The
// kernel's own value of a nice level is 20 - nice.
static inline int bj_nice_level(int kind, int who) {
    long found = syscall(SYS_getpriority, kind, who);
    return found < 0 ? -1 : (int)found;
}
static inline int bj_set_nice_level(int kind, int who, int nice) {
    return (int)syscall(SYS_setpriority, kind, who, nice);
}
static inline int bj_scheduling_policy(void) { return (int)syscall(SYS_sched_getscheduler, 0); }
// The structure is the kernel's (include/uapi/linux/sched/types.h); a time slice of 0 is the kernel's own. Then the
// clamps: SCHED_FLAG_KEEP_ALL with SCHED_FLAG_UTIL_CLAMP, and -1 for what a process has that nobody told anything.
struct bj_scheduling {
    unsigned int size, policy;
    unsigned long long flags;
    int nice;
    unsigned int priority;
    unsigned long long runtime, deadline, period;
    unsigned int least, most;
};
static inline int bj_set_ordinary_scheduling(int nice) {
    struct bj_scheduling wanted = {.size = 48, .nice = nice};
    return (int)syscall(SYS_sched_setattr, 0, &wanted, 0);
}
static inline int bj_reset_clamps(void) {
    struct bj_scheduling wanted = {.size = 56, .flags = 0x78, .least = ~0U, .most = ~0U};
    return (int)syscall(SYS_sched_setattr, 0, &wanted, 0);
}
// IOPRIO_WHO_PROCESS, and the priority with its class (include/uapi/linux/ioprio.h).
static inline int bj_set_io_priority(int priority) { return (int)syscall(SYS_ioprio_set, 1, 0, priority); }
// MPOL_DEFAULT.
static inline int bj_reset_memory_policy(void) { return (int)syscall(SYS_set_mempolicy, 0, NULL, 0); }
// Gives every signal but one its default action, as the kernel knows them: the C library keeps two for itself.
// The structure (arch/x86/include/uapi/asm/signal.h) is a handler, flags, a restorer and a mask, all zero.
static inline int bj_reset_signals(int but) {
    unsigned long long action[4] = {0};
    for (int number = 1; number <= 64; number++)
        if (number != but) syscall(SYS_rt_sigaction, number, action, NULL, sizeof action[0]);
    return 0;
}
// A GNU extension that the Glibc module does not declare. Answers an error number.
static inline int bj_set_thread_stack(size_t bytes) {
    pthread_attr_t attributes;
    int number = pthread_attr_init(&attributes);
    if (number == 0) number = pthread_attr_setstacksize(&attributes, bytes);
    if (number == 0) number = pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
    return number;
}

// A listener for a filter's notifications, with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (5.19) if that is asked for,
// and SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (6.6), for headers that are older than either.
static inline int bj_seccomp_listen(const void *instructions, unsigned short count, int killable) {
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)instructions};
    unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | (killable ? 1u << 5 : 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}
static inline int bj_seccomp_wake_synchronously(int listener) { return ioctl(listener, _IOW('!', 4, __u64), 1); }

// Notifications of system calls (seccomp_unotify(2)); ioctl is variadic. The kernel wants the structure to be zero.
static inline int bj_notification_receive(int listener, struct seccomp_notif *notification) {
    memset(notification, 0, sizeof *notification);
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, notification);
}
static inline int bj_notification_answer(
    int listener, unsigned long long id, long long value, int error, unsigned int flags) {
    struct seccomp_notif_resp response = {.id = id, .val = value, .error = -error, .flags = flags};
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}
static inline int bj_notification_is_valid(int listener, unsigned long long id) {
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}
// Gives the caller a copy of a descriptor, whose number is the call's answer (SECCOMP_ADDFD_FLAG_SEND, kernel 5.14).
static inline int bj_notification_answer_descriptor(
    int listener, unsigned long long id, int descriptor, int close_on_exec) {
    struct seccomp_notif_addfd added = {
        .id = id, .flags = 1u << 1, .srcfd = (unsigned)descriptor, .newfd_flags = close_on_exec ? O_CLOEXEC : 0};
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &added);
}

// <sys/uio.h> includes <sys/types.h>, see above. Both answer the number of bytes, which may be fewer. The last argument
// is passed on the stack, where an int would leave its upper half as it was.
static inline long bj_process_read(int process, void *to, unsigned long long from, size_t count) {
    struct { void *base; size_t length; } local = {to, count}, remote = {(void *)from, count};
    return syscall(SYS_process_vm_readv, process, &local, 1UL, &remote, 1UL, 0UL);
}
static inline long bj_process_write(int process, unsigned long long to, const void *from, size_t count) {
    struct { const void *base; size_t length; } local = {from, count}, remote = {(void *)to, count};
    return syscall(SYS_process_vm_writev, process, &local, 1UL, &remote, 1UL, 0UL);
}

// A word that nothing uses: in a forked child it is at the same address, so that whether a child's memory can be reached is
// tried without touching anything there.
static unsigned long long bj_spare_word = 0;
static inline long bj_read_spare_word(int process) {
    unsigned long long found;
    return bj_process_read(process, &found, (unsigned long long)&bj_spare_word, sizeof found);
}
static inline long bj_write_spare_word(int process) {
    return bj_process_write(process, (unsigned long long)&bj_spare_word, &bj_spare_word, sizeof bj_spare_word);
}

// Whether the processor has what the level x86-64-v2 is: 0, or the bits of what is missing, from the instruction itself
// (<cpuid.h>), which no file of the host can hide. SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT, LAHF in 64-bit mode.
static inline unsigned int bj_processor_lacks(void) {
    unsigned int a, b, c = 0, d, missing = 0;
    const int bits[] = {0, 9, 13, 19, 20, 23};
    if (!__get_cpuid(1, &a, &b, &c, &d)) c = 0;
    for (unsigned int i = 0; i < sizeof bits / sizeof *bits; i++) missing |= (~c >> bits[i] & 1u) << i;
    if (!__get_cpuid(0x80000001u, &a, &b, &c, &d)) c = 0;
    return missing | (~c & 1u) << 6;
}

// The C library's wrapper has a structure of its own; this is the kernel's.
static inline int bj_statfs(const void *path, void *buffer) { return (int)syscall(SYS_statfs, path, buffer); }

// <sys/timerfd.h> is left out of the Glibc module. The structures are of the form of `struct itimerspec`.
static inline int bj_timer_descriptor_set(int descriptor, const void *to, void *old) {
    return (int)syscall(SYS_timerfd_settime, descriptor, 0, to, old);
}
// <mqueue.h> is left out of the Glibc module too. With a time that is over, neither call ever waits.
static inline long bj_queue_receive(int queue, void *to, unsigned long long length, unsigned int *priority) {
    struct timespec over = {0, 0};
    return syscall(SYS_mq_timedreceive, queue, to, length, priority, &over);
}
static inline long bj_queue_send(int queue, const void *from, unsigned long long length, unsigned int priority) {
    struct timespec over = {0, 0};
    return syscall(SYS_mq_timedsend, queue, from, length, priority, &over);
}

// The kernel's structures, not the C library's; semctl is variadic.
static inline int bj_shmctl(int id, int command, void *to) { return (int)syscall(SYS_shmctl, id, command, to); }
static inline int bj_msgctl(int id, int command, void *to) { return (int)syscall(SYS_msgctl, id, command, to); }
static inline int bj_semctl(int id, int number, int command, void *to) {
    return (int)syscall(SYS_semctl, id, number, command, to);
}

// MEMBARRIER_CMD_QUERY; no wrapper in glibc.
static inline int bj_membarrier_query(void) { return (int)syscall(SYS_membarrier, 0, 0, 0); }

// tgkill(2) without a signal; syscall is variadic.
static inline int bj_is_thread(int process, int thread) { return syscall(SYS_tgkill, process, thread, 0) == 0; }
// Up to 16 words of 8 bytes, each to an address of its own, in one call.
static inline long bj_process_write_words(
    int process, const unsigned long long *addresses, const unsigned long long *words, int count) {
    struct { const void *base; size_t length; } local[16], remote[16];
    for (int i = 0; i < count && i < 16; i++) {
        local[i].base = &words[i];
        remote[i].base = (void *)addresses[i];
        local[i].length = remote[i].length = sizeof *words;
    }
    long number = count < 16 ? count : 16;
    return syscall(SYS_process_vm_writev, process, local, number, remote, number, 0UL);
}

// ioctl is variadic, and the unions of struct ifreq have no names in Swift. A socket of any family leads to the namespace's devices,
// and UNIX is the one that every kernel has.
static inline int bj_raise_loopback(void) {
    struct ifreq request = {.ifr_name = "lo"};
    int any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any < 0) return -1;
    int answer = ioctl(any, SIOCGIFFLAGS, &request);
    request.ifr_flags |= IFF_UP;
    if (answer == 0) answer = ioctl(any, SIOCSIFFLAGS, &request);
    int number = errno;
    close(any);
    errno = number;
    return answer;
}

// How two processes' memory maps are ordered: 0 for one and the same, 1 and 2 for less and greater (KCMP_VM is 1).
static inline int bj_compare_memory(int one, int other) { return (int)syscall(SYS_kcmp, one, other, 1, 0UL, 0UL); }

// A filter for a socket of messages that lets nothing in. Here because its program is a pointer into a structure.
static inline int bj_refuse_messages(int socket) {
    struct sock_filter none = {BPF_RET | BPF_K, 0, 0, 0};
    struct sock_fprog program = {1, &none};
    return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

// A copy of another process's descriptor (kernel 5.6).
static inline int bj_pidfd_getfd(int process, int descriptor) {
    return (int)syscall(SYS_pidfd_getfd, process, descriptor, 0);
}
// How a process ended that was waited for by now, as from wait(2) (PIDFD_GET_INFO with PIDFD_INFO_EXIT, kernel 6.15); -1 where
// the kernel does not know.
static inline int bj_pidfd_exit_status(int process) {
    struct { unsigned long long mask, group; unsigned int ids[11]; int status; } info = {1ULL << 3, 0, {0}, 0};
    _Static_assert(sizeof info == 64, "struct pidfd_info, as it was first");
    if (ioctl(process, 0xC040FF0BUL, &info) != 0 || !(info.mask & 1ULL << 3)) return -1;
    return info.status;
}
// The processor time that a process has used, in microseconds, by its own clock (MAKE_PROCESS_CPUCLOCK of the kernel with
// CPUCLOCK_SCHED); negative for one that is gone.
static inline long long bj_process_time(int process) {
    struct timespec time;
    if (clock_gettime((clockid_t)((~(unsigned int)process << 3) | 2), &time) != 0) return -1;
    return (long long)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

// Leaves the calling thread one capability of those it has, CAP_SYS_PTRACE; the C library's wrapper is libcap's, which
// acts on the whole process.
static inline int bj_keep_only_tracing(void) {
    struct { unsigned int version; int pid; } header = {0x20080522, 0};
    struct { unsigned int effective, permitted, inheritable; } data[2] = {{1u << 19, 1u << 19, 0}, {0, 0, 0}};
    return (int)syscall(SYS_capset, &header, data);
}
// Keeps the calling process, and what it starts, to the processor that it runs on. The macros of cpu_set_t are not
// visible to Swift, and end at 1024 processors.
static inline int bj_keep_to_current_processor(void) {
    unsigned int processor = 0;
    unsigned char mask[8192] = {0};
    if (syscall(SYS_getcpu, &processor, NULL, NULL) != 0) return -1;
    mask[processor / 8 % sizeof mask] = (unsigned char)(1u << processor % 8);
    return (int)syscall(SYS_sched_setaffinity, 0, sizeof mask, mask);
}
// The kernel takes of all processors those that the process may have.
static inline int bj_spread_over_processors(void) {
    unsigned char mask[8192];
    for (unsigned int index = 0; index < sizeof mask; index++) mask[index] = 0xff;
    return (int)syscall(SYS_sched_setaffinity, 0, sizeof mask, mask);
}
// A GNU extension that the Glibc module does not declare. 0 once the thread has ended.
static inline int bj_thread_join_if_ended(pthread_t thread) { return pthread_tryjoin_np(thread, NULL); }
// Lets SIGUSR1 interrupt calls and do nothing else; signal(3) would let them begin anew, and the structure has a union
// for a handler, which Swift does not see.
static inline void bj_no_handler(int number) { (void)number; }
static inline int bj_harmless_interrupts(void) {
    struct sigaction action = {.sa_handler = bj_no_handler};
    return sigaction(SIGUSR1, &action, NULL);
}
// Gives every signal that has a handler its default again. The C library refuses to let the two be touched that it uses
// itself, so this is the call without the library; the structure is the kernel's (include/uapi/asm-generic/signal.h).
static inline int bj_no_handlers(void) {
    struct { void *handler; unsigned long flags; void *restorer; unsigned long mask; } action;
    for (int number = 1; number <= 64; number++) {
        if (syscall(SYS_rt_sigaction, number, NULL, &action, 8) != 0) return -1;
        if (action.handler == (void *)SIG_DFL || action.handler == (void *)SIG_IGN) continue;
        action.handler = (void *)SIG_DFL;
        if (syscall(SYS_rt_sigaction, number, &action, NULL, 8) != 0) return -1;
    }
    return 0;
}
// <malloc.h>, which the Glibc module leaves out. M_MMAP_THRESHOLD.
extern int mallopt(int parameter, int value);
static inline int bj_give_back_from(int bytes) { return mallopt(-3, bytes); }
// Limits of another process of the same account; a wrapper would need the C library's enum of resources.
static inline int bj_set_limit_of(int process, unsigned int resource, const void *limit) {
    return (int)syscall(SYS_prlimit64, process, resource, limit, NULL);
}
static inline int bj_get_limit_of(int process, unsigned int resource, void *limit) {
    return (int)syscall(SYS_prlimit64, process, resource, NULL, limit);
}

// epoll(7): the kernel's structure is packed, which Swift cannot say, and the calls are given away from it here.
struct bj_epoll_event { unsigned int events; unsigned long long data; } __attribute__((packed));
static inline int bj_epoll_make(void) { return (int)syscall(SYS_epoll_create1, O_CLOEXEC); }
static inline int bj_epoll_add(int epoll, int descriptor, unsigned int events) {
    struct bj_epoll_event event = {events, (unsigned long long)descriptor};
    return (int)syscall(SYS_epoll_ctl, epoll, 1 /* EPOLL_CTL_ADD */, descriptor, &event);
}
// Waits for ever. Answers the number of events, at most 16, with their descriptors and what there is of each.
static inline int bj_epoll_wait(int epoll, int *descriptors, unsigned int *events) {
    struct bj_epoll_event found[16];
    int count = (int)syscall(SYS_epoll_pwait, epoll, found, 16, -1, NULL, 8UL);
    for (int i = 0; i < count; i++) {
        descriptors[i] = (int)found[i].data;
        events[i] = found[i].events;
    }
    return count;
}
static inline int bj_event_counter(void) { return (int)syscall(SYS_eventfd2, 0, O_CLOEXEC | O_NONBLOCK); }

// statx(2): glibc's declarations stand in <sys/stat.h>, which includes <sys/types.h>, see above; the kernel's layout is
// fixed (include/uapi/linux/stat.h).
struct bj_file_time { long long seconds; unsigned int nanoseconds; int spare; };
struct bj_file {
    unsigned int mask, block_size;
    unsigned long long attributes;
    unsigned int links, uid, gid;
    unsigned short mode, spare;
    unsigned long long inode, size, blocks, attributes_mask;
    struct bj_file_time accessed, born, changed, modified;
    unsigned int node_major, node_minor, major, minor;
    unsigned long long mount;
    unsigned long long rest[13];
};
// Answers 0 or the error's number. Asks for all that kernels up to 5.8 know, the number of the mount being the last.
static inline int bj_look(int base, const char *path, int flags, struct bj_file *file) {
    return syscall(SYS_statx, base, path, flags, 0x1fff, file) == 0 ? 0 : errno;
}

// ioctl is variadic. 0 if the descriptor is no terminal.
static inline int bj_terminal_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// Pseudo-terminals (pty(7)); ioctl is variadic. What the kernel says of a terminal's size, in characters.
static inline int bj_terminal_size(int descriptor, unsigned short *rows, unsigned short *columns) {
    struct winsize size = {0};
    int answer = ioctl(descriptor, TIOCGWINSZ, &size);
    *rows = size.ws_row;
    *columns = size.ws_col;
    return answer;
}
static inline int bj_set_terminal_size(int descriptor, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(descriptor, TIOCSWINSZ, &size);
}
static inline int bj_unlock_terminal(int master) {
    int locked = 0;
    return ioctl(master, TIOCSPTLCK, &locked);
}
// The other side of a master, without a path that could lead elsewhere (kernel >= 4.13).
static inline int bj_terminal_peer(int master) { return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC); }
static inline int bj_take_terminal(int descriptor) { return ioctl(descriptor, TIOCSCTTY, 0); }
// <sys/signalfd.h> cannot be shimmed beside Dispatch. Readable when the window has another size, or when this process goes on
// after it was stopped: both signals have to be blocked, in all threads.
static inline int bj_window_signals(void) {
    unsigned long long set = 1ULL << (SIGWINCH - 1) | 1ULL << (SIGCONT - 1);
    return (int)syscall(SYS_signalfd4, -1, &set, 8UL, O_CLOEXEC | O_NONBLOCK);
}

#endif
