import BelljarControls
import Testing

@testable import BelljarSandbox

/// What the filters do with arguments, asked by the kernel's names for these. The rules hold numbers; a wrong one lets a
/// request through that reaches the host, or leaves a call of the build's to the kernel that PID 1 was to answer.
@Suite(.enabled(if: KernelHeaders.areThere, KernelHeaders.reason)) struct FilterNumberTests {
    private typealias Name = KernelHeaders.Name

    /// Arguments that are all treated alike.
    private struct Case {
        let call: String
        /// Which argument the names are for.
        let place: Int
        let names: [Name]
        /// What the rules for it say.
        let action: SeccompProfile.Action
        /// Other arguments by their places.
        let others: [Int: UInt64]

        init(
            _ call: String, _ place: Int, _ names: [Name], _ action: SeccompProfile.Action, others: [Int: UInt64] = [:]
        ) {
            (self.call, self.place, self.names, self.action, self.others) = (call, place, names, action, others)
        }
    }

    /// As the kernel would look at the rules, all of which are about the call by itself.
    private func action(of profile: SeccompProfile, _ call: String, _ arguments: [UInt64]) -> SeccompProfile.Action {
        let number = SeccompProfile.number(call)
        let rule = profile.rules.first { rule in
            rule.call == number
                && rule.comparisons.allSatisfy { comparison in
                    let isThere = arguments[Int(comparison.argument)] & comparison.mask == comparison.value
                    return isThere != comparison.isNegated
                }
        }
        return rule?.action ?? profile.fallback
    }

    private func check(_ cases: [Case], _ profile: SeccompProfile, _ headers: [String] = KernelHeaders.kernel) throws {
        let numbers = try KernelHeaders.numbers(of: Array(Set(cases.flatMap(\.names))), headers)
        for test in cases {
            for name in test.names {
                guard let number = numbers[name] else { continue }
                for upper in [0, 0xdead_beef_0000_0000] as [UInt64] {
                    var arguments = [UInt64](repeating: 0, count: 6)
                    for (place, value) in test.others { arguments[place] = value }
                    arguments[test.place] = number & 0xffff_ffff | upper
                    let found = action(of: profile, test.call, arguments)
                    #expect(found == test.action, "\(test.call) with \(name.text), \(number)")
                }
            }
        }
    }

    // MARK: Every build

    @Test func whatReachesBeyondABuildIsRefused() throws {
        try check(
            [
                Case("ioctl", 1, ["TIOCSTI", "TIOCLINUX", "TIOCSETD"], .error(.notPermitted)),
                Case("ioctl", 1, ["TCGETS", "TIOCGWINSZ", "TIOCSCTTY", "FIONREAD", "FIOCLEX"], .allow),
                Case(
                    "clone", 0,
                    [
                        "CLONE_NEWNS", "CLONE_NEWCGROUP", "CLONE_NEWUTS", "CLONE_NEWIPC", "CLONE_NEWUSER",
                        "CLONE_NEWPID", "CLONE_NEWNET", "CLONE_NEWUSER | SIGCHLD",
                    ], .error(.notPermitted)),
                Case(
                    "clone", 0,
                    [
                        "SIGCHLD", "CLONE_VM | CLONE_VFORK | SIGCHLD", "CLONE_PARENT_SETTID", "CLONE_IO",
                        "CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID", "CLONE_UNTRACED", "CLONE_PTRACE",
                        "CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS",
                    ], .allow),
                Case("mknod", 1, ["S_IFCHR | 0644", "S_IFBLK"], .error(.notPermitted)),
                Case("mknodat", 2, ["S_IFCHR", "S_IFBLK | 0600"], .error(.notPermitted)),
                Case("mknodat", 2, ["S_IFREG | 0644", "S_IFIFO", "S_IFSOCK", "0644"], .allow),
                Case("renameat2", 4, ["RENAME_WHITEOUT"], .error(.notPermitted)),
                Case("renameat2", 4, ["RENAME_NOREPLACE", "RENAME_EXCHANGE"], .allow),
                Case(
                    "personality", 0,
                    ["PER_LINUX", "PER_LINUX32", "UNAME26", "PER_LINUX32 | UNAME26", "ADDR_NO_RANDOMIZE", "-1"], .allow),
                Case(
                    "personality", 0,
                    ["READ_IMPLIES_EXEC", "ADDR_COMPAT_LAYOUT", "MMAP_PAGE_ZERO", "PER_SVR4", "PER_BSD"],
                    .error(.notPermitted)),
            ], .builder)
    }

    /// The C library's headers have the families of addresses; the kernel keeps them to itself.
    @Test func socketsAreOfAFewKinds() throws {
        try check(
            [
                Case("socket", 0, ["AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"], .allow),
                Case("socketpair", 0, ["AF_UNIX"], .allow),
                Case(
                    "socket", 0,
                    [
                        "AF_UNSPEC", "AF_AX25", "AF_PACKET", "AF_KEY", "AF_ALG", "AF_VSOCK", "AF_XDP", "AF_BLUETOOTH",
                        "AF_CAN", "AF_TIPC", "AF_RDS", "AF_QIPCRTR", "AF_KCM",
                    ], .error(.unknownAddressFamily)),
            ], .builder, KernelHeaders.library)
        let kinds: [Name] = [
            "IPPROTO_IP", "IPPROTO_ICMP", "IPPROTO_TCP", "IPPROTO_UDP", "IPPROTO_ICMPV6", "IPPROTO_RAW",
        ]
        let others: [Name] = ["IPPROTO_IGMP", "IPPROTO_DCCP", "IPPROTO_SCTP", "IPPROTO_UDPLITE", "IPPROTO_MPTCP"]
        for family in [2, 10] as [UInt64] {
            try check(
                [
                    Case("socket", 2, kinds, .allow, others: [0: family]),
                    Case("socket", 2, others, .error(.unknownProtocol), others: [0: family]),
                ], .builder)
        }
        try check(
            [
                Case("socket", 2, ["NETLINK_ROUTE"], .allow, others: [0: 16]),
                Case(
                    "socket", 2, ["NETLINK_KOBJECT_UEVENT", "NETLINK_AUDIT", "NETLINK_NETFILTER", "NETLINK_GENERIC"],
                    .error(.unknownAddressFamily), others: [0: 16]),
            ], .builder)
    }

    @Test func whoNestsMakesNoOtherNamespaces() throws {
        let closed: [Name] = ["CLONE_NEWCGROUP", "CLONE_NEWUTS", "CLONE_NEWIPC", "CLONE_NEWNET"]
        let opened: [Name] = ["CLONE_NEWUSER", "CLONE_NEWPID", "CLONE_NEWNS"]
        try check(
            [
                Case("clone", 0, closed, .error(.notPermitted)), Case("clone", 0, opened, .allow),
                Case("unshare", 0, closed + ["CLONE_NEWTIME"], .error(.notPermitted)),
                Case("unshare", 0, opened + ["CLONE_FS", "CLONE_FILES"], .allow),
            ], SeccompProfile.builder.nested)
    }

    @Test func anArchivesReaderMakesNothingExecutable() throws {
        try check(
            [
                Case("mmap", 2, ["PROT_READ", "PROT_READ | PROT_WRITE", "PROT_NONE"], .allow),
                Case("mmap", 2, ["PROT_EXEC", "PROT_READ | PROT_EXEC"], .error(.notPermitted)),
                Case("mprotect", 2, ["PROT_WRITE | PROT_EXEC"], .error(.notPermitted)),
            ], .archiveReader)
    }

    // MARK: The world

    @Test func whatThisWorldsFilesDoNotKnowIsRefused() throws {
        try check(
            [
                Case("ioctl", 1, ["FICLONE", "FICLONERANGE", "FIDEDUPERANGE", "FS_IOC_FIEMAP"], .error(.notSupported)),
                Case(
                    "ioctl", 1,
                    [
                        "FS_IOC_GETFLAGS", "FS_IOC_SETFLAGS", "FS_IOC_FSGETXATTR", "FS_IOC_FSSETXATTR",
                        "FS_IOC_GETVERSION", .since("6.7", "PAGEMAP_SCAN"), .since("6.9", "FS_IOC_GETFSUUID"),
                        .since("6.9", "EPIOCSPARAMS"), .since("6.11", "PROCMAP_QUERY"),
                        .since("6.11", "NS_GET_MNTNS_ID"), .since("6.11", "PIDFD_GET_PID_NAMESPACE"),
                    ], .error(.unknownRequest)),
                Case("ioctl", 1, ["NS_GET_USERNS", "NS_GET_PARENT", "NS_GET_NSTYPE", "TCGETS", "FIONBIO"], .allow),
                Case("lseek", 2, ["SEEK_DATA", "SEEK_HOLE"], .notify),
                Case("lseek", 2, ["SEEK_SET", "SEEK_CUR", "SEEK_END"], .allow),
            ], .world(.standard))
    }

    @Test func optionsOfLaterKernelsAreAbsent() throws {
        let socket: [Int: UInt64] = [1: 1]
        try check(
            [
                Case(
                    "prctl", 0, [.since("6.3", "PR_SET_MDWE"), .since("6.4", "PR_SET_MEMORY_MERGE"), "PR_SCHED_CORE"],
                    .error(.invalid)),
                Case("prctl", 0, ["PR_GET_SPECULATION_CTRL"], .error(.pretendedSuccess)),
                Case("prctl", 0, ["PR_SET_NAME", "PR_SET_NO_NEW_PRIVS", "PR_SET_PTRACER", "PR_SET_VMA"], .allow),
                Case("prctl", 0, ["PR_SME_GET_VL", "PR_SET_PDEATHSIG"], .allow),
                Case(
                    "getsockopt", 2,
                    [
                        "SO_COOKIE", "SO_NETNS_COOKIE", "SO_INCOMING_NAPI_ID", "SO_INCOMING_CPU",
                        .since("6.16", "SO_PASSRIGHTS"),
                    ], .error(.unknownOption), others: socket),
                Case("getsockopt", 2, ["SO_RCVMARK", "SO_TYPE", "SO_PEERCRED", "SO_ERROR"], .allow, others: socket),
                Case("setsockopt", 2, ["TCP_TX_DELAY", "TCP_NODELAY"], .allow, others: [1: 6]),
                Case("setsockopt", 2, [.since("6.7", "TCP_AO_ADD_KEY")], .error(.unknownOption), others: [1: 6]),
                Case(
                    "getsockopt", 2, [.since("6.3", "IP_LOCAL_PORT_RANGE"), .since("6.4", "IP_PROTOCOL")],
                    .error(.unknownOption)),
                Case("getsockopt", 2, ["IP_TTL", "IP_MULTICAST_ALL", "IP_UNICAST_IF"], .allow),
            ], .world(.standard))
    }

    @Test func flagsOfLaterKernelsAreAbsent() throws {
        try check(
            [
                Case("memfd_create", 1, ["MFD_CLOEXEC", "MFD_ALLOW_SEALING", "MFD_HUGETLB"], .allow),
                Case(
                    "memfd_create", 1, [.since("6.3", "MFD_NOEXEC_SEAL"), .since("6.3", "MFD_EXEC")], .error(.invalid)),
                Case("pidfd_open", 1, ["PIDFD_NONBLOCK"], .allow),
                Case("pidfd_open", 1, [.since("6.9", "PIDFD_THREAD"), "O_EXCL"], .error(.invalid)),
                Case("execveat", 4, ["AT_EMPTY_PATH", "AT_SYMLINK_NOFOLLOW"], .allow),
                Case("execveat", 4, [.since("6.14", "AT_EXECVE_CHECK")], .error(.invalid)),
                Case("membarrier", 0, ["MEMBARRIER_CMD_QUERY"], .notify),
                Case("membarrier", 0, ["MEMBARRIER_CMD_GLOBAL", "MEMBARRIER_CMD_PRIVATE_EXPEDITED"], .allow),
                Case("membarrier", 0, ["MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ"], .allow),
                Case("membarrier", 0, [.since("6.3", "MEMBARRIER_CMD_GET_REGISTRATIONS")], .error(.invalid)),
                Case(
                    "madvise", 2, ["MADV_DONTNEED", "MADV_COLLAPSE", "MADV_HWPOISON", "MADV_SOFT_OFFLINE"], .allow),
                Case("madvise", 2, [.since("6.13", "MADV_GUARD_INSTALL")], .error(.invalid)),
                Case("preadv2", 5, ["RWF_HIPRI", "RWF_NOWAIT", "RWF_APPEND"], .allow),
                Case("pwritev2", 5, [.since("6.9", "RWF_NOAPPEND")], .error(.notSupported)),
                Case(
                    "fallocate", 1, ["FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE", "FALLOC_FL_UNSHARE_RANGE"], .allow),
                Case("fallocate", 1, [.since("6.17", "FALLOC_FL_WRITE_ZEROES")], .error(.notSupported)),
                Case("arch_prctl", 0, ["ARCH_SET_FS"], .notify),
                Case("arch_prctl", 0, ["ARCH_SET_GS", "ARCH_GET_FS", "ARCH_GET_GS", "ARCH_GET_CPUID"], .allow),
                Case("arch_prctl", 0, ["ARCH_SET_CPUID", "ARCH_MAP_VDSO_64", "ARCH_GET_XCOMP_SUPP"], .error(.invalid)),
            ], .world(.standard))
    }

    @Test func clocksOfTheHostAreAskedAbout() throws {
        try check(
            [
                Case(
                    "clock_gettime", 0,
                    [
                        "CLOCK_REALTIME", "CLOCK_REALTIME_COARSE", "CLOCK_TAI", "CLOCK_MONOTONIC_RAW",
                        .since("6.17", "CLOCK_AUX"), .since("6.17", "CLOCK_AUX_LAST"),
                    ], .notify),
                Case(
                    "clock_gettime", 0,
                    [
                        "CLOCK_MONOTONIC", "CLOCK_MONOTONIC_COARSE", "CLOCK_BOOTTIME", "CLOCK_PROCESS_CPUTIME_ID",
                        "CLOCK_THREAD_CPUTIME_ID",
                    ], .allow),
                Case("clock_gettime", 0, ["CLOCK_REALTIME_ALARM", "CLOCK_BOOTTIME_ALARM"], .error(.invalid)),
                Case("timer_create", 0, ["CLOCK_REALTIME_ALARM", "CLOCK_BOOTTIME_ALARM"], .error(.notSupported)),
                Case("clock_getres", 0, ["CLOCK_REALTIME_COARSE", "CLOCK_MONOTONIC_COARSE"], .notify),
                Case("clock_getres", 0, ["CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_TAI"], .allow),
                Case("setitimer", 0, ["ITIMER_REAL"], .notify),
                Case("setitimer", 0, ["ITIMER_VIRTUAL", "ITIMER_PROF"], .allow),
                Case(
                    "setsockopt", 2,
                    [
                        "SO_TIMESTAMP_OLD", "SO_TIMESTAMPNS_OLD", "SO_TIMESTAMPING_OLD", "SO_TIMESTAMP_NEW",
                        "SO_TIMESTAMPNS_NEW", "SO_TIMESTAMPING_NEW",
                    ], .notify, others: [1: 1]),
                Case("setsockopt", 2, ["SO_REUSEADDR", "SO_RCVBUF", "SO_RCVTIMEO_OLD"], .allow, others: [1: 1]),
                Case(
                    "ioctl", 1,
                    ["SIOCGSTAMP_OLD", "SIOCGSTAMPNS_OLD", "SIOCGSTAMP_NEW", "SIOCGSTAMPNS_NEW", "RNDGETENTCNT"],
                    .notify),
                Case("shmctl", 1, ["IPC_STAT", "SHM_STAT", "SHM_STAT_ANY"], .notify),
                Case("msgctl", 1, ["IPC_STAT", "MSG_STAT", "MSG_STAT_ANY"], .notify),
                Case("semctl", 2, ["IPC_STAT", "SEM_STAT", "SEM_STAT_ANY"], .notify),
                Case("shmctl", 1, ["IPC_RMID", "IPC_SET", "IPC_INFO", "SHM_INFO", "SHM_LOCK"], .allow),
                Case("msgctl", 1, ["IPC_RMID", "IPC_SET", "MSG_INFO"], .allow),
                Case("semctl", 2, ["IPC_RMID", "SEM_INFO", "GETVAL", "SETALL"], .allow),
            ], .world(.standard))
    }

    @Test func waitsWithATimeAreAskedAbout() throws {
        let waits: [Name] = [
            "FUTEX_WAIT", "FUTEX_WAIT_BITSET", "FUTEX_WAIT_REQUEUE_PI", "FUTEX_LOCK_PI", "FUTEX_LOCK_PI2",
        ]
        let flagged: [Name] = waits.map { Name("\($0.text) | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME") }
        let others: [Name] = [
            "FUTEX_WAKE", "FUTEX_REQUEUE", "FUTEX_CMP_REQUEUE", "FUTEX_WAKE_OP", "FUTEX_UNLOCK_PI", "FUTEX_TRYLOCK_PI",
            "FUTEX_WAKE_BITSET", "FUTEX_CMP_REQUEUE_PI", "FUTEX_WAKE | FUTEX_PRIVATE_FLAG",
        ]
        try check(
            [
                Case("futex", 1, waits + flagged, .notify, others: [3: 0x7fff_0000]),
                Case("futex", 1, waits + flagged, .allow),
                Case("futex", 1, others, .allow, others: [3: 0x7fff_0000]),
            ], .world(.standard))
    }

    /// A flag too few here, and a device of random numbers is opened for real; one too many, and every header that a compiler opens
    /// costs a question.
    @Test func opensAreAskedAboutForWhatTheyMayDo() throws {
        let asked: [Name] = [
            "O_RDONLY", "O_RDONLY | O_CLOEXEC", "O_RDONLY | O_NONBLOCK", "O_NOCTTY | O_NONBLOCK",
            "O_NOCTTY | O_CLOEXEC",
            "O_WRONLY", "O_RDWR | O_NOCTTY", "O_CREAT | O_NOCTTY", "O_WRONLY | O_CREAT | O_TRUNC", "O_TRUNC | O_NOCTTY",
            "O_RDONLY | O_NOFOLLOW", "O_WRONLY | O_APPEND",
        ]
        let own: [Name] = ["O_NOCTTY", "O_PATH", "O_PATH | O_CLOEXEC", "O_DIRECTORY", "O_DIRECTORY | O_CLOEXEC"]
        try check(
            [
                Case("open", 1, asked, .notify), Case("openat", 2, asked, .notify), Case("open", 1, own, .allow),
                Case("openat", 2, own, .allow),
            ], .world(.standard))
        let numbers = try KernelHeaders.numbers(of: [
            "O_RDONLY", "O_NOCTTY | O_CLOEXEC", "O_NOCTTY", "O_PATH", "O_RDWR",
        ])
        let read = numbers.filter { NotifiedCall.isRead(flags: $0.value) }
        #expect(Set(read.keys) == ["O_RDONLY", "O_NOCTTY | O_CLOEXEC"])
    }

    @Test func limitsAndVersionsAreAskedAbout() throws {
        try check(
            [
                Case("getrlimit", 0, ["RLIMIT_LOCKS"], .notify), Case("setrlimit", 0, ["RLIMIT_LOCKS"], .notify),
                Case("prlimit64", 1, ["RLIMIT_LOCKS"], .notify),
                Case("getrlimit", 0, ["RLIMIT_NOFILE", "RLIMIT_AS", "RLIMIT_RTTIME"], .allow),
                Case(
                    "landlock_create_ruleset", 2,
                    ["LANDLOCK_CREATE_RULESET_VERSION", .since("6.15", "LANDLOCK_CREATE_RULESET_ERRATA")], .notify),
                Case("landlock_create_ruleset", 2, ["0"], .allow),
            ], .world(.standard))
    }

    // MARK: Answers

    @Test func actionsAndErrorsAreTheKernels() throws {
        func claim(_ name: Name, _ error: SeccompProfile.Action) -> KernelHeaders.Claim { .init(name, error.number) }
        #expect(
            try KernelHeaders.findings([
                claim("SECCOMP_RET_ALLOW", .allow), claim("SECCOMP_RET_USER_NOTIF", .notify),
                claim("SECCOMP_RET_ERRNO | EPERM", .error(.notPermitted)),
                claim("SECCOMP_RET_ERRNO", .error(.pretendedSuccess)),
                claim("SECCOMP_RET_ERRNO | EINVAL", .error(.invalid)),
                claim("SECCOMP_RET_ERRNO | ENOTTY", .error(.unknownRequest)),
                claim("SECCOMP_RET_ERRNO | ENOSYS", .error(.notImplemented)),
                claim("SECCOMP_RET_ERRNO | ENOPROTOOPT", .error(.unknownOption)),
                claim("SECCOMP_RET_ERRNO | EPROTONOSUPPORT", .error(.unknownProtocol)),
                claim("SECCOMP_RET_ERRNO | EOPNOTSUPP", .error(.notSupported)),
                claim("SECCOMP_RET_ERRNO | EAFNOSUPPORT", .error(.unknownAddressFamily)),
            ]) == [])
    }

    /// The instructions before every filter: they look at the architecture first, because the numbers mean other calls in others.
    @Test func theFirstInstructionsAreTheKernels() throws {
        let words = SeccompCompiler.withoutOtherNumbers
        try #require(words.count == 40)
        func code(_ index: Int) -> UInt64 { UInt64(words[8 * index]) | UInt64(words[8 * index + 1]) << 8 }
        func number(_ index: Int) -> UInt64 {
            (4..<8).reversed().reduce(0) { $0 << 8 | UInt64(words[8 * index + $1]) }
        }
        #expect(
            try KernelHeaders.findings([
                .init("BPF_LD | BPF_W | BPF_ABS", code(0)), .init(.place("arch", in: "seccomp_data"), number(0)),
                .init("BPF_JMP | BPF_JEQ | BPF_K", code(1)), .init("AUDIT_ARCH_X86_64", number(1)),
                .init("BPF_LD | BPF_W | BPF_ABS", code(2)), .init(.place("nr", in: "seccomp_data"), number(2)),
                .init("BPF_JMP | BPF_JGE | BPF_K", code(3)), .init("__X32_SYSCALL_BIT", number(3)),
                .init("BPF_RET | BPF_K", code(4)), .init("SECCOMP_RET_ERRNO | ENOSYS", number(4)),
            ]) == [])
    }
}
