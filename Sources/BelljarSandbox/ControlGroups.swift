internal import BelljarKernel
internal import BelljarModel

/// The control group (version 2) that somebody gave to belljar alone, as `systemd-run --user --scope -p Delegate=yes
/// belljar ...` does: builds get groups of their own in it. Where there is none, limits are held without.
package struct ControlGroups: Sendable {
    /// Whether the group that this process is in is belljar's to divide.
    enum Place: Hashable, Sendable {
        case usable(path: String)
        /// With what was found, and what to do about it.
        case unusable(finding: String, remedy: String)
    }

    /// Absolute path of the group.
    let path: String
    /// Whether files that are not there are made: in trees of tests, which have no kernel to make them.
    private let makesFiles: Bool

    private static let controllers = ["cpu", "memory", "pids"]
    /// A group with controllers for others in it cannot have processes itself, so belljar moves in here.
    static let ownName = "belljar-runner"
    /// What names of builds' groups begin with.
    static let namePrefix = "belljar-build-"

    private init(path: String, makesFiles: Bool) {
        self.path = path
        self.makesFiles = makesFiles
    }

    /// The group of this process, ready for others to be made in it; nil if it has none of its own to divide.
    ///
    /// For the beginning of a process: what it started before is somebody else in the group.
    package static func delegated() -> ControlGroups? {
        guard case .usable(let path) = ownPlace() else { return nil }
        return prepare(path, process: Host.processId)
    }

    // MARK: Looking

    /// Where this process is. Nothing is changed.
    static func ownPlace() -> Place {
        let text = { (path: String) -> String in
            let bytes = try? Descriptor.workingDirectory.open(path).readAll(limit: 1 << 20)
            return String(decoding: bytes ?? [], as: UTF8.self)
        }
        guard let path = find(groups: text("/proc/self/cgroup"), mounts: text("/proc/self/mountinfo")) else {
            return .unusable(
                finding: "there is none of version 2, so limits are enforced without one",
                remedy: "you need not do anything; for a second line of enforcement, use a host that mounts cgroup2")
        }
        return examine(path, process: Host.processId)
    }

    /// Where the group of a process is.
    ///
    /// - Parameters:
    ///   - groups: what /proc/PID/cgroup holds: one line `0::PATH` for version 2.
    ///   - mounts: what /proc/PID/mountinfo holds.
    static func find(groups: String, mounts: String) -> String? {
        guard let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        let group = line.dropFirst(3)
        // A group above the namespace's root begins with `/..` (cgroup_namespaces(7)), and is not below the mount.
        guard !group.split(separator: "/").contains("..") else { return nil }
        // By bytes: a host with many mounts has a long list, and every command that may build reads it.
        for mount in mounts.utf8.split(separator: UInt8(ascii: "\n")) {
            // `ID PARENT DEVICE ROOT PLACE OPTIONS [TAGS] - TYPE SOURCE OPTIONS` (proc(5))
            let fields = mount.split(separator: UInt8(ascii: " ")).map { Substring($0) }
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields[dash + 1] == "cgroup2",
                fields[3] == "/"
            else { continue }
            return String(fields[4]) + (group == "/" ? "" : String(group))
        }
        return nil
    }

    /// Whether a group has the controllers, may be written to and holds no other process. Nothing is changed.
    static func examine(_ path: String, process: Int32) -> Place {
        let alone = "start belljar in a group of its own: systemd-run --user --scope -p Delegate=yes belljar ..."
        do throws(KernelError) {
            let folder = try Descriptor.workingDirectory.open(path, [.directory, .followingLinks])
            // To open a file asks whether it may be written to.
            for name in ["cgroup.procs", "cgroup.subtree_control"] { _ = try folder.open(name, .write) }
            let offered = try words(of: "cgroup.controllers", in: folder)
            let missing = controllers.filter { !offered.contains($0) }
            guard missing.isEmpty else {
                return .unusable(
                    finding: "\(path) lacks \(missing.joined(separator: ", ")), so limits are enforced without it",
                    remedy: "delegate these controllers too: systemctl edit user@.service, [Service] Delegate="
                        + controllers.joined(separator: " "))
            }
            let others = try words(of: "cgroup.procs", in: folder).filter { $0 != "\(process)" }
            guard others.isEmpty else {
                return .unusable(
                    finding: "\(path) also holds \(others.count == 1 ? "process" : "processes") "
                        + others.prefix(5).joined(separator: ", ") + (others.count > 5 ? ", ..." : "")
                        + ", so limits are enforced without it",
                    remedy: alone)
            }
            return .usable(path: path)
        } catch {
            return .unusable(
                finding: "belljar may not divide \(path), so limits are enforced without it: \(error.answer)",
                remedy: alone)
        }
    }

    // MARK: Dividing

    /// Makes a group ready, if `examine` finds it usable.
    static func prepare(_ path: String, process: Int32, makesFiles: Bool = false) -> ControlGroups? {
        guard case .usable = examine(path, process: process) else { return nil }
        let groups = ControlGroups(path: path, makesFiles: makesFiles)
        do throws(KernelError) {
            let folder = try Descriptor.workingDirectory.open(path, [.directory, .followingLinks])
            try groups.divide(folder, process: process)
            try groups.removeLeftovers(folder)
            return groups
        } catch {
            // Somebody came into the group meanwhile, or the kernel has a reason that cannot be seen before.
            return nil
        }
    }

    /// Moves the process out of the way, and lets the controllers hold what is made beside it.
    private func divide(_ folder: borrowing Descriptor, process: Int32) throws(KernelError) {
        _ = try folder.makeDirectoryIfMissing(Self.ownName)
        try write("\(process)", to: "cgroup.procs", in: folder.open(Self.ownName, .directory))
        do throws(KernelError) {
            try write(
                Self.controllers.map { "+" + $0 }.joined(separator: " "), to: "cgroup.subtree_control", in: folder)
        } catch {
            // Back to where it was, as far as that can be had.
            try? write("\(process)", to: "cgroup.procs", in: folder)
            try? folder.removeDirectory(Self.ownName)
            throw error
        }
    }

    /// Removes the groups of runners that are no more. A living one holds a lock on each of its own, which the kernel
    /// takes back however a process ends; process numbers could have been given to others since.
    private func removeLeftovers(_ folder: borrowing Descriptor) throws(KernelError) {
        try folder.lock(.exclusive)
        for entry in try folder.entries() where entry.name.starts(with: Self.namePrefix.utf8) {
            // One that is not there any more was a living runner's, whose build has just ended.
            let group = try? BuildGroup(String(decoding: entry.name, as: UTF8.self), in: folder, flags)
            if let group, try group.take() { group.end() }
        }
        try folder.unlock()
    }

    /// Makes a group for one sandbox.
    ///
    /// - Parameters:
    ///   - name: of a folder that is not there, begins with `namePrefix`.
    ///   - memoryBytes: nil for no limit. What the scratch holds is memory too, and comes on top.
    func make(_ name: String, _ limits: ResourceLimits, memoryBytes: UInt64?) throws(BelljarError) -> BuildGroup {
        do throws(KernelError) {
            let parent = try Descriptor.workingDirectory.open(path, .directory)
            // Until the new group is locked, somebody could take it for a leftover.
            try parent.lock(.exclusive)
            try parent.makeDirectory(name)
            let group = try BuildGroup(name, in: parent, flags)
            _ = try group.take()
            try parent.unlock()
            do throws(KernelError) { try group.hold(limits, memoryBytes: memoryBytes) } catch {
                group.end()
                throw error
            }
            return group
        } catch {
            throw BelljarError(
                .host, operation: "make a control group", subject: "\(path)/\(name)", answer: error.description,
                remedy: "start belljar outside of the delegated group; then it uses none")
        }
    }

    private var flags: OpenFlags { makesFiles ? [.write, .create] : .write }

    private func write(_ text: String, to name: String, in folder: borrowing Descriptor) throws(KernelError) {
        try folder.open(name, flags, mode: 0o600).writeAll(Array(text.utf8))
    }

    static func words(of name: String, in folder: borrowing Descriptor) throws(KernelError) -> [String] {
        String(decoding: try folder.open(name).readAll(limit: 1 << 20), as: UTF8.self)
            .split { $0 == " " || $0 == "\n" }.map(String.init)
    }
}

extension HostFeature {
    /// Whether builds get control groups. Nothing needs them.
    static func controlGroup(_ place: ControlGroups.Place = ControlGroups.ownPlace()) -> HostFeature {
        switch place {
        case .usable(let path):
            HostFeature(
                name: "control-group", state: .available, finding: "\(path): each build gets one in it", remedy: nil)
        case .unusable(let finding, let remedy):
            HostFeature(name: "control-group", state: .optionalMissing, finding: finding, remedy: remedy)
        }
    }
}
