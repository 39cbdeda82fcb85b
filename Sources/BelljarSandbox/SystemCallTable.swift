/// What a build gets to hear when it makes a system call.
enum SystemCallAnswer: Hashable, Sendable {
    /// The kernel carries it out.
    case allow
    /// Carried out or refused after a look at the arguments: by the rules of `SeccompProfile`.
    case byArgument
    /// As if this kernel did not have it (ENOSYS). Also the answer to every number that the table does not hold.
    case absent
    /// Refused with this error.
    case refuse(FilterErrno)
}

/// The errors that filters answer with: the kernel's numbers (include/uapi/asm-generic/errno*.h), which are the same
/// on every architecture of interest, by their meaning.
enum FilterErrno: UInt16, Hashable, Sendable {
    /// No error: the call is left out, and the caller hears that it succeeded.
    case pretendedSuccess = 0
    /// EPERM
    case notPermitted = 1
    /// EINVAL
    case invalid = 22
    /// ENOTTY: no such request for this file
    case unknownRequest = 25
    /// ENOSYS
    case notImplemented = 38
    /// ENOPROTOOPT: no such option of a socket
    case unknownOption = 92
    /// EPROTONOSUPPORT
    case unknownProtocol = 93
    /// EOPNOTSUPP, which is also ENOTSUP
    case notSupported = 95
    /// EAFNOSUPPORT
    case unknownAddressFamily = 97
}

/// System calls that are answered alike for the same reason.
struct SystemCallFamily: Sendable {
    var name: String
    var answer: SystemCallAnswer
    /// Names by number, as x86_64 counts.
    var calls: KeyValuePairs<UInt32, String>

    init(_ name: String, _ answer: SystemCallAnswer, _ calls: KeyValuePairs<UInt32, String>) {
        self.name = name
        self.answer = answer
        self.calls = calls
    }
}

/// Every system call of the baseline kernel on x86_64, each in exactly one family.
///
/// The table is frozen to one kernel version, so that every host shows a build the same surface: what later kernels
/// added (cachestat, statmount, futex_wake, ...) is absent everywhere.
enum SystemCallTable {
    /// The kernel whose system calls these are (include/uapi/asm-generic/unistd.h and syscall_64.tbl of that version).
    static let baseline = "6.1"
    static let families = allowed + refused

