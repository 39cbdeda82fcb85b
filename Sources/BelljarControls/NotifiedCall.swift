/// A system call that PID 1 is asked about, with its number on x86_64 (arch/x86/entry/syscalls/syscall_64.tbl).
///
/// Every case has a handler, because the supervisor switches over them without a default.
package enum NotifiedCall: UInt32, CaseIterable, Hashable, Sendable {
    // The first calls of a new program.
    case brk = 12
    case arch_prctl = 158
    // The first call of a process that was forked, by glibc and by musl.
    case set_robust_list = 273
    case set_tid_address = 218

    case clock_gettime = 228
    case gettimeofday = 96
    case time = 201
    case times = 100
    case clock_nanosleep = 230
    case nanosleep = 35
    case poll = 7
    case ppoll = 271
    case select = 23
    case pselect6 = 270
    case epoll_wait = 232
    case epoll_pwait = 281
    case epoll_pwait2 = 441
    case rt_sigtimedwait = 128
    case semtimedop = 220
    case alarm = 37
    case setitimer = 38
    case timer_settime = 223
    case timer_gettime = 224
    case timerfd_settime = 286
    case futex = 202
    case futex_waitv = 449
    case mq_timedsend = 242
    case mq_timedreceive = 243
    case shmctl = 31
    case semctl = 66
    case msgctl = 71
    case setsockopt = 54
    case ioctl = 16
    case clock_getres = 229

    case stat = 4
    case fstat = 5
    case lstat = 6
    case newfstatat = 262
    case statx = 332

    case utime = 132
    case utimes = 235
    case futimesat = 261
    case utimensat = 280
    case chmod = 90
    case fchmod = 91
    case fchmodat = 268
    case open = 2
    case creat = 85
    case openat = 257
    case openat2 = 437
    case truncate = 76
    case ftruncate = 77
    case mkdir = 83
    case mkdirat = 258
    case mknod = 133
    case mknodat = 259
    case symlink = 88
    case symlinkat = 266
    case link = 86
    case linkat = 265
    case unlink = 87
    case unlinkat = 263
    case rmdir = 84
    case rename = 82
    case renameat = 264
    case renameat2 = 316

    case getrandom = 318
    case getrlimit = 97
    case setrlimit = 160
    case prlimit64 = 302
    case getdents = 78
    case getdents64 = 217

    case uname = 63
    case sched_getaffinity = 204
    case sched_setaffinity = 203
    case getcpu = 309
    case getpriority = 140
    case setpriority = 141
    case sched_rr_get_interval = 148
    case membarrier = 324
    case landlock_create_ruleset = 444
    case sysinfo = 99
    case statfs = 137
    case fstatfs = 138
    case lseek = 8

    case chown = 92
    case fchown = 93
    case lchown = 94
    case fchownat = 260

    // For a trace alone: names that are looked up.
    case access = 21
    case faccessat = 269
    case faccessat2 = 439
    case readlink = 89
    case readlinkat = 267
}

/// True if an argument, looked at through the mask, has this value (or, negated, has not).
package struct ArgumentCondition: Hashable, Sendable {
    /// 0...5
    package var argument: UInt32
    package var mask: UInt64
    package var value: UInt64
    package var isNegated: Bool

    package init(_ argument: UInt32, mask: UInt64, equals value: UInt64) {
        (self.argument, self.mask, self.value, isNegated) = (argument, mask, value, false)
    }

    /// A pointer or 64-bit number that is not this value.
    package init(_ argument: UInt32, isNot value: UInt64) {
        (self.argument, mask, self.value, isNegated) = (argument, .max, value, true)
    }
}

