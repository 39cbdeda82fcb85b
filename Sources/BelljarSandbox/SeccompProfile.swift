internal import BelljarControls

/// A set of rules that becomes one filter.
struct SeccompProfile: Sendable {
    /// What a filter answers, as the kernel's action numbers (include/uapi/linux/seccomp.h).
    enum Action: Hashable, Sendable {
        case allow
        case error(FilterErrno)
        /// PID 1 answers.
        case notify
    }

    /// True if the argument, looked at through the mask, has this value. The mask says which bits the kernel itself
    /// looks at: an `int` argument leaves the upper half of its register free, and a filter that compared all 64 bits
    /// could be passed by with one of them set.
    struct Comparison: Hashable, Sendable {
        /// 0...5
        var argument: UInt32
        var mask: UInt64
        var value: UInt64
        /// True if the argument is to be anything else; only with a mask of all bits.
        var isNegated = false
    }

    struct Rule: Hashable, Sendable {
        var call: UInt32
        var action: Action
        /// All of them have to be true; at most one for each argument (libseccomp takes no more).
        var comparisons: [Comparison] = []
    }

    /// Letters, digits and `-`: part of a file name in the cache.
    var name: String
    var fallback: Action
    var rules: [Rule]

    /// F1: what is not in the baseline and allowed does not exist.
    static let baseline = SeccompProfile(
        name: "baseline", fallback: .error(.notImplemented),
        rules: SystemCallTable.families.filter { $0.answer == .allow || $0.answer == .byArgument }.flatMap { family in
            family.calls.map { Rule(call: $0.key, action: .allow) }
        })

    /// F2 for builds. It is loaded last, so that its answers win over the ENOSYS of the baseline.
    static let builder = SeccompProfile(name: "builder", fallback: .allow, rules: refusals + argumentRules)

    /// F2 for the configuration of toolchain images: changes of owner succeed and do nothing.
    ///
    /// With one mapped id they could only fail, and that alone is what maintainer scripts stumble over. Nothing else
    /// is pretended.
    static let fakeRoot = SeccompProfile(
        name: "fake-root", fallback: .allow,
        rules: builder.rules
            + ["chown", "fchown", "lchown", "fchownat"].map {
                Rule(call: number($0), action: .error(.pretendedSuccess))
            })

    /// F2 where PID 1 remembers owners: it answers every call that makes a device, and lets none through.
    static let ownerOfAll = SeccompProfile(
        name: "owner-of-all", fallback: .allow, rules: builder.rules.filter { !nodes.contains($0) })

    /// F3: asks PID 1 about what it virtualises, and refuses what the world does not have. An error from one of the
    /// others wins over it.
    static func world(_ states: ControlStates, traced: Bool = false) -> SeccompProfile {
        let rules = NotifiedCall.allCases.filter { $0.isNotified(states, traced: traced) }.flatMap { call in
            call.conditions(states, traced: traced).map { conditions in
                Rule(call: call.rawValue, action: .notify, comparisons: conditions.map(Comparison.init))
            }
        }
        return SeccompProfile(name: "world", fallback: .allow, rules: rules + absences(states))
    }

    /// What a world does not have, so that nobody has to be asked about it.
    private static func absences(_ states: ControlStates) -> [Rule] {
        var rules: [Rule] = []
        if states.isVirtualised(.cpu) {
            // The kernel would write the number of the processor to where rseq says, at any time and without being
            // asked. The others are about nodes of memory, which a kernel for machines with one does not have.
            let calls = [
                "rseq", "get_mempolicy", "set_mempolicy", "mbind", "migrate_pages", "move_pages",
                "set_mempolicy_home_node",
            ]
            rules += calls.map { Rule(call: number($0), action: .error(.notImplemented)) }
        }
        if states.isVirtualised(.fs) { rules += fileSystemRequests }
        if states.isVirtualised(.identity) { rules += laterThings + numbersOfTheKernel }
        if states.isVirtualised(.cpu) { rules += numbersOfProcessors }
        if states.isVirtualised(.clock) { rules += clocksOfAlarms }
        return rules
    }

    private static var refusals: [Rule] {
        SystemCallTable.families.flatMap { family -> [Rule] in
            guard case .refuse(let error) = family.answer else { return [] }
            return family.calls.map { Rule(call: $0.key, action: .error(error)) }
        }
    }
}

// MARK: - Nested namespaces

extension SeccompProfile {
    /// What needs capabilities over namespaces, which a build has in those that it made itself and in no others.
    /// Joining one (setns) and the mount API by descriptors stay refused.
    private static let nestingCalls = ["unshare", "mount", "umount2", "pivot_root", "chroot"]

