internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan

/// The control group of one sandbox, from before its first process to after its last.
final class BuildGroup {
    private let name: String
    private let parent: Descriptor
    /// Locked by whoever made the group, for as long as that process lives.
    private let folder: Descriptor
    private let flags: OpenFlags

    /// More than PID 1, its threads and its starter are.
    private static let ownProcesses: UInt64 = 64
    /// How long it is tried to remove the group, every millisecond, while the kernel takes processes apart.
    private static let patienceMilliseconds: UInt64 = 2000

    /// - Parameters:
    ///   - name: of a group that is there.
    ///   - flags: how files are opened to be written to.
    init(_ name: String, in parent: borrowing Descriptor, _ flags: OpenFlags) throws(KernelError) {
        self.name = name
        self.flags = flags
        self.parent = try parent.duplicate()
        folder = try parent.open(name, .directory)
    }

    /// Takes the group for this process, as long as it lives.
    ///
    /// - Returns: false if another process has it.
    func take() throws(KernelError) -> Bool { try folder.tryLock(.exclusive) }

    /// Sets the limits.
    ///
    /// - Parameter memoryBytes: nil for no limit.
    func hold(_ limits: ResourceLimits, memoryBytes: UInt64?) throws(KernelError) {
        if let memoryBytes {
            // Copies of sources are in memory too, as the scratch is.
            let sum = memoryBytes.addingReportingOverflow(limits.scratchBytes + Plan.copiedBytes)
            try write(sum.overflow ? "max" : "\(sum.partialValue)", to: "memory.max")
            // What is swapped out would be in nobody's count.
            do throws(KernelError) { try write("0", to: "memory.swap.max") } catch {
                // A kernel that does not count swap has no such file.
                guard error.isMissing else { throw error }
            }
        }
        // RLIMIT_NPROC holds the exact number; this one counts what belongs to the sandbox itself too.
        try write("\(limits.processes + Self.ownProcesses)", to: "pids.max")
        // Half of what everything else has, belljar among it, which has to keep up with the log.
        try write("50", to: "cpu.weight")
    }

    /// Whoever writes `0` to it joins.
    func joining() throws(KernelError) -> Descriptor { try folder.open("cgroup.procs", flags, mode: 0o600) }

    /// Whether the kernel killed a process because this group was at its limit. Processes are also killed because the host,
    /// or a group around this one, has no memory left, and that is not the build's doing.
    var ranOutOfMemory: Bool { count(of: "oom") > 0 && count(of: "oom_kill") > 0 }

    private func count(of event: String) -> UInt64 {
        // Pairs of a name and a number.
        guard let words = try? ControlGroups.words(of: "memory.events", in: folder),
            let index = words.firstIndex(of: event), index + 1 < words.count
        else { return 0 }
        return UInt64(words[index + 1]) ?? 0
    }

    /// Kills whatever is left, and removes the group. One that is still there then is removed by the next belljar that
    /// divides the group around it.
    ///
    /// - Returns: whether it is gone.
    @discardableResult func end() -> Bool {
        try? write("1", to: "cgroup.kill")
        let patience = Deadline.after(milliseconds: Self.patienceMilliseconds)
        while !patience.isOver {
            do throws(KernelError) {
                try parent.removeDirectory(name)
                return true
            } catch {
                guard error.errno == .EBUSY else { return false }
                pause(until: .after(milliseconds: 1))
            }
        }
        return false
    }

    private func write(_ text: String, to name: String) throws(KernelError) {
        try folder.open(name, flags, mode: 0o600).writeAll(Array(text.utf8))
    }
}
