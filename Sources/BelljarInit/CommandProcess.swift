internal import BelljarControls
internal import BelljarKernel
internal import BelljarPlan
internal import BelljarSupervisor

/// The process that becomes a command: gives up, in this order, everything that a build is not to have.
enum CommandProcess {
    /// - Parameters:
    ///   - terminal: what the command sits before; nil for none.
    ///   - way: the socket to PID 1, for a failure, and for the listener if that is to be asked.
    static func main(_ command: Plan.Command, _ plan: Plan, before terminal: Int32?, over way: Int32) -> Never {
        do throws(StageFailure) {
            try become(command, plan, before: terminal, over: way)
        } catch {
            // Of all that PID 1 has, nothing is open here any more but this socket.
            try? wayToFirst.send(error.report.encoded())
        }
        CurrentProcess.exitAtOnce(1)
    }

    /// The only descriptor beside the standard ones. It is closed when the process becomes its command.
    private static let wayToFirst = Descriptor(owning: 3)

    /// Comes back only with an error.
    static func become(
        _ command: Plan.Command, _ plan: Plan, before terminal: Int32?, over way: Int32
    ) throws(StageFailure) {
        try at(.commandDescriptors) { () throws(KernelError) in
            // For good and before anything else: what PID 1 has open must not be there to be found, by whatever path.
            let errors = plan.terminal?.takesErrors == false ? 2 : terminal
            try CurrentProcess.keepOnly(asFirst: [terminal ?? 0, terminal ?? 1, errors ?? 2, way])
            try CurrentProcess.keepOnlyStandardDescriptors()
        }
        try at(.commandSession) { () throws(KernelError) in
            // No controlling terminal but one of the sandbox's own: nothing can be pushed into somebody's input queue (TIOCSTI).
            try CurrentProcess.newSession()
            if terminal != nil { try CurrentProcess.takeTerminal() }
            try Inheritance.resetSignals(keepingBrokenPipes: false)
        }
        try at(.commandLimits) { () throws(KernelError) in
            try lower(CommandLimits.table(plan).filter { $0.resource != .openFiles })
            try Inheritance.setPersonality(fixingAddresses: plan.world.states.isVirtualised(.addresses))
            // A build that is told of one processor has one: nothing of it runs at the same time as something else.
            if plan.world.states.isVirtualised(.cpu), plan.world.cpus == 1 { try CurrentProcess.keepToOneProcessor() }
            try CurrentProcess.setFileMask(0o022)
        }
        // With the right to read what the build may only execute.
        let programs = try StepPlace.programs(for: command, in: StepPlace.directory(command.directory))
        try at(.commandCapabilities) { () throws(KernelError) in try Credentials.dropCapabilities() }
        // Once more: whether a step may go there is asked without that right.
        let directory = try StepPlace.directory(command.directory)
        try at(.commandDirectory) { () throws(KernelError) in try directory.becomeWorkingDirectory() }
        try at(.commandFilters) { () throws(KernelError) in
            try Seccomp.setNoNewPrivileges()
            if !plan.worldFilter.isEmpty { try ask(plan.worldFilter) }
            // Not before: descriptors that are on their way count for the account as a whole, against the limit of whoever
            // sends one more (unix(7), ETOOMANYREFS). With a build's own limit, another build could use that up.
            try lower(CommandLimits.table(plan).filter { $0.resource == .openFiles })
            for filter in plan.filters { try Seccomp.load(filter) }
        }
        try at(.commandExecute) { () throws(KernelError) in try execute(command, at: programs) }
    }
}

extension CommandProcess {
    private static func lower(_ limits: [CommandLimits.Limit]) throws(KernelError) {
        for limit in limits { try ProcessLimits.lower(limit.resource, soft: limit.soft, hard: limit.hard) }
    }

    /// Loads the filter that asks PID 1, and waits until that is there to answer. Before the other filters, so
    /// that these need not allow what it takes.
    private static func ask(_ filter: [UInt8]) throws(KernelError) {
        // As the program that it becomes will be: PID 1 tries out here whether it can look into that. There is nobody else
        // alive who could.
        try Credentials.setDumpable(true)
        let listener = try Seccomp.listen(filter, killable: true)
        try wayToFirst.send([1], descriptors: [listener.number])
        guard try !wayToFirst.receive(limit: 16).bytes.isEmpty else {
            throw .notPermitted("recvmsg", "PID 1 does not answer")
        }
    }