    /// What a build needs, and what cannot reach beyond its namespaces.
    private static let allowed: [SystemCallFamily] = [
        // Opening, reading, writing and shaping files: what builds are made of. The mount tree decides what can be
        // reached.
        SystemCallFamily(
            "files", .allow,
            [
                0: "read", 1: "write", 2: "open", 3: "close", 8: "lseek", 17: "pread64", 18: "pwrite64", 19: "readv",
                20: "writev", 22: "pipe", 32: "dup", 33: "dup2", 40: "sendfile", 72: "fcntl", 73: "flock",
                74: "fsync", 75: "fdatasync", 76: "truncate", 77: "ftruncate", 85: "creat", 162: "sync",
                187: "readahead", 221: "fadvise64", 257: "openat", 275: "splice", 276: "tee", 277: "sync_file_range",
                278: "vmsplice", 285: "fallocate", 292: "dup3", 293: "pipe2", 295: "preadv", 296: "pwritev",
                306: "syncfs", 326: "copy_file_range", 327: "preadv2", 328: "pwritev2", 436: "close_range",
                437: "openat2",
            ]),
        // Directories, links, modes and times. Changes of owner reach the kernel, which lets nobody give a file away.
        SystemCallFamily(
            "names", .allow,
            [
                4: "stat", 5: "fstat", 6: "lstat", 21: "access", 78: "getdents", 79: "getcwd", 80: "chdir",
                81: "fchdir", 82: "rename", 83: "mkdir", 84: "rmdir", 86: "link", 87: "unlink", 88: "symlink",
                89: "readlink", 90: "chmod", 91: "fchmod", 92: "chown", 93: "fchown", 94: "lchown", 95: "umask",
                132: "utime", 137: "statfs", 138: "fstatfs", 217: "getdents64", 235: "utimes", 253: "inotify_init",
                254: "inotify_add_watch", 255: "inotify_rm_watch", 258: "mkdirat", 260: "fchownat", 261: "futimesat",
                262: "newfstatat", 263: "unlinkat", 264: "renameat", 265: "linkat", 266: "symlinkat",
                267: "readlinkat", 268: "fchmodat", 269: "faccessat", 280: "utimensat", 294: "inotify_init1",
                332: "statx", 439: "faccessat2",
            ]),
        // Address space and its policies, of the calling process or of one that it could trace.
        SystemCallFamily(
            "memory", .allow,
            [
                9: "mmap", 10: "mprotect", 11: "munmap", 12: "brk", 25: "mremap", 26: "msync", 27: "mincore",
                28: "madvise", 149: "mlock", 150: "munlock", 151: "mlockall", 152: "munlockall",
                216: "remap_file_pages", 237: "mbind", 238: "set_mempolicy", 239: "get_mempolicy",
                256: "migrate_pages", 279: "move_pages", 319: "memfd_create", 324: "membarrier", 325: "mlock2",
                329: "pkey_mprotect", 330: "pkey_alloc", 331: "pkey_free", 440: "process_madvise",
                448: "process_mrelease", 450: "set_mempolicy_home_node",
            ]),
        // Starting, ending, waiting for and grouping processes and threads.
        SystemCallFamily(
            "processes", .allow,
            [
                39: "getpid", 57: "fork", 58: "vfork", 59: "execve", 60: "exit", 61: "wait4", 97: "getrlimit",
                98: "getrusage", 109: "setpgid", 110: "getppid", 111: "getpgrp", 112: "setsid", 121: "getpgid",
                124: "getsid", 157: "prctl", 158: "arch_prctl", 160: "setrlimit", 186: "gettid",
                218: "set_tid_address", 231: "exit_group", 247: "waitid", 309: "getcpu", 322: "execveat",
                334: "rseq", 424: "pidfd_send_signal", 434: "pidfd_open", 438: "pidfd_getfd",
            ]),
        // Debuggers and sandboxes of test suites. None of them reaches beyond the build's own pid namespace.
        SystemCallFamily(
            "tracing", .allow,
            [
                101: "ptrace", 310: "process_vm_readv", 311: "process_vm_writev", 312: "kcmp", 317: "seccomp",
                444: "landlock_create_ruleset", 445: "landlock_add_rule", 446: "landlock_restrict_self",
            ]),
        // Who one is. Without capabilities and with one mapped id, the setters change nothing.
        SystemCallFamily(
            "identity", .allow,
            [
                63: "uname", 99: "sysinfo", 102: "getuid", 104: "getgid", 105: "setuid", 106: "setgid",
                107: "geteuid", 108: "getegid", 113: "setreuid", 114: "setregid", 115: "getgroups", 116: "setgroups",
                117: "setresuid", 118: "getresuid", 119: "setresgid", 120: "getresgid", 122: "setfsuid",
                123: "setfsgid", 125: "capget", 126: "capset",
            ]),
        // Signals and what waits for them.
        SystemCallFamily(
            "signals", .allow,
            [
                13: "rt_sigaction", 14: "rt_sigprocmask", 15: "rt_sigreturn", 34: "pause", 62: "kill",
                127: "rt_sigpending", 128: "rt_sigtimedwait", 129: "rt_sigqueueinfo", 130: "rt_sigsuspend",
                131: "sigaltstack", 200: "tkill", 219: "restart_syscall", 234: "tgkill", 282: "signalfd",
                289: "signalfd4", 297: "rt_tgsigqueueinfo",
            ]),
        // Priorities and processors; raising a priority needs a capability that no build has.
        SystemCallFamily(
            "scheduling", .allow,
            [
                24: "sched_yield", 140: "getpriority", 141: "setpriority", 142: "sched_setparam",
                143: "sched_getparam", 144: "sched_setscheduler", 145: "sched_getscheduler",
                146: "sched_get_priority_max", 147: "sched_get_priority_min", 148: "sched_rr_get_interval",
                203: "sched_setaffinity", 204: "sched_getaffinity", 251: "ioprio_set", 252: "ioprio_get",
                314: "sched_setattr", 315: "sched_getattr",
            ]),
        // Locks and readiness.
        SystemCallFamily(
            "waiting", .allow,
            [
                7: "poll", 23: "select", 202: "futex", 213: "epoll_create", 232: "epoll_wait", 233: "epoll_ctl",
                270: "pselect6", 271: "ppoll", 273: "set_robust_list", 274: "get_robust_list", 281: "epoll_pwait",
                284: "eventfd", 290: "eventfd2", 291: "epoll_create1", 441: "epoll_pwait2", 449: "futex_waitv",
            ]),
        // Reading clocks, sleeping and timers.
        SystemCallFamily(
            "time", .allow,
            [
                35: "nanosleep", 36: "getitimer", 37: "alarm", 38: "setitimer", 96: "gettimeofday", 100: "times",
                201: "time", 222: "timer_create", 223: "timer_settime", 224: "timer_gettime", 225: "timer_getoverrun",
                226: "timer_delete", 228: "clock_gettime", 229: "clock_getres", 230: "clock_nanosleep",
                283: "timerfd_create", 286: "timerfd_settime", 287: "timerfd_gettime",
            ]),
        // Random bytes.
        SystemCallFamily(
            "random", .allow,
            [
                318: "getrandom"
            ]),
        // Sockets of the build's own network namespace.
        SystemCallFamily(
            "sockets", .allow,
            [
                42: "connect", 43: "accept", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg",
                48: "shutdown", 49: "bind", 50: "listen", 51: "getsockname", 52: "getpeername", 54: "setsockopt",
                55: "getsockopt", 288: "accept4", 299: "recvmmsg", 307: "sendmmsg",
            ]),
        // System V and POSIX queues, semaphores and shared memory of the build's own ipc namespace.
        SystemCallFamily(
            "ipc", .allow,
            [
                29: "shmget", 30: "shmat", 31: "shmctl", 64: "semget", 65: "semop", 66: "semctl", 67: "shmdt",
                68: "msgget", 69: "msgsnd", 70: "msgrcv", 71: "msgctl", 220: "semtimedop", 240: "mq_open",
                241: "mq_unlink", 242: "mq_timedsend", 243: "mq_timedreceive", 244: "mq_notify", 245: "mq_getsetattr",
            ]),
        // Allowed for some arguments only: see `SeccompProfile.argumentRules`.
        SystemCallFamily(
            "by-argument", .byArgument,
            [
                16: "ioctl", 41: "socket", 53: "socketpair", 56: "clone", 133: "mknod", 135: "personality",
                259: "mknodat", 302: "prlimit64", 316: "renameat2",
            ]),
    ]

