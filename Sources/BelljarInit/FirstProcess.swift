internal import BelljarControls
internal import BelljarKernel
internal import BelljarPlan

/// PID 1 of the sandbox: makes its world, then runs the commands in it.
enum FirstProcess {
    /// - Parameter inherited: what `Inherited.settle` could not set.
    static func main(_ plan: Plan, _ inherited: [String]) -> Never {
        do throws(StageFailure) {
            try setNames(plan)
            let formats = try Inherited.leaveFormats()
            let tree = try MountTree.make(plan)
            let inherited = inherited + formats + tree.network
            let isScoped = try harden()
            try leaveFiles()
            try at(.tryCalls) { () throws(KernelError) in try NeededCalls.tryOut() }
            ReportChannel.send(
                .enforcement(
                    enforcement(plan, limitsPids: tree.limitsPids, isScoped: isScoped) + Inherited.told(inherited)))
            var commands = try Commands(
                plan, scratch: tree.scratch, copied: tree.copied ?? SourceCopy.Room(), secrets: tree.secrets,
                build: tree.handedBack.last)
            guard try commands.run() else { CurrentProcess.exitAtOnce(1) }
            try Devices.checkAgain(plan)
            ReportChannel.send(.finished, descriptors: tree.handedBack)
            CurrentProcess.exitAtOnce(0)
        } catch {
            // Whatever runs dies with PID 1.
            ReportChannel.send(error.report)
            CurrentProcess.exitAtOnce(1)
        }
    }

    /// What holds each limit and boundary here. Whatever could not be set has ended the set-up before this is said.
    static func enforcement(_ plan: Plan, limitsPids: Bool, isScoped: Bool) -> [Report.Enforcement] {
        var held: [Report.Enforcement] = [
            .init("capabilities", "none"),
            .init("file", "rlimit"),
            .init("landlock", isScoped ? "scopes" : "none"),
            .init("memory", plan.limits.memoryBytes > 0 ? "process-1" : "none"),
            .init("namespaces", Namespace.allCases.map(\.rawValue).joined(separator: "+")),
            .init("out-of-memory", "oom_score_adj 1000"),
            .init("processes", limitsPids ? "pid_max+rlimit" : "rlimit"),
            .init("seccomp", "\(plan.filters.count + (plan.worldFilter.isEmpty ? 0 : 1)) filters"),
            .init("timeout", "process-1"),
        ]
        if case .layers = plan.root {
            // Who may mount has as many file systems in memory as it likes, with any size.
            let disk = plan.world.allowsNesting ? "none" : "tmpfs"
            held += [.init("inodes", disk), .init("scratch", disk)]
        }
        return held
    }

    private static func setNames(_ plan: Plan) throws(StageFailure) {
        try at(.hostName) { () throws(KernelError) in
            try HostNames.set(host: plan.hostName)
            try HostNames.set(domain: plan.domainName)
        }
    }

    /// Nobody of the same user may trace PID 1 or look into it: it keeps rights over the namespaces that the
    /// commands do not have. And nothing in the sandbox signals or connects to what is outside, namespaces or not.
    ///
    /// - Returns: whether the kernel has Landlock's scopes for the latter.
    private static func harden() throws(StageFailure) -> Bool {
        try at(.hardenFirstProcess) { () throws(KernelError) in
            try Credentials.setDumpable(false)
            return try Landlock.keepWithin()
        }
    }

    /// Where PID 1 follows a build's link that leads through `/proc/self/cwd`, it gets nowhere, and knows from that that
    /// the caller's own is meant.
    private static func leaveFiles() throws(StageFailure) {
        try at(.hardenFirstProcess) { () throws(KernelError) in
            try CurrentProcess.changeDirectory("/proc/" + ProcMasks.directory)
        }
    }
}
