internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan

/// Follows one sandbox to its end: what its commands write, what init reports, the limits that the parent holds, and
/// whether the user wants it to stop.
struct SandboxWatch: ~Copyable {
    /// How often `Cancellation` is looked at, in milliseconds.
    private static let tickMilliseconds: UInt64 = 100
    /// Time that init has, beyond the commands' own, to end by itself before it is killed, in milliseconds.
    private static let patienceMilliseconds: UInt64 = 10_000
    private static let readSize = 1 << 16

    private let request: SandboxRequest
    private let whole: Plan
    private let plan: Plan.Limits
    /// What the command with a terminal is given to read.
    private let input: StandardStream.Input
    private let cancellation: Cancellation
    private var deadline: Deadline
    private var logBytesLeft: UInt64

    private(set) var usages: [Report.CommandUsage] = []
    private(set) var enforcement: [String: String] = [:]
    private(set) var failure: SetupFailure?
    /// The first; what follows from it is not kept.
    private(set) var violation: SandboxOutcome.Violation?
    private(set) var exceeded: ExceededLimit?
    /// Index of the command that began last.
    private var running = 0
    private(set) var refusedOwner = false
    private(set) var awaitedClock = false
    private(set) var isTimedOut = false
    private(set) var isFinished = false
    private(set) var isCancelled = false
    private(set) var logTruncated = false
    private var ledgerRoom = LedgerRoom()
    private var traceRoom = LedgerRoom()
    private var out: Descriptor?
    private var build: Descriptor?
    /// While the command with a terminal runs.
    private var relay: TerminalRelay?

    init(request: SandboxRequest, plan: Plan, input: StandardStream.Input, cancellation: Cancellation) {
        self.request = request
        whole = plan
        self.plan = plan.limits
        self.input = input
        self.cancellation = cancellation
        deadline = Self.deadline(plan.limits.timeoutMilliseconds, plan.limits)
        logBytesLeft = request.limits.logBytes
    }

    private static func deadline(_ timeoutMilliseconds: UInt64, _ limits: Plan.Limits) -> Deadline {
        let (time, overflow) = timeoutMilliseconds.addingReportingOverflow(
            limits.graceMilliseconds + SandboxWatch.patienceMilliseconds)
        return .after(milliseconds: overflow ? .max : time)
    }

    /// What the run came to, with the directories that init handed back.
    consuming func outcome(_ status: BuildStatus, milliseconds: UInt64) -> SandboxOutcome {
        SandboxOutcome(
            status: status, usages: usages, milliseconds: milliseconds, logTruncated: logTruncated,
            ledgerTruncated: ledgerRoom.isExceeded, traceTruncated: traceRoom.isExceeded,
            enforcement: enforcement, violation: violation, exceeded: exceeded, refusedOwner: refusedOwner,
            awaitedClock: awaitedClock, out: out, build: build)
    }

    /// Runs until init has made its last report, or has ended with both logs without one.
    ///
    /// Reports and logs come on different ways, and their order is kept: a command's beginning is reported before it
    /// can write, so a report that is there is taken before the logs are read, and the logs are looked at first, so
    /// that no report can slip in between. A command's end is reported when it can write no more, so what the logs
    /// hold then is read before the next command gets its permission.
    mutating func follow(
        _ process: inout SandboxProcess, started: (Int) -> Void, output: (Sandbox.Stream, [UInt8]) -> Void,
        note: (Sandbox.Note, [UInt8]) -> Void
    ) throws(KernelError) {
        var reports = true
        var standardOutput = true
        var standardError = true
        while !isFinished, reports || standardOutput || standardError {
            let look = Deadline.after(milliseconds: SandboxWatch.tickMilliseconds)
            let found = try poll(
                [
                    (standardOutput ? process.standardOutput.number : -1, .readable),
                    (standardError ? process.standardError.number : -1, .readable),
                    (reports ? process.report.number : -1, .readable),
                ] + relaySources, until: look)
            if !found[2].isEmpty {
                reports = try receive(&process, started, output, note)
            } else {
                if !found[0].isEmpty {
                    standardOutput = try forward(process.standardOutput, .standardOutput, output)
                }
                if !found[1].isEmpty {
                    standardError = try forward(process.standardError, .standardError, output)
                }
                try serve(found.dropFirst(3), &process, output)
            }
            endIfWanted(&process)
        }
        relay = nil
    }

