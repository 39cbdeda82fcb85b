internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan
internal import BelljarRecipe
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
        case .buildFailed: error.remedy = lacksPatch(usages) ? patchRemedy : refusedOwner ? Self.ownerRemedy : nil
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

    /// Whether it was the step that applies patches, and its shell found no such program (127, POSIX's "command not found").
    private func lacksPatch(_ usages: [Report.CommandUsage]) -> Bool {
        guard usages.count == 1, case .status(127) = usages[0].exit, let step = job.definition.steps.first else {
            return false
        }
        return step == Sources.patchStep(job.definition.sources)
    }

    /// The step is belljar's own, so nobody finds the program in the recipe.
    private var patchRemedy: String {
        "patches are applied with the program patch: "
            + (isArchive
                ? "use a toolchain that has it; \(job.definition.toolchain.name) was imported"
                : "`belljar toolchain add \(job.definition.toolchain.name) patch`")
    }

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

    /// How many of the paths that are there instead are named.
    private static let namedOutputs = 10

    /// Promised outputs are not there. What is there instead mostly tells why: it was installed somewhere else.
    ///
    /// - Parameters:
    ///   - missing: promised paths; not empty.
    ///   - present: every file and link that is there.
    func missingOutputs(_ missing: [String], present: [String]) -> BelljarError {
        let first = missing[0]
        let nearest = Self.nearest(to: first, among: present)
        var details = missing.count > 1 ? missing.map { "missing: \($0)" } : []
        details += present.prefix(Self.namedOutputs).map { "there is: \(PathText.shown($0))" }
        if present.count > Self.namedOutputs { details.append("and \(present.count - Self.namedOutputs) more") }
        return BelljarError(
            .buildFailed, operation: "collect outputs of", subject: job.subject, stage: "collect",
            answer: present.isEmpty && first != "."
                ? "output \(first) does not exist: /out is empty"
                : first == "." ? "/out is empty" : "output \(first) does not exist",
            remedy: nearest.map { "write \(PathText.shown($0)) in `outputs`, or install it as \(first)" }
                ?? "install below $OUT, which is /out; --keep-failed shows where the files went instead",
            details: details)
    }

    /// The path that was probably meant: one of the same name elsewhere, or else one that is spelled much like it.
    private static func nearest(to path: String, among present: [String]) -> String? {
        let name = path.split(separator: "/").last
        return present.first { $0.split(separator: "/").last == name }
            ?? NearMatch.nearest(to: path, among: present)
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

    /// Lines of a failed step's log that stand in its error.
    private static let shownLines = 25

    /// An error with the last lines of the log, and with what can be done about a thing that no sandbox has.
    func explained(_ failure: BelljarError, _ exit: ProcessEnd.Exit?, log tail: LogTail) -> BelljarError {
        let log = tail.lines(Self.shownLines)
        var error = failure
        error.details += log
        if let line = failedLine(error, exit, tail) { error.details.append(line) }
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
        } else {
            error.remedy = FailureHint(
                toolchain: job.definition.toolchain.name, isArchive: isArchive, limits: job.definition.limits,
                hasSources: !job.definition.sources.isEmpty
            ).remedy(log)
        }
        return error
    }

    private var isArchive: Bool {
        let lock = job.closure.locks[job.definition.toolchain.lock].map { Array($0.utf8) }
        return lock.flatMap { try? ToolchainDecoder.lock($0, file: "") }?.archive != nil
    }

    /// Where in the script of the step that failed, as far as that can be told; nil if it was no step's script.
    private func failedLine(_ error: BelljarError, _ exit: ProcessEnd.Exit?, _ tail: LogTail) -> String? {
        guard error.code == .buildFailed, case .status(let status)? = exit, status != 0,
            let step = job.definition.steps.first(where: { error.stage == "step \($0.name)" }),
            // Of belljar's own nobody has the script.
            step != Sources.patchStep(job.definition.sources), let script = step.argv.last
        else { return nil }
        return FailedLine(script: script, place: job.scripts[step.name]).words(tail.linesOfPart(Self.shownLines))
    }

    static func words(_ exit: ProcessEnd.Exit) -> String {
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