    /// What would reach beyond, and what only widens the kernel's open side.
    private static let refused: [SystemCallFamily] = [
        // The mount tree is the boundary of the file system. With a capability from a kernel bug, these would move it.
        SystemCallFamily(
            "mounts", .refuse(.notPermitted),
            [
                155: "pivot_root", 161: "chroot", 165: "mount", 166: "umount2",
            ]),
        // A new user namespace gives every capability inside it, and with them most of the kernel's bugs.
        SystemCallFamily(
            "namespaces", .refuse(.notPermitted),
            [
                272: "unshare", 308: "setns",
            ]),
        // The machine's power state, its kernel and its swap belong to the host.
        SystemCallFamily(
            "machine", .refuse(.notPermitted),
            [
                167: "swapon", 168: "swapoff", 169: "reboot", 172: "iopl", 173: "ioperm", 175: "init_module",
                176: "delete_module", 246: "kexec_load", 313: "finit_module", 320: "kexec_file_load",
            ]),
        // One clock for the whole machine. The reading modes of the adjusting calls tell the host's drift.
        SystemCallFamily(
            "clock-setting", .refuse(.notPermitted),
            [
                159: "adjtimex", 164: "settimeofday", 227: "clock_settime", 305: "clock_adjtime",
            ]),
        // Quotas, accounting, the kernel's log, the host's name and its terminals.
        SystemCallFamily(
            "administration", .refuse(.notPermitted),
            [
                103: "syslog", 153: "vhangup", 163: "acct", 170: "sethostname", 171: "setdomainname", 179: "quotactl",
                443: "quotactl_fd",
            ]),
        // Extended attributes do not survive in archives or in the store, and capabilities of files live in them.
        // ENOTSUP is the answer of a file system without them, which every tool knows.
        SystemCallFamily(
            "xattr", .refuse(.notSupported),
            [
                188: "setxattr", 189: "lsetxattr", 190: "fsetxattr", 191: "getxattr", 192: "lgetxattr",
                193: "fgetxattr", 194: "listxattr", 195: "llistxattr", 196: "flistxattr", 197: "removexattr",
                198: "lremovexattr", 199: "fremovexattr",
            ]),
        // Kernel AIO pins memory outside of the memory limits; libraries fall back to threads.
        SystemCallFamily(
            "aio", .absent,
            [
                206: "io_setup", 207: "io_destroy", 208: "io_getevents", 209: "io_submit", 210: "io_cancel",
                333: "io_pgetevents",
            ]),
        // Works that are queued through a ring are not seen by seccomp at all.
        SystemCallFamily(
            "io-uring", .absent,
            [
                425: "io_uring_setup", 426: "io_uring_enter", 427: "io_uring_register",
            ]),
        // A handle opens a file by number, past the mount tree.
        SystemCallFamily(
            "file-handles", .absent,
            [
                303: "name_to_handle_at", 304: "open_by_handle_at",
            ]),
        // Watches whole file systems, the host's side included.
        SystemCallFamily(
            "fanotify", .absent,
            [
                300: "fanotify_init", 301: "fanotify_mark",
            ]),
        // Keyrings are not in any namespace of their own: they outlive the build and are shared with the host's user.
        SystemCallFamily(
            "keyrings", .absent,
            [
                248: "add_key", 249: "request_key", 250: "keyctl",
            ]),
        // userfaultfd stops the kernel in the middle of a copy, bpf runs programs in it, perf events read its
        // counters: the tools of most exploits.
        SystemCallFamily(
            "kernel-holding", .absent,
            [
                298: "perf_event_open", 321: "bpf", 323: "userfaultfd",
            ]),
        // Memory that not even the supervisor can read.
        SystemCallFamily(
            "secret-memory", .absent,
            [
                447: "memfd_secret"
            ]),
        // The mount API by descriptors, which callers try first and without which they use mount(2), refused above.
        SystemCallFamily(
            "new-mounts", .absent,
            [
                428: "open_tree", 429: "move_mount", 430: "fsopen", 431: "fsconfig", 432: "fsmount", 433: "fspick",
                442: "mount_setattr",
            ]),
        // Its flags lie in memory, where a filter cannot look. libc falls back to clone.
        SystemCallFamily(
            "clone3", .absent,
            [
                435: "clone3"
            ]),
        // Segment descriptors for 16-bit programs: a history of kernel bugs, and no use in a build.
        SystemCallFamily(
            "segments", .absent,
            [
                154: "modify_ldt", 205: "set_thread_area", 211: "get_thread_area",
            ]),
        // Answers about devices, file systems and profiles of the host by number, whatever is mounted here.
        SystemCallFamily(
            "host-facts", .absent,
            [
                136: "ustat", 139: "sysfs", 212: "lookup_dcookie",
            ]),
        // Numbers that kernel 6.1 keeps for calls which it no longer has, or which wait only for programs of the last
        // century.
        SystemCallFamily(
            "retired", .absent,
            [
                134: "uselib", 156: "_sysctl", 174: "create_module", 177: "get_kernel_syms", 178: "query_module",
                180: "nfsservctl", 181: "getpmsg", 182: "putpmsg", 183: "afs_syscall", 184: "tuxcall",
                185: "security", 214: "epoll_ctl_old", 215: "epoll_wait_old", 236: "vserver",
            ]),
    ]
}