    private var relaySources: [(descriptor: Int32, events: PollEvents)] {
        switch relay {
        case .some(let relay): relay.sources
        case nil: []
        }
    }

    /// Passes on what is typed and what is shown. Nobody is left to do it for when the user's terminal is gone.
    private mutating func serve(
        _ found: ArraySlice<PollEvents>, _ process: inout SandboxProcess,
        _ output: (Sandbox.Stream, [UInt8]) -> Void
    ) throws(KernelError) {
        guard !found.isEmpty else { return }
        try relay?.serve(Array(found)) { output(.standardOutput, $0) }
        guard relay?.isGone == true, !isCancelled else { return }
        isCancelled = true
        process.cut()
    }

    /// Somebody sits down: what came before is told, and the terminal handed over.
    private mutating func sitDown(
        before master: consuming Descriptor?, in build: consuming Descriptor?, _ process: inout SandboxProcess
    ) throws(KernelError) {
        guard let master, let terminal = request.terminal, let limit = whole.terminal?.timeoutMilliseconds else {
            throw .invalid("recvmsg", "a terminal")
        }
        guard terminal.begins(.init(usages: usages, exceeded: exceeded), build) else {
            isCancelled = true
            return process.cut()
        }
        (isTimedOut, exceeded, refusedOwner, awaitedClock) = (false, nil, false, false)
        relay = try process.takeOver(master, input)
        deadline = Self.deadline(limit, plan)
        process.goOn()
    }

    /// The command with the terminal has ended, and everything that could write to that.
    private mutating func standUp(_ output: (Sandbox.Stream, [UInt8]) -> Void) throws(KernelError) {
        try relay?.drain { output(.standardOutput, $0) }
        relay = nil
    }

    private mutating func endIfWanted(_ process: inout SandboxProcess) {
        if cancellation.isCancelled, !isCancelled {
            isCancelled = true
            process.cut()
        }
        if deadline.isOver {
            noteTimeout()
            process.kill()
        }
    }

    /// What the sandbox's control group holds, and did.
    mutating func note(_ group: BuildGroup?) {
        enforcement["cgroup"] = group == nil ? "none" : "v2"
        guard let group else { return }
        let isMemoryHeld = plan.memoryBytes > 0
        for name in isMemoryHeld ? ["memory", "processes"] : ["processes"] {
            enforcement[name] = (enforcement[name].map { $0 + "+" } ?? "") + "cgroup"
        }
        guard exceeded == nil, isMemoryHeld, group.ranOutOfMemory else { return }
        exceeded = ExceededLimit(
            limit: .memory, value: plan.memoryBytes,
            seen: "memory and scratch together used more, and the kernel killed a process")
    }

    private mutating func noteTimeout() {
        isTimedOut = true
        let limits = request.limits
        exceeded =
            exceeded
            ?? ExceededLimit(
                limit: .timeout, value: limits.timeoutSeconds,
                seen:
                    "the steps had not ended by then, so they got SIGTERM, and what still ran \(limits.graceSeconds) s later "
                    + "SIGKILL")
    }

    /// Passes on what one stream holds; false at its end.
    private mutating func forward(
        _ source: borrowing Descriptor, _ stream: Sandbox.Stream, _ output: (Sandbox.Stream, [UInt8]) -> Void
    ) throws(KernelError) -> Bool {
        var bytes: [UInt8] = []
        _ = try source.appendBytes(to: &bytes, atMost: SandboxWatch.readSize)
        guard !bytes.isEmpty else { return false }
        let kept = UInt64(bytes.count) <= logBytesLeft ? bytes : Array(bytes.prefix(Int(logBytesLeft)))
        if kept.count < bytes.count { logTruncated = true }
        logBytesLeft -= UInt64(kept.count)
        if !kept.isEmpty { output(stream, kept) }
        return true
    }

    /// Passes on all that both streams hold.
    private mutating func drain(
        _ process: borrowing SandboxProcess, _ output: (Sandbox.Stream, [UInt8]) -> Void
    ) throws(KernelError) {
        while true {
            let found = try poll(
                [(process.standardOutput.number, .readable), (process.standardError.number, .readable)],
                until: .passed)
            guard found[0].contains(.readable) || found[1].contains(.readable) else { return }
            if found[0].contains(.readable) { _ = try forward(process.standardOutput, .standardOutput, output) }
            if found[1].contains(.readable) { _ = try forward(process.standardError, .standardError, output) }
        }
    }