    /// Namespaces of host names, System V objects, networks, control groups and clocks are not to be made: a build has
    /// its own already, and each is a part of the kernel that becomes open to it. Bits of clone and unshare:
    /// CLONE_NEWCGROUP, NEWUTS, NEWIPC, NEWNET, and for unshare NEWTIME, which for clone is part of the exit signal.
    private static let closedNamespaces: [UInt64] = [0x0200_0000, 0x0400_0000, 0x0800_0000, 0x4000_0000]
    private static let newTime: UInt64 = 0x80

    /// F1 for builds that may nest.
    static let nestedBaseline = SeccompProfile(
        name: "nested-baseline", fallback: baseline.fallback,
        rules: baseline.rules + nestingCalls.map { Rule(call: number($0), action: .allow) })

    /// This F2 for builds that may nest.
    var nested: SeccompProfile {
        let opened = Set((Self.nestingCalls + ["clone"]).map(Self.number))
        let closed = ["clone", "unshare"].flatMap { name in
            (Self.closedNamespaces + (name == "unshare" ? [Self.newTime] : [])).flatMap { bit in
                Self.refuse(name, .notPermitted, argument: 0, bits: bit, otherThan: [0])
            }
        }
        return SeccompProfile(
            name: "nested-" + name, fallback: fallback, rules: rules.filter { !opened.contains($0.call) } + closed)
    }
}

// MARK: - Rules that look at arguments

extension SeccompProfile {
    /// The bits that the kernel looks at in an `int` argument.
    static let int: UInt64 = 0xffff_ffff

    /// Refusals of some arguments of the calls in the table's `byArgument` family.
    static var argumentRules: [Rule] {
        newNamespaces + terminalInput + addressFamilies + personalities + nodes + whiteouts + limits
    }

    /// clone with any of CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. (CLONE_NEWTIME lies in the
    /// bits where clone keeps the exit signal, and works with clone3 and unshare only.)
    private static var newNamespaces: [Rule] {
        refuse("clone", .notPermitted, argument: 0, bits: 0x7e02_0000, otherThan: [0])
    }

    /// TIOCSTI types into the terminal of whoever started belljar; TIOCLINUX pastes into it. TIOCSETD has a terminal
    /// served by the kernel's parts for modems and serial buses, which are loaded for whoever asks.
    private static var terminalInput: [Rule] {
        [0x5412, 0x541c, 0x5423].map { request in
            Rule(
                call: number("ioctl"), action: .error(.notPermitted),
                comparisons: [Comparison(argument: 1, mask: int, value: request)])
        }
    }

    /// AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK; of netlink only NETLINK_ROUTE, which getifaddrs uses. Every other
    /// family is a kernel module that nothing in a build needs. So is every protocol of the internet but ICMP, TCP, UDP,
    /// ICMPv6 and raw packets, which the kernel itself refuses.
    private static var addressFamilies: [Rule] {
        let netlink = Comparison(argument: 0, mask: int, value: 16)
        let families = ["socket", "socketpair"].flatMap {
            refuse($0, .unknownAddressFamily, argument: 0, bits: int, otherThan: [1, 2, 10, 16])
        }
        let protocols = refuse("socket", .unknownAddressFamily, argument: 2, bits: int, otherThan: [0])
        let internet = [2, 10].flatMap { (family: UInt64) in
            refuse("socket", .unknownProtocol, argument: 2, bits: int, otherThan: [0, 1, 6, 17, 58, 255]).map {
                let isFamily = Comparison(argument: 0, mask: int, value: family)
                return Rule(call: $0.call, action: $0.action, comparisons: [isFamily] + $0.comparisons)
            }
        }
        return families + internet
            + protocols.map { Rule(call: $0.call, action: $0.action, comparisons: [netlink] + $0.comparisons) }
    }

    /// PER_LINUX, PER_LINUX32 and UNAME26, alone and together, ADDR_NO_RANDOMIZE, and the question (-1). The others
    /// switch off protections or emulate other systems.
    private static var personalities: [Rule] {
        refuse(
            "personality", .notPermitted, argument: 0, bits: int,
            otherThan: [0, 0x8, 0x2_0000, 0x2_0008, 0x4_0000, 0xffff_ffff])
    }

    /// mknod of regular files (also as type 0), fifos and sockets. A character device 0:0 needs no privilege and is a
    /// whiteout to overlayfs.
    private static var nodes: [Rule] {
        [("mknod", 1), ("mknodat", 2)].flatMap { name, argument in
            refuse(
                name, .notPermitted, argument: argument, bits: 0o170000,
                otherThan: [0, 0o100000, 0o010000, 0o140000])
        }
    }

    /// RENAME_WHITEOUT, the other way to make such a device.
    private static var whiteouts: [Rule] {
        refuse("renameat2", .notPermitted, argument: 4, bits: 0x4, otherThan: [0])
    }

