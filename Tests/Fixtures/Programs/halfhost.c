// halfhost WORD... -- PROGRAM ARGUMENT...
// Runs a program on a host that is only half there: each word takes something away from this process and what it starts, and
// from nobody else. As an ordinary user: the rights for it come from a user namespace, and are gone with the exec.
//
//   userns          a user namespace in which the own ids are themselves; the words below need it
//   root-userns     one in which the own id is 0 and nobody else is mapped, as `unshare -r` makes it
//   lost-userns     one in which nobody is mapped
//   mountns         mounts of its own
//   pidns           a pid namespace, and this program goes on as a child in it
//   write=FILE=TEXT writes a setting
//   proc=OPTIONS    mounts a proc over /proc, with the file system's options
//   remount=DIR=OPTIONS  DIR once more over itself, with mount options (ro,noexec,nosuid,nodev)
//   tmpfs=DIR       an empty file system over DIR
//   bind=FROM=TO    a folder at another place too
//   mask=FILE       an empty file over FILE
//   chroot=DIR      another root
//   deny=CALL=ERROR[=ARGUMENT=MASK]  a seccomp filter: the call fails, or only with one of MASK's bits in an argument
//   limit=NAME=N    a resource limit, soft and hard
//   no-new-privs    what it is called
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
    fprintf(stderr, "halfhost: %s: %s\n", what, strerror(errno));
    exit(99);
}

static void write_text(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text)) fail(path);
    close(file);
}

static void enter(const char *kind) {
    unsigned uid = geteuid(), gid = getegid();
    if (unshare(CLONE_NEWUSER) != 0) fail("unshare");
    if (strcmp(kind, "lost-userns") == 0) return;
    int is_root = strcmp(kind, "root-userns") == 0;
    char map[64];
    write_text("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1", is_root ? 0 : uid, uid);
    write_text("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "%u %u 1", is_root ? 0 : gid, gid);
    write_text("/proc/self/gid_map", map);
}

static const struct { const char *name; int number; } calls[] = {
    {"clone", SYS_clone}, {"close_range", SYS_close_range}, {"execveat", SYS_execveat}, {"fsconfig", SYS_fsconfig},
    {"fsetxattr", SYS_fsetxattr}, {"fsmount", SYS_fsmount}, {"fsopen", SYS_fsopen}, {"kcmp", SYS_kcmp},
    {"landlock_create_ruleset", SYS_landlock_create_ruleset}, {"memfd_create", SYS_memfd_create},
    {"mount_setattr", SYS_mount_setattr}, {"move_mount", SYS_move_mount}, {"open_tree", SYS_open_tree},
    {"openat2", SYS_openat2}, {"personality", SYS_personality}, {"pidfd_getfd", SYS_pidfd_getfd},
    {"pidfd_open", SYS_pidfd_open}, {"pivot_root", SYS_pivot_root}, {"process_vm_readv", SYS_process_vm_readv},
    {"process_vm_writev", SYS_process_vm_writev}, {"seccomp", SYS_seccomp}, {"sethostname", SYS_sethostname},
    {"setresuid", SYS_setresuid}, {"unshare", SYS_unshare},
};
static const struct { const char *name; int number; } errors[] = {
    {"EACCES", EACCES}, {"EBUSY", EBUSY}, {"EINVAL", EINVAL}, {"ENODEV", ENODEV}, {"ENOSPC", ENOSPC},
    {"ENOSYS", ENOSYS}, {"EOPNOTSUPP", EOPNOTSUPP}, {"EPERM", EPERM},
};
static const struct { const char *name; int number; } limits[] = {
    {"AS", RLIMIT_AS}, {"CPU", RLIMIT_CPU}, {"DATA", RLIMIT_DATA}, {"FSIZE", RLIMIT_FSIZE},
    {"MEMLOCK", RLIMIT_MEMLOCK}, {"NOFILE", RLIMIT_NOFILE}, {"NPROC", RLIMIT_NPROC}, {"STACK", RLIMIT_STACK},
};
static const struct { const char *name; unsigned long flag; } options[] = {
    {"nodev", MS_NODEV}, {"noexec", MS_NOEXEC}, {"nosuid", MS_NOSUID}, {"ro", MS_RDONLY},
};

// The member of a table that has this name.
#define FIND(table, member, wanted) ({ \
    size_t at = 0; \
    while (at < sizeof table / sizeof *table && strcmp(table[at].name, wanted) != 0) at++; \
    if (at == sizeof table / sizeof *table) { errno = EINVAL; fail(wanted); } \
    table[at].member; })

