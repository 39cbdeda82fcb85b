internal import BelljarKernel

/// Which names of `/proc` are listed: those that every kernel has. What later ones brought, and what depends on how a kernel
/// was made, is there for who asks for it by its name.
enum ProcNames {
    /// `/proc` itself.
    case root
    /// A process, or one of its threads.
    case process
    /// What a process tells the security modules that there are.
    case attributes
    /// Any other directory: all names are listed.
    case other

    /// - Parameter path: of a directory, without links.
    init(_ path: UnsafeRawBufferPointer) {
        let parts = unsafe path.split(separator: UInt8(ascii: "/"), maxSplits: 5)
        let isProcess = unsafe parts.count > 1 && Self.isNumber(UnsafeRawBufferPointer(rebasing: parts[1]))
        let isThread = unsafe parts.count > 3 && parts[2].elementsEqual("task".utf8)
        switch unsafe parts.count {
        case 1: self = .root
        case 2 where isProcess, 4 where isProcess && isThread: self = .process
        case 3 where isProcess, 5 where isProcess && isThread:
            self = unsafe parts[parts.count - 1].elementsEqual("attr".utf8) ? .attributes : .other
        default: self = .other
        }
    }

    /// Whether a name is listed.
    func shows(_ name: UnsafeRawBufferPointer) -> Bool {
        let names: [StaticString]
        switch self {
        case .root: names = Self.rootNames
        case .process: names = Self.processNames
        case .attributes: names = Self.attributeNames
        case .other: return true
        }
        if unsafe Self.isNumber(name) || name[0] == UInt8(ascii: ".") { return true }
        return names.contains { other in
            unsafe name.count == other.utf8CodeUnitCount
                && name.elementsEqual(UnsafeRawBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
        }
    }

    static func isNumber(_ name: UnsafeRawBufferPointer) -> Bool {
        unsafe !name.isEmpty && name.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    private static let rootNames: [StaticString] = [
        "buddyinfo", "bus", "cgroups", "cmdline", "consoles", "cpuinfo", "devices", "diskstats", "driver",
        "execdomains",
        "filesystems", "fs", "interrupts", "iomem", "ioports", "kallsyms", "key-users", "keys", "kmsg", "loadavg",
        "locks",
        "meminfo", "misc", "mounts", "net", "partitions", "self", "softirqs", "stat", "swaps", "sys", "sysvipc",
        "thread-self", "tty", "uptime", "version", "vmstat", "zoneinfo",
    ]

    private static let processNames: [StaticString] = [
        "attr", "auxv", "cgroup", "clear_refs", "cmdline", "comm", "coredump_filter", "cwd", "environ", "exe",
        "fd", "fdinfo", "gid_map", "io", "limits", "loginuid", "maps", "mem", "mountinfo", "mounts", "mountstats",
        "net",
        "ns", "oom_adj", "oom_score", "oom_score_adj", "pagemap", "personality", "projid_map", "root", "sessionid",
        "setgroups", "smaps", "smaps_rollup", "stat", "statm", "status", "syscall", "task", "timerslack_ns", "uid_map",
        "wchan",
    ]

    private static let attributeNames: [StaticString] = [
        "current", "exec", "fscreate", "keycreate", "prev", "sockcreate",
    ]
}
