internal import BelljarControls
internal import BelljarKernel

/// What this host, and whoever started belljar, say of what a sandbox needs, read where the kernel tells it. The number of an error
/// says that something was refused; this tells by what.
struct HostCondition: Sendable {
    struct Mount: Hashable, Sendable {
        var place: String
        /// `ro`, `noexec`, ...: of the mount alone.
        var options: Set<String>
        /// Of the file system.
        var type: String
        var fileSystemOptions: Set<String>
    }

    /// A range of ids of the user namespace that belljar runs in.
    struct Ids: Hashable, Sendable {
        var first: UInt32
        var count: UInt64

        func holds(_ id: UInt32) -> Bool { id >= first && UInt64(id - first) < count }
    }

    /// Sysctls by their path below /proc/sys, without the line's end; nil for one that there is not.
    var setting: @Sendable (String) -> String?
    /// `/proc/self/status` by names.
    var status: [String: String] = [:]
    /// What confines belljar by name, of AppArmor or SELinux; nil if nothing does.
    var securityLabel: String?
    var uids: [Ids] = []
    var effectiveUid: UInt32 = 1000
    /// As of `Host.procFault`.
    var procFault: String?
    var mounts: [Mount] = []
    var kernelRelease = ""
    /// Who builds run as if belljar runs as root.
    var account: Account?

    /// Of this host, now.
    static func current(account: Account?) -> HostCondition {
        HostCondition(
            setting: { DoctorFacts.setting($0) }, status: fields(text("/proc/self/status")), securityLabel: label(),
            uids: ids(text("/proc/self/uid_map")), effectiveUid: Host.effectiveUid, procFault: Host.procFault,
            mounts: mounts(text("/proc/self/mountinfo")), kernelRelease: (try? Host.kernel().release) ?? "",
            account: account)
    }

    private static func text(_ path: String) -> String {
        let bytes = try? Descriptor.workingDirectory.open(path).readAll(limit: 16 << 20)
        return String(decoding: bytes ?? [], as: UTF8.self)
    }

    static func fields(_ text: String) -> [String: String] {
        var found: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { found[String(parts[0])] = String(parts[1].drop { $0 == "\t" || $0 == " " }) }
        }
        return found
    }

    /// Lines of three numbers: inside, outside, how many.
    static func ids(_ text: String) -> [Ids] {
        text.split(separator: "\n").compactMap { line in
            let numbers = line.split(separator: " ").compactMap { UInt64($0) }
            guard numbers.count == 3 else { return nil }
            return Ids(first: UInt32(clamping: numbers[0]), count: numbers[2])
        }
    }

    /// Lines `ID PARENT DEVICE ROOT PLACE OPTIONS [TAGS] - TYPE SOURCE OPTIONS` (proc_pid_mountinfo(5)), in the order in which
    /// they were mounted.
    static func mounts(_ text: String) -> [Mount] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 6, let dash = words[6...].firstIndex(of: "-"), words.count > dash + 3 else {
                return nil
            }
            return Mount(
                place: String(words[4]), options: options(words[5]), type: String(words[dash + 1]),
                fileSystemOptions: options(words[dash + 3]))
        }
    }

    private static func options(_ text: Substring) -> Set<String> { Set(text.split(separator: ",").map(String.init)) }

    private static func label() -> String? {
        for path in ["/proc/self/attr/apparmor/current", "/proc/self/attr/current"] {
            let found = text(path).prefix { $0 != "\n" && $0 != "\0" }
            if !found.isEmpty { return found.hasPrefix("unconfined") ? nil : String(found) }
        }
        return nil
    }

    // MARK: Conclusions

    /// Whether somebody loaded a seccomp filter before belljar was started.
    var isFiltered: Bool { status["Seccomp"] == "2" }

    /// The root of a process that was not moved is always a mount's root. (A chroot into a mount's root looks the same as no
    /// chroot.)
    var isInChroot: Bool { !mounts.isEmpty && !mounts.contains { $0.place == "/" } }

    /// Whether this is not the namespace of all ids.
    var isInUserNamespace: Bool { !uids.contains { $0.first == 0 && $0.count == 4_294_967_295 } }

    /// The mount that a path is on: the last one whose place is the longest beginning of the path.
    func mount(of path: String) -> Mount? {
        mounts.filter { $0.place == "/" || path == $0.place || path.hasPrefix($0.place + "/") }
            .enumerated().max { ($0.element.place.utf8.count, $0.offset) < ($1.element.place.utf8.count, $1.offset) }?
            .element
    }

    /// What is mounted over parts of `/proc`.
    var maskedParts: [String] {
        // Automatic mounts lie on an empty directory that is made for them, which the kernel does not mind.
        mounts.map(\.place).filter { $0.hasPrefix("/proc/") && !$0.hasPrefix("/proc/sys/fs/binfmt_misc") }
    }
}
