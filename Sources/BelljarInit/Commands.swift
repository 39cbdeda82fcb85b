internal import BelljarKernel
internal import BelljarPlan
internal import BelljarSupervisor

/// What PID 1 does while commands run: waits for them, for the parent's end and for the end of the time, reaps
/// everything that loses its parent, and leaves nothing alive.
///
/// The system calls that PID 1 is asked about are answered by a `Supervisor` in threads of its own, which live only as
/// long as one command: so there is a single thread whenever this one forks.
struct Commands: ~Copyable {
    private let plan: Plan
    private let lifeline = Descriptor(owning: Plan.DescriptorNumber.lifeline)
    private let children: Descriptor
    private let secrets: Secrets?
    private var deadline: UInt64
    /// Of all commands together; none if no calls are answered.
    private let files: FileMemory?
    private var isTimedOut = false
    private var watch: LimitWatch
    /// The limit that the running command was ended for, or failed at.
    private var exceeded: LimitWatch.Exceeded?
    /// What the running command sits before; nil if it has none. Open as long as it runs, so that the parent does not take
    /// it for hung up when the command closes its own.
    private var terminal: Descriptor?
    private let build: Int32?

    /// - Parameters:
    ///   - scratch: root of the scratch file system.
    ///   - copied: what it holds besides what its limits are for.
    ///   - secrets: as of `MountTree`.
    ///   - build: `/build`, for who gets a terminal; nil if there is none.
    init(
        _ plan: Plan, scratch: borrowing Descriptor, copied: SourceCopy.Room, secrets: Int32?, build: Int32?
    ) throws(StageFailure) {
        self.plan = plan
        self.build = build
        self.secrets = Secrets(plan, folder: secrets)
        let answers = !plan.worldFilter.isEmpty
        let prepared = try at(.supervise) { () throws(KernelError) in
            (
                answers ? try FileMemory(plan.world) : nil, try CurrentProcess.childSignals().release(),
                try Descriptor.workingDirectory.open("/proc", .directory).release(), try scratch.duplicate().release()
            )
        }
        files = prepared.0
        children = Descriptor(owning: prepared.1)
        watch = LimitWatch(
            plan.limits, copied: copied, proc: Descriptor(owning: prepared.2),
            scratch: Descriptor(owning: prepared.3))
        deadline = Self.end(after: plan.limits.timeoutMilliseconds)
    }

    private static var milliseconds: UInt64 { Host.monotonicNanoseconds() / 1_000_000 }

    private static func end(after milliseconds: UInt64) -> UInt64 {
        let (end, overflow) = Self.milliseconds.addingReportingOverflow(milliseconds)
        return overflow ? .max : end
    }

    /// Runs the commands one after the other, as far as they follow each other (`Plan.next`).
    ///
    /// - Returns: false if the parent is gone, and nobody is left to tell.
    mutating func run() throws(StageFailure) -> Bool {
        var following: Int? = plan.commands.isEmpty ? nil : 0
        while let index = following {
            if index > 0 {
                guard try awaitPermission() else { return false }
            }
            if let terminal = plan.terminal, Int(terminal.command) == index {
                guard try prepare(terminal) else { return false }
            }
            guard let usage = try run(plan.commands[index], index: UInt32(index)) else { return false }
            terminal = nil
            if isTimedOut {
                ReportChannel.send(.timedOut)
                if files?.isClockAwaited == true { ReportChannel.send(.awaitedClock) }
            } else if let exceeded {
                ReportChannel.send(
                    .exceeded(limit: exceeded.limit, seen: exceeded.seen, subject: exceeded.subject))
            }
            if usage.hasFailed, files?.takeRefusedOwner() == true { ReportChannel.send(.refusedOwner) }
            ReportChannel.send(.ended(index: UInt32(index), usage: usage))
            following = plan.next(after: index, failed: isTimedOut || exceeded != nil || usage.hasFailed)
        }
        return true
    }

    /// Makes the terminal of the command that begins next, which has its own time and nothing to do with what ended those
    /// before it.
    ///
    /// - Returns: false if the parent is gone.
    private mutating func prepare(_ wanted: Plan.Attendance) throws(StageFailure) -> Bool {
        (isTimedOut, exceeded) = (false, nil)
        let made = try at(.makeTerminal) { () throws(KernelError) in try PseudoTerminal() }
        ReportChannel.send(.terminal, descriptors: [made.master.number] + (build.map { [$0] } ?? []))
        terminal = made.closingMaster()
        guard try awaitPermission() else { return false }
        deadline = Self.end(after: wanted.timeoutMilliseconds)
        return true
    }

