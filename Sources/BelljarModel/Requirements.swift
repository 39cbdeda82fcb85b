/// What a build needs of a host, beside a sandbox. Decides no result, so it is part of no action.
package struct Requirements: Hashable, Sendable {
    /// `6.12`: that release of the kernel or a newer one.
    package var kernel: String?
    /// Names of features, as `belljar doctor` has them.
    package var features: [String]
    /// Memory of the machine in bytes.
    package var memoryBytes: UInt64?
    /// Free space in bytes on the store's file system.
    package var diskBytes: UInt64?
    package var isa: InstructionSet?

    package init(
        kernel: String? = nil, features: [String] = [], memoryBytes: UInt64? = nil, diskBytes: UInt64? = nil,
        isa: InstructionSet? = nil
    ) {
        self.kernel = kernel
        self.features = features
        self.memoryBytes = memoryBytes
        self.diskBytes = diskBytes
        self.isa = isa
    }

    package static let none = Requirements()

    package var isEmpty: Bool { self == .none }

    /// Features of the kernel that a recipe can require: those that `belljar doctor` tries out.
    package static let knownFeatures = [
        "belljar-init", "devices", "settings", "user-namespace", "mount-namespace", "pid-namespace",
        "network-namespace", "ipc-namespace", "uts-namespace", "cgroup-namespace", "time-namespace", "mount-api",
        "detached-program", "tmpfs", "overlay", "overlay-layers", "proc", "inheritance", "openat2", "pidfd",
        "memory-file-seals", "fixed-addresses", "seccomp", "seccomp-notification", "seccomp-notification-killable",
        "seccomp-notification-sync", "cgroup-v2-delegation", "landlock", "pid-limit",
    ]
}

/// Levels of the x86-64 psABI, each with all that the ones before it have.
package enum InstructionSet: String, Hashable, Sendable, CaseIterable, Comparable {
    case x86_64 = "x86-64"
    case v2 = "x86-64-v2"
    case v3 = "x86-64-v3"
    case v4 = "x86-64-v4"

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// What the level adds, by the names of `/proc/cpuinfo`. (LZCNT is `abm` there, and SSE3 `pni`.)
    package var flags: [String] {
        switch self {
        case .x86_64: ["lm", "cmov", "cx8", "fpu", "fxsr", "mmx", "sse", "sse2"]
        case .v2: ["cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"]
        case .v3: ["abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"]
        case .v4: ["avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"]
        }
    }

    /// The highest level whose flags, and those of all below, are there; nil for none.
    package init?(flags: Set<String>) {
        guard let level = Self.allCases.prefix(while: { $0.flags.allSatisfy(flags.contains) }).last else { return nil }
        self = level
    }
}