    /// Takes one report; false when init has nothing more to say.
    private mutating func receive(
        _ process: inout SandboxProcess, _ started: (Int) -> Void, _ output: (Sandbox.Stream, [UInt8]) -> Void,
        _ note: (Sandbox.Note, [UInt8]) -> Void
    ) throws(KernelError) -> Bool {
        var message: SocketMessage
        do {
            message = try process.report.receive(limit: Report.maximumSize)
        } catch  where error.isReset {
            // Init is gone without having taken a permission that was on its way. What it sent is still to be read.
            return true
        }
        guard !message.bytes.isEmpty else { return false }
        let report: Report
        do {
            report = try Report(decoding: message.bytes)
        } catch {
            failure = SetupFailure(stage: .supervise, number: 0, call: "read report", subject: error.description)
            process.kill()
            return true
        }
        try take(report, &message, &process, started, output, note)
        return true
    }

    private mutating func take(
        _ report: Report, _ message: inout SocketMessage, _ process: inout SandboxProcess, _ started: (Int) -> Void,
        _ output: (Sandbox.Stream, [UInt8]) -> Void, _ note: (Sandbox.Note, [UInt8]) -> Void
    ) throws(KernelError) {
        switch report {
        case .forked:
            process.hold(message.first.take())
        case .failed(let stage, let number, let call, let subject):
            failure = SetupFailure(stage: stage, number: number, call: call, subject: subject)
        case .enforcement(let list):
            for held in list { enforcement[held.name] = held.value }
        case .started(let index):
            running = Int(index)
            started(running)
        case .ended(let index, let usage):
            usages.append(usage)
            try drain(process, output)
            try standUp(output)
            let failed = isTimedOut || exceeded != nil || violation != nil || usage.exit != .status(0)
            if whole.next(after: Int(index), failed: failed) != nil { process.goOn() }
        case .terminal: try sitDown(before: message.first.take(), in: message.second.take(), &process)
        case .timedOut:
            noteTimeout()
        case .exceeded(let limit, let seen, let subject):
            exceeded = exceeded ?? ExceededLimit(limit, seen: seen, subject: subject, plan)
        case .ledger(let lines):
            if ledgerRoom.takes(lines.count) { note(.ledger, lines) }
        case .ledgerFull: ledgerRoom.end()
        case .trace(let lines):
            if traceRoom.takes(lines.count) { note(.trace, lines) }
        case .traceFull: traceRoom.end()
        case .refusedOwner: refusedOwner = true
        case .awaitedClock: awaitedClock = true
        case .violation(let program, let reason):
            guard violation == nil else { break }
            violation = SandboxOutcome.Violation(program: program, reason: reason, command: running)
        case .finished:
            isFinished = true
            out = message.first.take()
            build = message.second.take()
        }
    }
}

extension ExceededLimit {
    fileprivate init(_ limit: Report.Limit, seen: UInt64, subject: String, _ limits: Plan.Limits) {
        switch limit {
        case .memory:
            self.init(limit: .memory, value: limits.memoryBytes, seen: "the processes held \(seen) bytes")
        case .processes:
            self.init(limit: .processes, value: limits.processes, seen: "there were \(seen) processes and threads")
        case .file:
            self.init(
                limit: .file, value: limits.fileBytes,
                seen: subject.isEmpty
                    ? "a program was ended by SIGXFSZ, because a file became too large"
                    : "\(subject) has \(seen) bytes")
        case .scratch:
            self.init(limit: .scratch, value: limits.scratchBytes, seen: "\(seen) bytes were in use")
        case .inodes:
            self.init(
                limit: .inodes, value: limits.scratchInodes, seen: "\(seen) files and directories were in use")
        }
    }
}

/// How much of a ledger or a trace is kept.
struct LedgerRoom {
    /// In bytes: about 250,000 programs.
    static let limit = 64 << 20

    private var left = LedgerRoom.limit
    /// Whether something did not fit.
    private(set) var isExceeded = false

    /// Nothing that follows is kept, because something is missing before it.
    mutating func end() { isExceeded = true }

    /// Whether so many bytes are kept. What does not fit is left out with all that follows, so that nothing is missing
    /// in the middle.
    mutating func takes(_ count: Int) -> Bool {
        isExceeded = isExceeded || count > left
        guard !isExceeded else { return false }
        left -= count
        return true
    }
}
