internal import BelljarKernel
internal import BelljarPlan

/// What process 1 does while commands run: waits for them, for the parent's end and for the end of the time, reaps
/// everything that loses its parent, and leaves nothing alive.
///
/// Everything it waits for is one source of one poll: a further one (the listener of a filter that asks process 1
/// about system calls) is a further case of `Source` with its descriptor in `sources`, and is answered in `wait`.
struct Supervisor: ~Copyable {
    /// What can happen, in the order of `sources`.
    private enum Source: Int {
        case lifeline, children, report
    }

    private let plan: Plan
    private let lifeline = Descriptor(owning: Plan.DescriptorNumber.lifeline)
    private let children: Descriptor
    private let deadline: UInt64
    private var isTimedOut = false

    init(_ plan: Plan) throws(StageFailure) {
        self.plan = plan
        children = try at(.supervise) { () throws(KernelError) in try CurrentProcess.childSignals() }
        let (end, overflow) = Self.milliseconds.addingReportingOverflow(plan.limits.timeoutMilliseconds)
        deadline = overflow ? .max : end
    }

    private static var milliseconds: UInt64 { Host.monotonicNanoseconds() / 1_000_000 }

    /// Runs the commands one after the other until one fails or the time is up.
    ///
    /// - Returns: false if the parent is gone, and nobody is left to tell.
    mutating func runCommands() throws(StageFailure) -> Bool {
        for (index, command) in plan.commands.enumerated() {
            if index > 0 {
                guard try awaitPermission() else { return false }
            }
            guard let usage = try run(command, index: UInt32(index)) else { return false }
            if isTimedOut { ReportChannel.send(.timedOut) }
            ReportChannel.send(.ended(index: UInt32(index), usage: usage))
            if isTimedOut || usage.isSignal || usage.code != 0 { break }
        }
        return true
    }

    /// Waits until the parent has read all that the last command wrote, so that it can tell that from what comes.
    private func awaitPermission() throws(StageFailure) -> Bool {
        try at(.supervise) { () throws(KernelError) in
            let found = try poll(
                [(lifeline.number, .readable), (ReportChannel.number, .readable)], timeoutMilliseconds: nil)
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
        let pid = try at(.startCommand) { () throws(KernelError) in try CurrentProcess.fork() }
        if pid == 0 { CommandProcess.main(command, plan) }
        return try at(.supervise) { () throws(KernelError) in
            guard var usage = try wait(for: pid) else { return nil }
            CurrentProcess.killAll()
            while let (_, end) = try CurrentProcess.reap(blocking: true) { usage.add(end) }
            usage.wallMicroseconds = (Host.monotonicNanoseconds() - begun) / 1000
            return usage
        }
    }

    /// Waits for one child, reaping all others, and ends it when the time is up.
    private mutating func wait(for pid: Int32) throws(KernelError) -> Report.CommandUsage? {
        var usage = Report.CommandUsage()
        var killTime = UInt64.max
        while true {
            let now = Self.milliseconds
            if now >= killTime {
                CurrentProcess.killAll()
                killTime = .max
            } else if now >= deadline, !isTimedOut {
                isTimedOut = true
                CurrentProcess.terminateAll()
                killTime = now.addingReportingOverflow(plan.limits.graceMilliseconds).partialValue
            }
            let next = isTimedOut ? killTime : deadline
            let found = try poll(
                [(lifeline.number, .readable), (children.number, .readable)],
                timeoutMilliseconds: Int32(clamping: next - min(now, next)))
            if !found[0].isEmpty { return nil }
            guard !found[1].isEmpty else { continue }
            try children.drainSignals()
            while let (ended, end) = try CurrentProcess.reap(blocking: false) {
                usage.add(end)
                guard ended == pid else { continue }
                usage.setExit(end.exit)
                return usage
            }
        }
    }
}

extension Report.CommandUsage {
    fileprivate init() {
        self.init(
            isSignal: false, code: 0, wallMicroseconds: 0, userMicroseconds: 0, systemMicroseconds: 0, peakBytes: 0)
    }

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