extension NotifiedCall {
    /// The controls that need it: it is notified if at least one of them is not `real`. Empty for the calls by which a
    /// new program is noticed, which are notified if anything else is.
    package var controls: Set<Control> {
        switch self {
        case .brk, .arch_prctl: []
        case .clock_gettime, .gettimeofday, .time, .times, .clock_nanosleep, .timer_settime, .timer_gettime,
            .timerfd_settime, .futex, .futex_waitv, .mq_timedsend, .mq_timedreceive, .shmctl, .semctl, .msgctl,
            .setsockopt,
            .clock_getres, .nanosleep, .poll, .ppoll, .select, .pselect6, .epoll_wait, .epoll_pwait, .epoll_pwait2,
            .rt_sigtimedwait, .semtimedop, .alarm, .setitimer:
            [.clock]
        case .ioctl: [.clock, .random]
        case .stat, .fstat, .lstat, .newfstatat, .statx: [.mtimes, .owners, .stat]
        case .open, .openat: [.clock, .mtimes, .random]
        case .utime, .utimes, .futimesat, .utimensat, .chmod, .fchmod, .fchmodat, .creat, .openat2, .truncate,
            .ftruncate, .symlink, .symlinkat:
            [.mtimes]
        case .mkdir, .mkdirat: [.mtimes, .random]
        // What is gone has no owner.
        case .unlink, .unlinkat, .rmdir, .rename, .renameat, .renameat2: [.mtimes, .owners]
        case .link, .linkat: [.mtimes, .owners, .stat]
        case .mknod, .mknodat: [.mtimes, .owners]
        case .getrandom, .set_robust_list, .set_tid_address, .getrlimit, .setrlimit, .prlimit64: [.random]
        case .getdents, .getdents64: [.order, .stat]
        case .uname, .membarrier, .landlock_create_ruleset: [.identity]
        case .sched_getaffinity, .sched_setaffinity, .getcpu, .getpriority, .setpriority, .sched_rr_get_interval: [.cpu]
        case .sysinfo, .statfs, .fstatfs: [.memory]
        case .lseek: [.fs]
        // A build that is not root hears what ordinary users hear, of which there is but one here.
        case .chown, .fchown, .lchown, .fchownat: [.mtimes, .owners, .stat]
        case .access, .faccessat, .faccessat2, .readlink, .readlinkat: []
        }
    }

    /// The controls whose answers a program gets from it. The others of `controls` only have to know of the call, to
    /// keep the times of files, or how much time has passed.
    package var consulted: Set<Control> {
        switch self {
        case .nanosleep, .poll, .ppoll, .select, .pselect6, .epoll_wait, .epoll_pwait, .epoll_pwait2, .rt_sigtimedwait,
            .semtimedop, .alarm, .setitimer, .futex, .futex_waitv, .chmod, .fchmod, .fchmodat, .utime, .utimes,
            .futimesat, .utimensat, .open, .creat, .openat, .openat2, .truncate, .ftruncate, .mkdir,
            .mkdirat, .mknod, .mknodat, .symlink, .symlinkat, .link, .linkat, .unlink, .unlinkat, .rmdir, .rename,
            .renameat, .renameat2, .set_robust_list, .set_tid_address, .getrlimit, .setrlimit, .prlimit64:
            []
        case .chown, .fchown, .lchown, .fchownat: [.owners]
        case .ioctl: [.clock]
        default: controls
        }
    }

    /// Whether the call is notified with these states of the controls.
    ///
    /// - Parameter traced: whether there is a trace, which has to know of more calls, and of those that a control left to the
    ///   host would answer.
    package func isNotified(_ states: ControlStates, traced: Bool = false) -> Bool {
        if traced, isOfTrace || !consulted.isEmpty { return true }
        guard !isOfTraceAlone else { return false }
        guard controls.isEmpty else { return controls.contains(where: states.isVirtualised) }
        return NotifiedCall.allCases.contains { !$0.controls.isEmpty && $0.isNotified(states) }
    }

    /// The calls that are notified, as alternatives of conditions that all have to hold. The kernel looks at the
    /// arguments before it asks PID 1, so what needs no answer costs nothing.
    package func conditions(_ states: ControlStates, traced: Bool = false) -> [[ArgumentCondition]] {
        if traced, namesFiles { return [[]] }
        return conditionsOfWorld(states)
    }

