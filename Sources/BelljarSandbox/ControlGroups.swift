internal import BelljarKernel
internal import BelljarModel

/// The control group (version 2) that somebody gave to belljar alone, as `systemd-run --user --scope -p Delegate=yes
/// belljar ...` does: builds get groups of their own in it. Where there is none, limits are held without.
package struct ControlGroups: Sendable {
    /// Absolute path of the group.
    let path: String
    /// Whether files that are not there are made: in trees of tests, which have no kernel to make them.
    private let makesFiles: Bool

    private static let controllers = ["cpu", "memory", "pids"]
    /// A group with controllers for others in it cannot have processes itself, so belljar moves in here.
    static let ownName = "belljar-runner"

    /// The group of this process, ready for others to be made in it; nil if it has none of its own to divide.
    package static func delegated() -> ControlGroups? {
        let text = { (path: String) -> String in
            let bytes = try? Descriptor.workingDirectory.open(path).readAll(limit: 1 << 20)
            return String(decoding: bytes ?? [], as: UTF8.self)
        }
        guard let path = find(groups: text("/proc/self/cgroup"), mounts: text("/proc/self/mountinfo")) else {
            return nil
        }
        return prepare(path, process: Host.processId)
    }

    /// Where the group of a process is.
    ///
    /// - Parameters:
    ///   - groups: what /proc/PID/cgroup holds: one line `0::PATH` for version 2.
    ///   - mounts: what /proc/PID/mountinfo holds.
    static func find(groups: String, mounts: String) -> String? {
        guard let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        let group = line.dropFirst(3)
        for mount in mounts.split(separator: "\n") {
            // `ID PARENT DEVICE ROOT PLACE OPTIONS [TAGS] - TYPE SOURCE OPTIONS` (proc(5))
            let fields = mount.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields[dash + 1] == "cgroup2",
                fields[3] == "/"
            else { continue }
            return String(fields[4]) + (group == "/" ? "" : String(group))
        }
        return nil
    }

    /// Makes a group ready if it has the controllers, may be written to and holds no other process.
    static func prepare(_ path: String, process: Int32, makesFiles: Bool = false) -> ControlGroups? {
        let groups = ControlGroups(path: path, makesFiles: makesFiles)
        do throws(KernelError) {
            let folder = try Descriptor.workingDirectory.open(path, [.directory, .followingLinks])
            let offered = try words(of: "cgroup.controllers", in: folder)
            guard controllers.allSatisfy(offered.contains) else { return nil }
            // With others in it, it is not belljar's to divide.
            guard try words(of: "cgroup.procs", in: folder) == ["\(process)"] else { return nil }
            _ = try folder.makeDirectoryIfMissing(ownName)
            try groups.write("\(process)", to: "cgroup.procs", in: folder.open(ownName, .directory))
            try groups.write(
                controllers.map { "+" + $0 }.joined(separator: " "), to: "cgroup.subtree_control", in: folder)
            return groups
        } catch {
            // Not allowed: then it was not delegated, which is how most hosts are.
            return nil
        }
    }

    /// Makes a group for one sandbox.
    ///
    /// - Parameters:
    ///   - name: of a folder that is not there.
    ///   - memoryBytes: nil for no limit. What the scratch holds is memory too, and comes on top.
    func make(_ name: String, _ limits: ResourceLimits, memoryBytes: UInt64?) throws(BelljarError) -> BuildGroup {
        do throws(KernelError) {
            let parent = try Descriptor.workingDirectory.open(path, .directory)
            try parent.makeDirectory(name)
            let folder = try parent.open(name, .directory)
            if let memoryBytes {
                let sum = memoryBytes.addingReportingOverflow(limits.scratchBytes)
                try write(sum.overflow ? "max" : "\(sum.partialValue)", to: "memory.max", in: folder)
            }
            // RLIMIT_NPROC holds the exact number; this one counts what belongs to the sandbox itself too.
            try write("\(limits.processes + Self.ownProcesses)", to: "pids.max", in: folder)
            // Half of what everything else has, belljar among it, which has to keep up with the log.
            try write("50", to: "cpu.weight", in: folder)
            let joining = try folder.open("cgroup.procs", flags)
            return BuildGroup(name, parent: parent, folder: folder, joining: joining, flags: flags)
        } catch {
            throw BelljarError(
                .host, operation: "make a control group", subject: "\(path)/\(name)", answer: error.description,
                remedy: "start belljar outside of the delegated group to do without")
        }
    }

    /// More than process 1, its threads and its starter are.
    private static let ownProcesses: UInt64 = 64

    private var flags: OpenFlags { makesFiles ? [.write, .create] : .write }

    private func write(_ text: String, to name: String, in folder: borrowing Descriptor) throws(KernelError) {
        try folder.open(name, flags, mode: 0o600).writeAll(Array(text.utf8))
    }

    fileprivate static func words(
        of name: String, in folder: borrowing Descriptor
    ) throws(KernelError) -> [String] {
        String(decoding: try folder.open(name).readAll(limit: 1 << 20), as: UTF8.self)
            .split { $0 == " " || $0 == "\n" }.map(String.init)
    }
}

/// The group of one sandbox, from before its first process to after its last.
final class BuildGroup {
    private let name: String
    private let parent: Descriptor
    private let folder: Descriptor
    /// Whoever writes to it joins.
    let joining: Descriptor
    private let flags: OpenFlags

    /// How often it is tried to remove the group, once every millisecond, while the kernel takes processes apart.
    private static let attempts = 2000

    fileprivate init(
        _ name: String, parent: consuming Descriptor, folder: consuming Descriptor, joining: consuming Descriptor,
        flags: OpenFlags
    ) {
        self.name = name
        self.parent = parent
        self.folder = folder
        self.joining = joining
        self.flags = flags
    }

    /// Whether the kernel killed a process of the group because it had no memory left.
    var ranOutOfMemory: Bool {
        // Pairs of a name and a number.
        guard let words = try? ControlGroups.words(of: "memory.events", in: folder),
            let index = words.firstIndex(of: "oom_kill"), index + 1 < words.count
        else { return false }
        return words[index + 1] != "0"
    }

    /// Kills whatever is left, and removes the group.
    ///
    /// - Returns: whether it is gone.
    @discardableResult func end() -> Bool {
        try? folder.open("cgroup.kill", flags, mode: 0o600).writeAll(Array("1".utf8))
        for _ in 0..<Self.attempts {
            do throws(KernelError) {
                try parent.removeDirectory(name)
                return true
            } catch {
                guard ErrorNumber.symbol(error.number) == "EBUSY" else { return false }
                _ = try? poll([], timeoutMilliseconds: 1)
            }
        }
        return false
    }
}
