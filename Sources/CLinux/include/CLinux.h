#ifndef BELLJAR_CLINUX_H
#define BELLJAR_CLINUX_H
// What Swift cannot call: variadic functions, function-like macros, and GNU extensions that `import Glibc` leaves out.
// Header-only; each shim says why it exists. Must come before any include, so that the GNU declarations are seen.
//
// Package.swift defines _GNU_SOURCE for every Swift module too, so that all of them see the same declarations.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

// GNU extensions (glibc >= 2.32) that the Glibc module does not declare. Both answer pointers to constants, so they
// are safe from every thread; NULL for an unknown number.
static inline const char *bj_error_name(int number) { return strerrorname_np(number); }
static inline const char *bj_error_text(int number) { return strerrordesc_np(number); }

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

// GNU extensions of posix_spawn (glibc >= 2.34) that the Glibc module does not declare; both answer an error number.
static inline int bj_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
static inline int bj_spawn_change_directory(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}
static const short bj_spawn_new_session = POSIX_SPAWN_SETSID;

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
// openat2 has no wrapper in glibc, and syscall is variadic. Never through a symbolic link, never out of the base.
static inline int bj_open_beneath(int base, const char *path, int flags) {
    struct open_how how = {.flags = (unsigned)flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, base, path, &how, sizeof how);
}
static inline int bj_syncfs(int descriptor) { return syncfs(descriptor); }
// <sys/xattr.h> includes <sys/types.h>, see above.
extern ssize_t fgetxattr(int descriptor, const char *name, void *value, size_t size);
extern ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size);
// Answers the length of the attribute's value without reading it.
static inline long bj_fgetxattr_size(int descriptor, const char *name) { return fgetxattr(descriptor, name, NULL, 0); }
static inline long bj_lgetxattr_size(const char *path, const char *name) { return lgetxattr(path, name, NULL, 0); }
// `struct statfs` has the name of its function, which Swift cannot tell apart.
typedef struct {
    unsigned long long block_size, blocks, available_blocks, inodes, free_inodes;
    long type;
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
    return 0;
}

// Files in memory: GNU extensions, and fcntl is variadic.
static inline int bj_memfd_create(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }
static inline int bj_seal(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

// System calls without a wrapper in glibc 2.36.
static inline int bj_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
static inline int bj_landlock_version(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}
// A header that the Glibc module leaves out.
static inline int bj_personality_no_randomize(void) { return personality(ADDR_NO_RANDOMIZE); }

// A listener for a filter's notifications, with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (5.19) if that is asked for,
// and SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (6.6), for headers that are older than either.
static inline int bj_seccomp_listen(const void *instructions, unsigned short count, int killable) {
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)instructions};
    unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | (killable ? 1u << 5 : 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}
static inline int bj_seccomp_wake_synchronously(int listener) { return ioctl(listener, _IOW('!', 4, __u64), 1); }

#endif