    /// prlimit64 with limits for a process that is named, where PID 1 does not answer it (`LockLimits.swift`): a filter does
    /// not know the caller's own number. The kernel asks for equal ids only, and PID 1 has
    /// the build's: without descriptors it could not look how much memory the build has, nor answer for anything.
    private static var limits: [Rule] {
        let isSetting = Comparison(argument: 2, mask: .max, value: 0, isNegated: true)
        return refuse("prlimit64", .notPermitted, argument: 0, bits: int, otherThan: [0]).map {
            Rule(call: $0.call, action: $0.action, comparisons: $0.comparisons + [isSetting])
        }
    }

    /// This F2 where PID 1 answers what is set for a process that is named.
    var withoutLimits: SeccompProfile {
        let call = Self.number("prlimit64")
        return SeccompProfile(name: name, fallback: fallback, rules: rules.filter { $0.call != call })
    }

    /// Requests that only some file systems know. A file system without shared extents answers EOPNOTSUPP to FICLONE,
    /// FICLONERANGE, FIDEDUPERANGE and FIEMAP, and one without attributes of its own ENOTTY to FS_IOC_GETFLAGS,
    /// SETFLAGS, FSGETXATTR, FSSETXATTR and GETVERSION (include/uapi/linux/fs.h).
    private static var fileSystemRequests: [Rule] {
        let extents: [UInt64] = [0x4004_9409, 0x4020_940d, 0xc018_9436, 0xc020_660b]
        let attributes: [UInt64] = [0x8008_6601, 0x4008_6602, 0x801c_581f, 0x401c_5820, 0x8008_7601]
        let refusals: [(requests: [UInt64], error: FilterErrno)] = [
            (extents, .notSupported), (attributes, .unknownRequest),
        ]
        return refusals.flatMap { requests, error in
            requests.map { request in
                Rule(
                    call: number("ioctl"), action: .error(error),
                    comparisons: [Comparison(argument: 1, mask: int, value: request)])
            }
        }
    }

    /// Rules that refuse a call whose argument, in these bits, is none of the values.
    static func refuse(
        _ name: String, _ error: FilterErrno, argument: UInt32, bits: UInt64, otherThan values: [UInt64]
    ) -> [Rule] {
        let call = number(name)
        return Comparison.everything(in: bits, but: values).map {
            Rule(
                call: call, action: .error(error),
                comparisons: [Comparison(argument: argument, mask: $0.mask, value: $0.value)])
        }
    }

    /// The number of a system call of the table.
    static func number(_ name: String) -> UInt32 {
        for family in SystemCallTable.families {
            for call in family.calls where call.value == name { return call.key }
        }
        preconditionFailure("no system call \(name) in the table")
    }
}

extension SeccompProfile.Comparison {
    fileprivate init(_ condition: ArgumentCondition) {
        self.init(
            argument: condition.argument, mask: condition.mask, value: condition.value,
            isNegated: condition.isNegated)
    }

    /// The masked values that together match everything but the given values.
    ///
    /// libseccomp takes one comparison for each argument of a rule, so "neither a nor b" cannot be said directly.
    /// Going down the bits from the highest, each branch without any of the values is matched as a whole.
    static func everything(in bits: UInt64, but values: [UInt64]) -> [(mask: UInt64, value: UInt64)] {
        var matches: [(mask: UInt64, value: UInt64)] = []
        func descend(_ mask: UInt64, _ value: UInt64, _ kept: [UInt64]) {
            guard !kept.isEmpty else { return matches.append((mask, value)) }
            let open = bits & ~mask
            guard open != 0 else { return }
            let bit = UInt64(1) << UInt64(63 - open.leadingZeroBitCount)
            descend(mask | bit, value, kept.filter { $0 & bit == 0 })
            descend(mask | bit, value | bit, kept.filter { $0 & bit != 0 })
        }
        descend(0, 0, values)
        return matches
    }
}

// MARK: - Identity

extension SeccompProfile {
    /// All that decides what the filter does, in bytes: profiles with equal encodings give equal filters.
    var encoding: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32 * rules.count)
        func put(_ number: some FixedWidthInteger) {
            for shift in stride(from: 0, to: number.bitWidth, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        put(fallback.number)
        for rule in rules {
            put(rule.call)
            put(rule.action.number)
            put(UInt32(rule.comparisons.count))
            for comparison in rule.comparisons {
                put(comparison.argument)
                put(comparison.mask)
                put(comparison.value)
                put(UInt8(comparison.isNegated ? 1 : 0))
            }
        }
        return bytes
    }
}

extension SeccompProfile.Action {
    /// SECCOMP_RET_ALLOW, SECCOMP_RET_USER_NOTIF, or SECCOMP_RET_ERRNO with the error in the lower half.
    var number: UInt32 {
        switch self {
        case .allow: 0x7fff_0000
        case .error(let error): 0x0005_0000 | UInt32(error.rawValue)
        case .notify: 0x7fc0_0000
        }
    }
}
