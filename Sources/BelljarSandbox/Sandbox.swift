package import BelljarControls
internal import BelljarKernel
package import BelljarModel
package import BelljarPlan

/// Runs commands inside namespaces of their own. One value serves any number of runs, also at the same time.
package struct Sandbox: Sendable {
    package enum Stream: Sendable { case standardOutput, standardError }

    let initPath: String
    private let profiles: SeccompProfiles
    let archiveReaders: ArchiveReaderStarter
    let account: Account?
    private let groups: ControlGroups?

    /// - Parameters:
    ///   - initPath: absolute path of `belljar-init`.
    ///   - cacheFolder: where compiled seccomp filters are kept.
    ///   - account: nil unless belljar runs as root.
    ///   - groups: where to make a control group for each run; nil to do without.
    package init(initPath: String, cacheFolder: String, account: Account?, groups: ControlGroups? = nil) {
        self.initPath = initPath
        profiles = SeccompProfiles(cacheFolder: cacheFolder)
        archiveReaders = ArchiveReaderStarter(initPath: initPath)
        self.account = account
        self.groups = groups
    }

    package func archiveReaderPlan() throws(BelljarError) -> ArchiveReaderPlan {
        ArchiveReaderPlan(
            account: account,
            filter: try profiles.archiveReaderFilter())
    }

    /// What is written down of a build besides its log, if its world keeps it.
    package enum Note: Hashable, Sendable { case ledger, trace }

    /// Runs the request to its end and returns when every process in it is dead.
    ///
    /// - Parameters:
    ///   - started: called with a command's index when it begins, on the same thread as `output` and in order with it,
    ///     so that the bytes of one command's log can be told from the next one's.
    ///   - note: called with whole lines of what the request's world keeps; on the same thread too.
    ///   - output: called with what the commands write, in order per stream, from one thread.
    /// - Throws: `sandbox_unavailable` with the missing feature and its remedy, `host`, `internal`.
    package func run(
        _ request: SandboxRequest, cancellation: Cancellation, started: (Int) -> Void = { _ in },
        note: (Note, [UInt8]) -> Void = { _, _ in }, output: (Stream, [UInt8]) -> Void
    ) throws(BelljarError) -> SandboxOutcome {
        try Self.requireProcessor(Processor.missing)
        let input = try request.terminal == nil ? .nothing : InputPump.found()
        var plan = Plan(
            request, account: account,
            filters: try profiles.filters(for: request.identity, request.world.states, request.profile),
            worldFilter: try profiles.worldFilter(for: request.world.states, traced: request.world.keepsTrace))
        let begun = Host.monotonicNanoseconds()
        let group = try groups?.make(
            "\(ControlGroups.namePrefix)\(Host.processId)-\(UInt64.random(in: 0 ... .max))", request.limits,
            memoryBytes: request.limits.memoryBytes ?? request.memoryCeiling)
        defer { group?.end() }
        plan.joinsGroup = group != nil
        let piped = request.terminal == nil ? request.standardInput : .none
        var process = try SandboxProcess(
            initPath: initPath, plan: plan, input: piped, group: group, start: request.start)
        var watch = SandboxWatch(request: request, plan: plan, input: input, cancellation: cancellation)
        do {
            try watch.follow(&process, started: started, output: output, note: note)
            if !watch.isFinished { try process.waitForDeath() }
        } catch {
            throw BelljarError(
                .host, operation: "watch the sandbox", subject: error.subject, stage: "supervise",
                answer: "\(error.call): \(error.answer)")
        }
        let end = try process.wait()
        try process.input.check()
        watch.note(group)
        let status = try status(of: watch, request, end: end)
        let milliseconds = (Host.monotonicNanoseconds() - begun) / 1_000_000
        return watch.outcome(status, milliseconds: milliseconds)
    }

    /// Builds are told of a processor of one level, and with a lesser one they would end by an illegal instruction.
    static func requireProcessor(_ missing: [String]) throws(BelljarError) {
        guard !missing.isEmpty else { return }
        throw BelljarError(
            .sandboxUnavailable, operation: "use", subject: "this processor", stage: "processor",
            answer: "builds see a processor of level \(Processor.level), and this one lacks "
                + missing.joined(separator: ", "),
            remedy:
                "build on a processor of that level (made since 2009); in a virtual machine, pass the host's processor through "
                + "(qemu: -cpu host)")
    }

    /// What the run came to; an error if the sandbox could not be set up or ended without a word.
    private func status(
        of watch: borrowing SandboxWatch, _ request: SandboxRequest, end: ProcessEnd
    ) throws(BelljarError) -> BuildStatus {
        if watch.isCancelled { return .cancelled }
        if watch.isTimedOut { return .timeout }
        if watch.violation != nil { return .violation }
        if watch.exceeded != nil { return .resourceExceeded }
        if let failure = watch.failure { throw failure.error(account: account) }
        guard watch.isFinished else {
            throw BelljarError(
                .host, operation: "supervise the sandbox", subject: "belljar-init", stage: "supervise",
                answer: "it ended without a report (\(end.exit))",
                remedy: "look for the out-of-memory killer in the kernel's log, and lower the build's memory limit")
        }
        let succeeded =
            watch.usages.count == request.commands.count && watch.usages.allSatisfy { $0.exit == .status(0) }
        return succeeded ? .ok : .buildFailed
    }
}