static void deny(char *text) {
    char *call = strsep(&text, "="), *error = strsep(&text, "="), *argument = strsep(&text, "=");
    if (error == NULL) { errno = EINVAL; fail("deny"); }
    unsigned offset = offsetof(struct seccomp_data, args) + (argument ? 8 * atoi(argument) : 0);
    unsigned mask = argument && text ? strtoul(text, NULL, 0) : 0;
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FIND(calls, number, call), 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset),
        BPF_JUMP(mask ? BPF_JMP | BPF_JSET | BPF_K : BPF_JMP | BPF_JGE | BPF_K, mask, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | FIND(errors, number, error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof instructions / sizeof *instructions, instructions};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("no_new_privs");
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) fail("seccomp");
}

static void remount(char *text) {
    char *place = strsep(&text, "=");
    unsigned long flags = MS_BIND | MS_REMOUNT;
    for (char *name; (name = strsep(&text, ",")) != NULL;) flags |= FIND(options, flag, name);
    if (mount(place, place, NULL, MS_BIND | MS_REC, NULL) != 0) fail(place);
    if (mount(NULL, place, NULL, flags, NULL) != 0) fail(place);
}

static void limit(char *text) {
    char *name = strsep(&text, "=");
    struct rlimit value = {strtoull(text, NULL, 0), strtoull(text, NULL, 0)};
    if (setrlimit(FIND(limits, number, name), &value) != 0) fail(name);
}

static void go_on_in_pidns(void) {
    if (unshare(CLONE_NEWPID) != 0) fail("unshare");
    int status = 0;
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) return;
    while (waitpid(child, &status, 0) < 0) if (errno != EINTR) fail("waitpid");
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void apply(char *word) {
    char *rest = word, *name = strsep(&rest, "=");
    if (strstr(name, "userns") != NULL) enter(name);
    else if (strcmp(name, "mountns") == 0) {
        if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) fail(name);
    } else if (strcmp(name, "pidns") == 0) go_on_in_pidns();
    else if (strcmp(name, "write") == 0) {
        char *path = strsep(&rest, "=");
        write_text(path, rest);
    } else if (strcmp(name, "proc") == 0) {
        if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, rest) != 0) fail("proc");
    } else if (strcmp(name, "remount") == 0) remount(rest);
    else if (strcmp(name, "tmpfs") == 0) {
        if (mount("tmpfs", rest, "tmpfs", 0, "mode=0755") != 0) fail(rest);
    } else if (strcmp(name, "bind") == 0) {
        char *from = strsep(&rest, "=");
        if (mount(from, rest, NULL, MS_BIND | MS_REC, NULL) != 0) fail(rest);
    } else if (strcmp(name, "mask") == 0) {
        if (mount("/dev/null", rest, NULL, MS_BIND, NULL) != 0) fail(rest);
    } else if (strcmp(name, "chroot") == 0) {
        if (chroot(rest) != 0 || chdir("/") != 0) fail(rest);
    } else if (strcmp(name, "deny") == 0) deny(rest);
    else if (strcmp(name, "limit") == 0) limit(rest);
    else if (strcmp(name, "no-new-privs") == 0) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    else { errno = EINVAL; fail(name); }
}

int main(int count, char **list) {
    int at = 1;
    for (; at < count && strcmp(list[at], "--") != 0; at++) apply(list[at]);
    if (at + 1 >= count) { errno = EINVAL; fail("no program"); }
    execvp(list[at + 1], &list[at + 1]);
    fail(list[at + 1]);
}
