internal import BelljarControls

/// Rules of the filter F3 by which every kernel has what the baseline has, below the level of system calls: options and
/// requests that came later do not exist, and numbers that only the kernel gives out are not told.
extension SeccompProfile {
    private static let socketLevel: UInt64 = 1

    static var laterThings: [Rule] { laterControls + laterSocketOptions + laterRequests + laterFlags }

    /// Options of prctl(2) (include/uapi/linux/prctl.h). The baseline has those up to 64, and two named by letters: who may trace,
    /// and names of memory. PR_SCHED_CORE (62) tells a number of the kernel's.
    private static var laterControls: [Rule] {
        let known = [UInt64](0...64).filter { $0 != 62 } + [0x5961_6d61, 0x5356_4d41]
        return refuse("prctl", .invalid, argument: 0, bits: int, otherThan: known)
    }

    /// Options of sockets in general (include/uapi/asm-generic/socket.h): up to SO_RCVMARK; of TCP up to TCP_TX_DELAY; of IP all but
    /// IP_LOCAL_PORT_RANGE and IP_PROTOCOL.
    private static var laterSocketOptions: [Rule] {
        var rules: [Rule] = []
        for name in ["getsockopt", "setsockopt"] {
            for (level, last) in [(socketLevel, 75), (6, 37)] as [(UInt64, UInt64)] {
                let later = refuse(name, .unknownOption, argument: 2, bits: int, otherThan: [UInt64](0...last))
                rules += later.map { at(level: level, $0) }
            }
            for option in [51, 52] as [UInt64] {
                let comparison = Comparison(argument: 2, mask: int, value: option)
                rules.append(
                    at(level: 0, Rule(call: number(name), action: .error(.unknownOption), comparisons: [comparison])))
            }
        }
        return rules
    }

    /// Requests of ioctl(2) by their type, in the second byte: 0x15 are those of all file systems (FS_IOC_GETFSUUID and what
    /// follows), 0xff those of descriptors that stand for processes, 0x8a those of epoll; of namespaces (0xb7) the ones that have an answer, such as
    /// NS_GET_MNTNS_ID and NS_GET_ID. And two of files of `/proc`: PROCMAP_QUERY and PAGEMAP_SCAN.
    private static var laterRequests: [Rule] {
        let types: [(mask: UInt64, value: UInt64)] = [
            (0xff00, 0x1500), (0xff00, 0xff00), (0xff00, 0x8a00), (0x8000_ff00, 0x8000_b700), (int, 0xc068_6611),
            (int, 0xc060_6610),
        ]
        return types.map { mask, value in
            Rule(
                call: number("ioctl"), action: .error(.unknownRequest),
                comparisons: [Comparison(argument: 1, mask: mask, value: value)])
        }
    }

    /// Flags of calls that are not made often. (A rule for mmap or fcntl would cost all programs something.) MFD_NOEXEC_SEAL and
    /// MFD_EXEC, PIDFD_THREAD, any flag of pidfd_send_signal, AT_EXECVE_CHECK.
    private static var laterFlags: [Rule] {
        var rules = refuse("memfd_create", .invalid, argument: 1, bits: 0x18, otherThan: [0])
        rules += refuse("pidfd_open", .invalid, argument: 1, bits: 0o200, otherThan: [0])
        rules += refuse("pidfd_send_signal", .invalid, argument: 3, bits: int, otherThan: [0])
        rules += refuse("execveat", .invalid, argument: 4, bits: 0x1_0000, otherThan: [0])
        rules += refuse("landlock_restrict_self", .invalid, argument: 1, bits: int, otherThan: [0])
        // MEMBARRIER_CMD_GET_REGISTRATIONS; what madvise(2) may be told after MADV_COLLAPSE, but for two numbers of old.
        rules += refuse("membarrier", .invalid, argument: 0, bits: 0xffff_fe00, otherThan: [0])
        rules += refuse("madvise", .invalid, argument: 2, bits: int, otherThan: [UInt64](0...25) + [100, 101])
        // RWF_NOAPPEND, RWF_ATOMIC, RWF_DONTCACHE; FALLOC_FL_WRITE_ZEROES.
        for name in ["preadv2", "pwritev2"] {
            rules += refuse(name, .notSupported, argument: 5, bits: 0xffff_ffe0, otherThan: [0])
        }
        rules += refuse("fallocate", .notSupported, argument: 1, bits: 0xffff_ff80, otherThan: [0])
        return rules
    }

    /// SO_COOKIE, SO_NETNS_COOKIE and SO_INCOMING_NAPI_ID.
    static var numbersOfTheKernel: [Rule] { [57, 71, 56].map { askingForOption($0) } }

    /// Clocks that ring while a machine sleeps: those of a machine without a clock of its own for that, as many virtual ones are.
    static var clocksOfAlarms: [Rule] {
        let answers: [(name: String, error: FilterErrno)] = [
            ("clock_gettime", .invalid), ("clock_getres", .invalid), ("timer_create", .notSupported),
        ]
        var rules: [Rule] = []
        for answer in answers {
            for clock in [8, 9] as [UInt64] {
                let comparison = Comparison(argument: 0, mask: int, value: clock)
                rules.append(Rule(call: number(answer.name), action: .error(answer.error), comparisons: [comparison]))
            }
        }
        return rules
    }

    /// SO_INCOMING_CPU; and PR_GET_SPECULATION_CTRL, to which 0 is the answer of a processor without weaknesses.
    static var numbersOfProcessors: [Rule] {
        let speculation = Comparison(argument: 0, mask: int, value: 52)
        // Of arch_prctl(2), what sets and gets segments, and whether CPUID is allowed: the others tell what a processor has (wide
        // registers, shadow stacks, tags in addresses), or map the kernel's shared object once more.
        let segments = refuse(
            "arch_prctl", .invalid, argument: 0, bits: int, otherThan: [0x1001, 0x1002, 0x1003, 0x1004, 0x1011])
        return segments + [
            askingForOption(49),
            Rule(call: number("prctl"), action: .error(.pretendedSuccess), comparisons: [speculation]),
        ]
    }

    private static func askingForOption(_ option: UInt64) -> Rule {
        atSocketLevel(
            Rule(
                call: number("getsockopt"), action: .error(.unknownOption),
                comparisons: [Comparison(argument: 2, mask: int, value: option)]))
    }

    private static func atSocketLevel(_ rule: Rule) -> Rule { at(level: socketLevel, rule) }

    private static func at(level: UInt64, _ rule: Rule) -> Rule {
        var made = rule
        made.comparisons.insert(Comparison(argument: 1, mask: int, value: level), at: 0)
        return made
    }
}