    private func conditionsOfWorld(_ states: ControlStates) -> [[ArgumentCondition]] {
        switch self {
        // brk(NULL): nothing but a new program asks where its heap begins. arch_prctl(ARCH_SET_FS): the first thread.
        case .brk: [[ArgumentCondition(0, mask: .max, equals: 0)]]
        case .arch_prctl: [[.int(0, 0x1002)]]
        case .getrlimit, .setrlimit: [[.int(0, Self.lockLimit)]]
        // And all that is set for somebody who is named by number.
        case .prlimit64: [[.int(1, Self.lockLimit)], [ArgumentCondition(0, isNot: 0), ArgumentCondition(2, isNot: 0)]]
        // CLOCK_REALTIME, REALTIME_COARSE, TAI; MONOTONIC_RAW, which differs from MONOTONIC by what
        // the host's clock was slewed since it started; and the auxiliary clocks (16 to 23, kernel 6.17), which a host
        // may have or not. The others run for real, from zero.
        case .clock_gettime:
            [0, 4, 5, 11].map { [.int(0, $0)] } + [[ArgumentCondition(0, mask: 0xffff_fff8, equals: 16)]]
        // WAIT, WAIT_BITSET, WAIT_REQUEUE_PI, LOCK_PI and LOCK_PI2. Without a time there is nothing to know.
        case .futex: [0, 9, 11, 6, 13].map { [ArgumentCondition(1, mask: 0x7f, equals: $0), Self.hasTimeout] }
        case .futex_waitv, .epoll_pwait2, .semtimedop: [[ArgumentCondition(3, isNot: 0)]]
        case .ppoll, .rt_sigtimedwait: [[ArgumentCondition(2, isNot: 0)]]
        case .select, .pselect6: [[ArgumentCondition(4, isNot: 0)]]
        case .poll: Self.positive(2)
        case .epoll_wait, .epoll_pwait: Self.positive(3)
        // ITIMER_REAL. The others count the time that the process uses.
        case .setitimer: [[.int(0, 0)]]
        case .mq_timedsend, .mq_timedreceive: [[ArgumentCondition(4, isNot: 0)]]
        // IPC_STAT; SHM_STAT, MSG_STAT and SEM_STAT; and each with _ANY.
        case .shmctl: [2, 13, 15].map { [.int(1, $0)] }
        case .msgctl: [2, 11, 13].map { [.int(1, $0)] }
        case .semctl: [2, 18, 20].map { [.int(2, $0)] }
        // SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING of SOL_SOCKET, old and new.
        case .setsockopt: [29, 35, 37, 63, 64, 65].map { [.int(1, 1), .int(2, $0)] }
        // SIOCGSTAMP and SIOCGSTAMPNS, old and new.
        // And RNDGETENTCNT.
        case .ioctl: [0x8906, 0x8907, 0x8010_8906, 0x8010_8907, Self.entropyRequest].map { [.int(1, $0)] }
        // CLOCK_REALTIME_COARSE and MONOTONIC_COARSE, whose steps are as long as the kernel was made with, and the auxiliary
        // clocks.
        case .clock_getres:
            [5, 6].map { [.int(0, $0)] } + [[ArgumentCondition(0, mask: 0xffff_fff8, equals: 16)]]
        // MEMBARRIER_CMD_QUERY
        case .membarrier: [[.int(0, 0)]]
        // LANDLOCK_CREATE_RULESET_VERSION, and ERRATA, which is newer than the baseline.
        case .landlock_create_ruleset: [1, 2].map { [.int(2, $0)] }
        // Temporary folders have this mode.
        case .mkdir where !states.isVirtualised(.mtimes): [[.int(1, 0o700)]]
        case .mkdirat where !states.isVirtualised(.mtimes): [[.int(2, 0o700)]]
        case .open: Self.opens(1, states)
        case .openat: Self.opens(2, states)
        // SEEK_DATA and SEEK_HOLE.
        case .lseek: [3, 4].map { [.int(2, $0)] }
        default: [[]]
        }
    }

