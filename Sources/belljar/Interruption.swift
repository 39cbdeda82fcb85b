internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import Synchronization

/// Ctrl-C, Ctrl-\ (SIGQUIT), SIGTERM and a terminal that is closed (SIGHUP), in every command and in every phase of it.
///
/// The first signal is noted where all that goes through bytes and entries looks (`EndWish`), and cancels the work: what was
/// begun is cleaned up, and the command ends with an error like any other. Whatever does not come by there within the grace (a
/// lock that another process holds, a query of SQLite, a reader that does not take what is written for it) is not waited
/// for: this thread says what happened and ends the process. That is no worse than SIGKILL, after which the store is whole, so
/// no phase has to be prepared for it. A second signal takes the rest of the grace away.
enum Interruption {
    /// Milliseconds. With what it takes to notice and to end, a second is not over.
    private static let graceMilliseconds: UInt64 = 500
    /// Milliseconds that the last words may take which the command itself has begun to say.
    private static let wordsMilliseconds: UInt64 = 200

    private static let received = Atomic<Int32>(0)
    private static let cancellations = Mutex<[Cancellation]>([])
    private static let isConcluded = Atomic<Bool>(false)
    /// Whether it is the command itself that says the last words.
    private static let isCommands = Atomic<Bool>(false)

    /// The signal that was received; SIGINT's number if the work was cancelled without one.
    static var signal: Int32 {
        let number = received.load(ordering: .relaxed)
        return number == 0 ? Signals.interrupt : number
    }

    /// The terminal is gone, and no signal came of that.
    static func noteHangUp() {
        _ = received.compareExchange(expected: 0, desired: Signals.hangUp, ordering: .relaxed)
    }

    /// From now on, a signal ends the command. Called before any other thread starts.
    static func watch() throws(BelljarError) {
        Signals.holdEnd()
        try hostCall("start", "a thread") { () throws(KernelError) in
            _ = try WorkerThread {
                let first = Signals.awaitEnd()
                received.store(first, ordering: .relaxed)
                EndWish.note()
                for cancellation in cancellations.withLock({ $0 }) { cancellation.cancel() }
                let grace = Deadline.after(milliseconds: graceMilliseconds)
                let last = Signals.awaitEnd(until: grace) ?? first
                received.store(last, ordering: .relaxed)
                end(by: last)
            }
        }
    }

    /// A signal cancels this too.
    static func cancels(_ cancellation: Cancellation) {
        cancellations.withLock { $0.append(cancellation) }
        // It may have come before.
        if EndWish.isThere { cancellation.cancel() }
    }

    /// Called by the command before its last words, so that these are said once. Does not return if the other thread is saying
    /// them already, and about to end the process.
    static func conclude() {
        if isCommands.load(ordering: .relaxed) { return }
        guard !isConcluded.exchange(true, ordering: .relaxed) else { waitForEver() }
        isCommands.store(true, ordering: .relaxed)
    }

    private static func end(by signal: Int32) -> Never {
        TerminalLoan.giveBack()
        // What runs in a sandbox dies with this process, because its lifeline closes; a program of the host may have started
        // others that do not.
        HostProgram.endAll()
        if isConcluded.exchange(true, ordering: .relaxed) {
            let patience = Deadline.after(milliseconds: wordsMilliseconds)
            _ = Signals.awaitEnd(until: patience)
        } else {
            let arguments = ProgramArguments.all
            ErrorReport(error: error(arguments), arguments: arguments).reportAtOnce()
        }
        exitProcessAtOnce(128 + signal)
    }

    /// An error as it is told. Which call a signal came upon means nothing to its reader.
    static func told(_ error: BelljarError) -> BelljarError {
        guard error.code == .cancelled else { return error }
        guard received.load(ordering: .relaxed) != 0 else {
            // Nobody but the first failure ends other work.
            return BelljarError(
                .cancelled, operation: "finish", subject: error.subject,
                answer: "cut short, because another recipe failed")
        }
        return self.error(ProgramArguments.all)
    }

    /// The error of a command that a signal ended.
    private static func error(_ arguments: [String]) -> BelljarError {
        // Options in front of the command are put behind it.
        let typed = (try? TypedCommand.arranged(Array(arguments.dropFirst()))) ?? []
        let words = typed.prefix { !$0.hasPrefix("-") }.prefix(2).joined(separator: " ")
        return BelljarError(
            .cancelled, operation: "finish", subject: "`belljar \(words)`",
            answer: "ended by \(Signals.name(of: signal))")
    }
}