    /// Waits until the parent has read all that the last command wrote, so that it can tell that from what comes, or has
    /// taken a terminal over.
    private func awaitPermission() throws(StageFailure) -> Bool {
        try at(.supervise) { () throws(KernelError) in
            let found = try poll(
                [(lifeline.number, .readable), (ReportChannel.number, .readable)], until: nil)
            return found[0].isEmpty ? try ReportChannel.takePermission() : false
        }
    }

    /// Runs one command to the end of everything it started.
    ///
    /// - Returns: nil if the parent is gone.
    private mutating func run(
        _ command: Plan.Command, index: UInt32
    ) throws(StageFailure) -> Report.CommandUsage? {
        ReportChannel.send(.started(index: index))
        let begun = Host.monotonicNanoseconds()
        try show(to: index)
        guard var usage = try files == nil ? runAlone(command) : runSupervised(command) else { return nil }
        try hide(from: index)
        usage.wallMicroseconds = (Host.monotonicNanoseconds() - begun) / 1000
        return usage
    }

    private func show(to command: UInt32) throws(StageFailure) {
        switch secrets {
        case .some(let secrets): try secrets.show(to: command)
        case .none: return
        }
    }

    private func hide(from command: UInt32) throws(StageFailure) {
        switch secrets {
        case .some(let secrets): try secrets.hide(from: command)
        case .none: return
        }
    }

    private mutating func runAlone(_ command: Plan.Command) throws(StageFailure) -> Report.CommandUsage? {
        let (pid, number) = try start(command)
        let way = Descriptor(owning: number)
        guard let usage = try end(pid, failure: nil) else { return nil }
        try passOnFailure(way)
        return usage
    }

    private mutating func runSupervised(_ command: Plan.Command) throws(StageFailure) -> Report.CommandUsage? {
        let (pid, number) = try start(command)
        return try supervise(pid, Descriptor(owning: number))
    }

    private var terminalNumber: Int32? {
        switch terminal {
        case .some(let terminal): terminal.number
        case nil: nil
        }
    }

    /// Starts the process that becomes a command.
    ///
    /// - Returns: its number, and the descriptor of the way to it, which nobody owns yet.
    private func start(_ command: Plan.Command) throws(StageFailure) -> (pid: Int32, way: Int32) {
        let way = try at(.startCommand) { () throws(KernelError) in try MessageSockets() }
        let pid = try at(.startCommand) { () throws(KernelError) in try CurrentProcess.fork() }
        if pid == 0 { CommandProcess.main(command, plan, before: terminalNumber, over: way.second.number) }
        return (pid, way.closingSecond().release())
    }

    /// Tells the parent why a command could not begin, if it could not, and ends everything.
    ///
    /// - Parameter way: from a process that is dead, or is another program by now; it ends with either.
    private func passOnFailure(_ way: borrowing Descriptor) throws(StageFailure) {
        passOn(try at(.supervise) { () throws(KernelError) in try way.receive(limit: Report.maximumSize).bytes })
    }

    /// - Parameter bytes: a report of a process that has not become its command; nothing if there is none.
    private func passOn(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        switch try? Report(decoding: bytes) {
        case .some(let report): ReportChannel.send(report)
        case nil: ReportChannel.send(StageFailure(stage: .supervise, error: .invalid("recvmsg", "a report")).report)
        }
        CurrentProcess.exitAtOnce(1)
    }

    /// Answers the command's calls until it and everything it started is dead.
    private mutating func supervise(
        _ pid: Int32, _ way: borrowing Descriptor
    ) throws(StageFailure) -> Report.CommandUsage? {
        var message = try at(.supervise) { () throws(KernelError) in try way.receive(limit: Report.maximumSize) }
        guard let listener = message.first.take(), let files else {
            // It failed before it got so far.
            passOn(message.bytes)
            // Or it was killed.
            return try end(pid, failure: nil)
        }
        try at(.reachCommand) { () throws(KernelError) in try ProcessMemory.requireReach(to: pid) }
        let supervisor: Supervisor
        do throws(KernelError) {
            supervisor = try Supervisor(plan.world, files, listener: listener)
        } catch {
            throw StageFailure(stage: .supervise, error: error)
        }
        // Only now, because threads take process numbers, and those of the command are to be the same every time.
        try at(.supervise) { () throws(KernelError) in try way.send([1]) }
        let usage = try end(pid, failure: supervisor.event, supervisor.traceWatch)
        report(supervisor)
        if let failure = supervisor.failure {
            ReportChannel.send(failure.report)
            CurrentProcess.exitAtOnce(1)
        }
        if usage != nil { try passOnFailure(way) }
        do throws(KernelError) { try supervisor.end(while: lifeline.number) } catch {
            throw StageFailure(stage: .supervise, error: error)
        }
        return usage
    }

