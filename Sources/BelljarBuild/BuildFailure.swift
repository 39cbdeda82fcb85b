internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan
package import BelljarSandbox

/// Words for builds that ran and did not succeed.
struct BuildFailure {
    let job: BuildJob

    func error(
        _ status: BuildStatus, usages: [Report.CommandUsage], violation: SandboxOutcome.Violation?,
        exceeded: ExceededLimit?, refusedOwner: Bool = false, awaitedClock: Bool = false
    ) -> BelljarError {
        var error = BelljarError(
            .buildFailed, operation: "build", subject: "\(job.definition.name) \(job.definition.version)",
            stage: (violation?.command ?? usages.indices.last).map { "step \(job.definition.steps[$0].name)" },
            answer: usages.last.map { Self.words($0.exit) } ?? status.rawValue)
        switch status {
        case .buildFailed: if refusedOwner { error.remedy = Self.ownerRemedy }
        case .timeout, .resourceExceeded:
            error.code = .resourceExceeded
            error.exceeded = exceeded
            if let exceeded {
                error.answer = exceeded.words + (status == .timeout ? "" : " (\(error.answer))")
                error.remedy = awaitedClock ? Self.clockRemedy : exceeded.remedy
            }
        case .cancelled:
            error.code = .cancelled
            error.answer = "cancelled"
        case .sandboxUnavailable: error.code = .sandboxUnavailable
        case .violation:
            error.code = .refused
            if let violation { error.answer = violation.words }
        case .ok, .internal: error.code = .internal
        }
        return error
    }

    /// For who meets the one error (EPERM) that an ordinary user gets for it everywhere.
    private static let ownerRemedy =
        "the step tried to change the owner of a file, which only root can: leave that out, or set `root: fake` in the "
        + "recipe, with which changes of owner seem to work"

    /// For who waits for what does not happen.
    private static let clockRemedy =
        "the step mostly read the clock, which did not move: with `clock: frozen`, time passes while a program sleeps or "
        + "waits, but not while it computes. Make it sleep between readings, or set `controls: {clock: real}` in the recipe"

    /// A step whose directory or program is not there is the recipe's mistake; of other errors it is told where they came up.
    func unstarted(_ step: BuildRecord.Step, _ error: BelljarError) -> BelljarError {
        let name = "step \(step.name) of \(job.definition.name) \(job.definition.version)"
        guard error.code == .usage else {
            var located = error
            located.details.append("in \(name)")
            return located
        }
        let isDirectory = error.stage == Stage.commandDirectory.name
        return BelljarError(
            .usage, operation: "start", subject: name, stage: error.stage,
            answer: "\(isDirectory ? step.directory : error.subject): \(error.answer)",
            remedy: isDirectory
                ? "make the directory in an earlier step, have a source placed in it with `into`, or correct `directory` of the step"
                : error.remedy)
    }

    /// Something in `/out` that cannot be taken in is the build's mistake; other errors stay what they are.
    func refusedOutput(_ error: BelljarError) -> BelljarError {
        guard error.code == .buildFailed || error.code == .resourceExceeded else { return error }
        return BelljarError(
            error.code, operation: "collect outputs of", subject: job.subject, stage: "collect",
            answer: error.code == .buildFailed ? "\(error.subject): \(error.answer)" : error.answer,
            remedy: error.remedy,
            details: error.details, exceeded: error.exceeded)
    }

    /// An error with the last lines of the log, and with what can be done about a thing that no sandbox has.
    ///
    /// - Parameter log: the lines.
    static func explained(
        _ failure: BelljarError, _ exit: ProcessEnd.Exit?, log: [String]
    ) -> BelljarError {
        var error = failure
        error.details += log
        guard error.code == .buildFailed, error.remedy == nil else { return error }
        // SIGSYS: nothing but calls for 32 bits ends by it, unless a program asked for it. As a shell passes it on, and names it.
        let isForeign =
            switch exit {
            case .signal(31), .status(128 + 31): true
            default: log.contains { $0.contains("Bad system call") }
            }
        if isForeign {
            error.remedy =
                "a program made a 32-bit system call, and a sandbox runs 64-bit programs only (SIGSYS): use one for x86-64, "
                + "and compile without -m32"
        }
        return error
    }

    private static func words(_ exit: ProcessEnd.Exit) -> String {
        switch exit {
        case .status(let number): "exit status \(number)"
        case .signal(let number): "signal \(number)" + (signalNames[number].map { " (\($0))" } ?? "")
        }
    }

    /// Those that end programs in practice (signal(7), x86-64).
    private static let signalNames: [Int32: String] = [
        2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV",
        13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
    ]
}

extension SandboxOutcome.Violation {
    /// The answer of an error. A program's name is a build's own text, so it is made safe for a terminal.
    package var words: String { "\(LogTail.escaped(program.utf8)): \(LogTail.escaped(reason.utf8))" }
}