    /// Becomes the command's program. What is found at these paths was looked at by `StepPlace`.
    private static func execute(_ command: Plan.Command, at paths: [String]) throws(KernelError) {
        var refused: KernelError?
        for path in paths {
            do throws(KernelError) {
                try CurrentProcess.execute(path, argv: command.argv, environment: command.environment)
            } catch {
                if !error.isNotFound { refused = refused ?? error }
            }
        }
        throw refused ?? KernelError.notFound(call: "execve", subject: command.argv.first ?? "")
    }

    /// Paths to try, in order, found as execvp(3) finds them: a name without a slash is looked for in the PATH of the
    /// command's own environment.
    static func candidates(for command: Plan.Command) -> [String] {
        guard let name = command.argv.first, !name.isEmpty else { return [] }
        guard !name.contains("/") else { return [name] }
        let prefix = "PATH="
        let list = command.environment.first { $0.hasPrefix(prefix) }?.dropFirst(prefix.count) ?? ""
        return list.split(separator: ":").map { "\($0)/\(name)" }
    }
}

/// The resource limits of a command. They are the same on every host that allows them, because programs ask for them
/// and act on the answers.
enum CommandLimits {
    struct Limit: Equatable {
        var resource: LimitedResource
        var soft: UInt64
        var hard: UInt64
    }

    static let unlimited = UInt64.max

    /// The account's processes that are not the build's: PID 1 with its threads, and the program that started it,
    /// which is dead but counts until the parent has waited for it, at the very end.
    private static func ownProcesses(_ plan: Plan) -> UInt64 {
        2 + (plan.worldFilter.isEmpty ? 0 : UInt64(Supervisor.threadCount(plan.world)))
    }

    static func table(_ plan: Plan) -> [Limit] {
        let limits = plan.limits
        // Counted in the user namespace. Set here and not before the user namespace is made, because then it would
        // count everything that the account runs on the host, other sandboxes too.
        let (sum, overflow) = limits.processes.addingReportingOverflow(ownProcesses(plan))
        let processes = overflow ? unlimited : sum
        return [
            Limit(resource: .coreBytes, soft: 0, hard: 0),
            Limit(resource: .fileBytes, soft: limits.fileBytes, hard: limits.fileBytes),
            Limit(resource: .processes, soft: processes, hard: processes),
            // Who asks for more wants to open them, and not to have to ask once more.
            openFiles(limits.openFiles),
            // 8 MiB is the kernel's default; gcc raises its own to 64 MiB to compile deeply nested code.
            Limit(resource: .stackBytes, soft: 8 << 20, hard: 64 << 20),
            Limit(resource: .lockedBytes, soft: 64 << 10, hard: 64 << 10),
            // Of these two an account has so many over all its builds and programs: 819,200 bytes as a rule (setrlimit(2)),
            // and as many signals as its kernel's memory allows, 4096 with 1 GiB. A quarter is for one build: two queues as
            // mq_open(3) makes them.
            Limit(resource: .pendingSignals, soft: 1024, hard: 1024),
            Limit(resource: .messageQueueBytes, soft: 204_800, hard: 204_800),
            Limit(resource: .nicePriority, soft: 0, hard: 0),
            Limit(resource: .realTimePriority, soft: 0, hard: 0),
        ] + unlimitedResources.map { Limit(resource: $0, soft: unlimited, hard: unlimited) }
    }

    /// - Parameter count: 0 for the kernel's own defaults (INR_OPEN_CUR, INR_OPEN_MAX).
    private static func openFiles(_ count: UInt64) -> Limit {
        count == 0
            ? Limit(resource: .openFiles, soft: 1024, hard: 4096)
            : Limit(resource: .openFiles, soft: count, hard: count)
    }

    /// With these, a limit is on every resource that there is.
    private static let unlimitedResources: [LimitedResource] = [
        // Runtimes and sanitizers reserve far more than they touch, so what a build touches is what counts (`LimitWatch`).
        .addressSpaceBytes,
        .cpuSeconds, .dataBytes, .residentBytes, .fileLocks, .realTimeMicroseconds,
    ]
}