    private var isOfTraceAlone: Bool {
        switch self {
        case .access, .faccessat, .faccessat2, .readlink, .readlinkat: true
        default: false
        }
    }

    /// What a trace has to know of, whatever the world answers: the first calls of programs and forked processes, and names.
    private var isOfTrace: Bool { isFirst || namesFiles }

    /// The first calls of a program or a forked process.
    package var isFirst: Bool {
        switch self {
        case .brk, .arch_prctl, .set_robust_list, .set_tid_address: true
        default: false
        }
    }

    /// Whether a trace takes down the files that are named, with any arguments.
    private var namesFiles: Bool {
        switch self {
        case .open, .openat, .openat2, .creat, .truncate, .mkdir, .mkdirat, .symlink, .symlinkat, .link, .linkat,
            .unlink,
            .unlinkat, .rename, .renameat, .renameat2, .stat, .lstat, .newfstatat, .statx:
            true
        default: isOfTraceAlone
        }
    }

    /// An `int` that is more than 0: not negative, and one of the other bits is set. Most waits for events have no time, and
    /// many do not wait.
    private static func positive(_ argument: UInt32) -> [[ArgumentCondition]] {
        (0..<31).map { [ArgumentCondition(argument, mask: 0x8000_0000 | 1 << $0, equals: 1 << $0)] }
    }

    private static let hasTimeout = ArgumentCondition(3, isNot: 0)

    /// RLIMIT_LOCKS
    package static let lockLimit: UInt64 = 10

    /// RNDGETENTCNT
    package static let entropyRequest: UInt64 = 0x8004_5200

    /// What an open for reading has none of that could be for a device of random numbers, or for a file of `/proc/sysvipc`:
    /// O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_DIRECTORY, O_PATH.
    private static let readMask: UInt64 = 0o10201103
    /// O_NOCTTY alone is how gcc opens its headers; with O_NONBLOCK or O_CLOEXEC it is anything.
    private static let noTerminal: UInt64 = 0o400
    private static let others: [UInt64] = [0o4000, 0o2000000]

    /// Whether an open with these flags is notified because of what it may read.
    package static func isRead(flags: UInt64) -> Bool {
        guard flags & readMask == 0 else { return false }
        return flags & noTerminal == 0 || others.contains { flags & $0 != 0 }
    }

    private static func opens(_ argument: UInt32, _ states: ControlStates) -> [[ArgumentCondition]] {
        (states.isVirtualised(.mtimes) || states.isVirtualised(.random) ? opensForChange(argument) : [])
            + (states.isVirtualised(.random) || states.isVirtualised(.clock) ? opensForReading(argument) : [])
    }

    private static func opensForReading(_ argument: UInt32) -> [[ArgumentCondition]] {
        [[ArgumentCondition(argument, mask: readMask | noTerminal, equals: 0)]]
            + others.map {
                [ArgumentCondition(argument, mask: readMask | noTerminal | $0, equals: noTerminal | $0)]
            }
    }

    /// O_WRONLY, O_RDWR, O_CREAT or O_TRUNC.
    private static func opensForChange(_ argument: UInt32) -> [[ArgumentCondition]] {
        [
            [ArgumentCondition(argument, mask: 3, equals: 1)], [ArgumentCondition(argument, mask: 3, equals: 2)],
            [.bits(argument, 0o100)], [.bits(argument, 0o1000)],
        ]
    }
}

extension ArgumentCondition {
    /// The kernel looks at the lower half of an `int` argument only.
    fileprivate static func int(_ argument: UInt32, _ value: UInt64) -> ArgumentCondition {
        ArgumentCondition(argument, mask: 0xffff_ffff, equals: value)
    }

    /// All of these bits are set.
    fileprivate static func bits(_ argument: UInt32, _ bits: UInt64) -> ArgumentCondition {
        ArgumentCondition(argument, mask: bits, equals: bits)
    }
}