    /// Tells what was written down of a command.
    private func report(_ supervisor: borrowing Supervisor) {
        let isWhole = supervisor.takeLedger(of: Report.ledgerSize) { ReportChannel.send(.ledger(lines: $0)) }
        if !isWhole { ReportChannel.send(.ledgerFull) }
        let isTraced = supervisor.takeTrace(of: Report.ledgerSize) { ReportChannel.send(.trace(lines: $0)) }
        if !isTraced { ReportChannel.send(.traceFull) }
    }

    /// Waits for the end of a command and makes an end of everything it left behind.
    private mutating func end(
        _ pid: Int32, failure: Int32?, _ trace: TraceWatch? = nil
    ) throws(StageFailure) -> Report.CommandUsage? {
        try at(.supervise) { () throws(KernelError) in
            watch.begin(at: Self.milliseconds)
            guard var usage = try wait(for: pid, failure: failure, trace) else { return nil }
            // Before the rest is killed: what is still alive is part of the reason.
            if usage.hasFailed, exceeded == nil { exceeded = watch.reason(of: usage) }
            try CurrentProcess.killAll()
            while let (_, end) = try CurrentProcess.reap(blocking: true) { usage.add(end) }
            if exceeded == nil { exceeded = watch.peak(of: usage) }
            return usage
        }
    }

    /// Children that are reaped between two looks at the time and the limits: a build can make orphans as fast as they are
    /// taken in.
    private static let reapedAtOnce = 256
    /// Between two looks at what processes have used, if there is a trace.
    private static let traceMilliseconds: UInt64 = 10

    /// Waits for one child, reaping all others, and ends it when the time is up or `failure` is readable.
    private mutating func wait(
        for pid: Int32, failure: Int32?, _ trace: TraceWatch?
    ) throws(KernelError) -> Report.CommandUsage? {
        var usage = Report.CommandUsage()
        var killTime = UInt64.max
        // Whether children may have ended that nobody waited for yet.
        var hasMore = false
        while true {
            let now = Self.milliseconds
            if now >= killTime {
                try CurrentProcess.killAll()
                killTime = .max
            } else if now >= deadline, !isTimedOut {
                isTimedOut = true
                try CurrentProcess.terminateAll()
                killTime = Self.end(after: plan.limits.graceMilliseconds)
            }
            if exceeded == nil {
                exceeded = watch.look(at: now, until: isTimedOut ? killTime : deadline)
                if exceeded != nil { try CurrentProcess.killAll() }
            }
            let others = trace?.waited ?? []
            var next = hasMore ? 0 : min(isTimedOut ? killTime : deadline, exceeded == nil ? watch.next : .max)
            if !others.isEmpty { next = min(next, now + Self.traceMilliseconds) }
            let found = try poll(
                [(lifeline.number, .readable), (children.number, .readable), (failure ?? -1, .readable)]
                    + others.map { ($0, .readable) }, until: Deadline(milliseconds: next))
            // Before any of them is waited for here, with which what it used is forgotten.
            trace?.look()
            if !found[0].isEmpty { return nil }
            if !found[2].isEmpty { return usage }
            guard hasMore || !found[1].isEmpty else { continue }
            if !found[1].isEmpty { try children.drainSignals() }
            hasMore = true
            for _ in 0..<Self.reapedAtOnce {
                guard let (ended, end) = try CurrentProcess.reap(blocking: false) else {
                    hasMore = false
                    break
                }
                usage.add(end)
                guard ended == pid else { continue }
                usage.setExit(end.exit)
                return usage
            }
        }
    }
}

extension Supervisor.Failure {
    fileprivate var report: Report {
        switch self {
        case .violation(let program, let reason): .violation(program: program, reason: reason)
        case .kernel(let error): StageFailure(stage: .supervise, error: error).report
        }
    }
}

extension Report.CommandUsage {
    fileprivate init() {
        self.init(
            isSignal: false, code: 0, wallMicroseconds: 0, userMicroseconds: 0, systemMicroseconds: 0, peakBytes: 0)
    }

    var hasFailed: Bool { isSignal || code != 0 }

    /// Counts in a process that was waited for here.
    fileprivate mutating func add(_ end: ProcessEnd) {
        userMicroseconds += end.userMicroseconds
        systemMicroseconds += end.systemMicroseconds
        peakBytes = max(peakBytes, end.peakBytes)
    }

    fileprivate mutating func setExit(_ exit: ProcessEnd.Exit) {
        switch exit {
        case .status(let status): (isSignal, code) = (false, status)
        case .signal(let signal): (isSignal, code) = (true, signal)
        }
    }
}
