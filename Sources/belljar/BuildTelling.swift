internal import ArgumentParser
internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe

/// How `belljar build` goes on after a failure, and what it tells whom.
struct BuildTelling: ParsableArguments {
    @Flag(
        name: [.customShort("k"), .long],
        help: ArgumentHelp(
            "After a failure, build all that does not need what failed.",
            discussion: "All failures are reported. Otherwise the first one ends the build."))
    var keepGoing = false

    @Flag(
        name: [.customShort("n"), .long],
        help: ArgumentHelp(
            "Say what would be built, what is cached, and what would be fetched. Nothing is done.",
            discussion: "What takes in something that is built first may turn out to be cached."))
    var dryRun = false

    @Flag(
        help: ArgumentHelp(
            "Say why what is built is built: what has changed since this project built it last.",
            discussion: "As `belljar why` does for one recipe."))
    var explain = false

    @Flag(
        help: ArgumentHelp(
            "When the build is over, wait until a recipe, a toolchain or a local source changes, and build again.",
            discussion: "Until Ctrl-C. It looks twice a second, or less often where looking takes long."))
    var watch = false

    @Option(
        help: ArgumentHelp(
            "What to show of the builds, on standard error.",
            discussion: """
                auto: on a terminal what is running now, otherwise a line for each step. plain: also every line that a step \
                writes, behind the recipe's name. quiet: the same as --quiet. How it ended is printed in any case.
                """, valueName: "how"))
    var log: LogChoice = .auto

    @Option(
        help: ArgumentHelp(
            "Write what happens to this file, one JSON object per line.",
            discussion: """
                `belljar schema build-event` prints what they look like. Events of an earlier build are overwritten, any \
                other file is refused. Choose a place that is no part of a source.
                """, valueName: "file"),
        completion: .file())
    var events: String?

    @Option(
        help: ArgumentHelp(
            "Tell a CI service on standard error where failures come from.",
            discussion: """
                auto: the one that the environment names (GITHUB_ACTIONS, GITLAB_CI). While a build runs on GitHub, nothing \
                that it writes is a command of the workflow.
                """, valueName: "service"))
    var annotations: AnnotationChoice = .auto

    func validate() throws {
        if watch, dryRun { throw ValidationError("--watch does not go with --dry-run, which builds nothing") }
        if events != nil, dryRun {
            throw ValidationError("--events does not go with --dry-run, of which nothing happens")
        }
        if events == "-" {
            throw ValidationError(
                "--events cannot be -, because standard output is for the result; give a file, a named pipe, or /dev/fd/3"
            )
        }
    }
}

/// The end of `belljar build`: what was built, what was not, and why.
struct BuildConclusion {
    let report: BuildReport
    /// Names of the recipes that were asked for.
    let wanted: [String]
    /// Absolute path of the project's folder.
    let project: String
    let options: GlobalOptions
    let telling: BuildTelling
    let annotations: Annotations?

    /// - Throws: `QuietExit` with the code of the failure if there is one, when all has been said.
    func tell(_ events: EventLog?) throws {
        LiveProgress.stop()
        let error = report.decisive.map { Answers.ReportedError($0) }
        if error != nil { Interruption.conclude() }
        let lost = Result { () throws(BelljarError) in try events?.finish(report, error) }
        annotations?.beforeErrors()
        if options.json {
            try Console.write(.init(report: report, wanted: wanted, error: error), as: Answers.builds)
        } else {
            showBuilt()
            complain()
        }
        summarise()
        annotations?.end(
            refusals.map { .init(error: $0) }
                + report.entries.compactMap { entry in entry.failure.map { .init(error: $0, recipe: entry.recipe) } },
            project: project)
        if let error {
            if case .failure(let lost) = lost { report(lost) }
            throw QuietExit(exitCode: error.exitCode)
        }
        if case .failure(let lost) = lost {
            report(lost)
            throw QuietExit(exitCode: lost.code.exitCode)
        }
    }

    /// Standard output has the answer already.
    private func report(_ error: BelljarError) { ErrorReport(error: error, arguments: ProgramArguments.all).complain() }

    private func showBuilt() {
        let style = TextStyle(options.color, descriptor: 1)
        for name in wanted {
            guard case .succeeded(let outcome) = report[name]?.ending else { continue }
            let definition = outcome.record.definition
            let how = outcome.isCached ? "cached" : "built"
            Console.write(
                "\(style.bold(shown(definition.name))) \(shown(definition.version))  \(style.good(how))  record "
                    + "\(outcome.digest?.description ?? "none")\n")
        }
        // Of inputs too: what they were made of is in the result.
        for entry in report.entries {
            for address in entry.outcome?.notFetched ?? [] {
                Console.write(
                    "  \(shown(entry.recipe.name)): never fetched from \(shown(address)): found by its digest\n")
            }
        }
    }

    /// Every failure in full, and what came from outside.
    private func complain() {
        var errors = refusals + report.entries.compactMap(\.failure)
        if let decisive = report.decisive, decisive.code == .cancelled { errors.append(decisive) }
        for error in errors { ErrorReport(error: error, arguments: ProgramArguments.all).complain() }
    }

    /// Why recipes could not be read, each reason once: of an input it is that of all who need it.
    private var refusals: [BelljarError] {
        var seen: Set<String> = []
        return report.refused.map(\.error).filter { seen.insert($0.summary).inserted }
    }

    // MARK: The summary

    private func summarise() {
        guard report.entries.count + report.refused.count > 1, !options.quiet, telling.log != .quiet else { return }
        let style = TextStyle(options.color, descriptor: 2)
        let words: [(Answers.Fate, String)] = [
            (.built, "built"), (.cached, "cached"), (.failed, "failed"), (.cancelled, "cut short"),
            (.untried, "not tried"),
        ]
        let counts = words.map { fate, word in (report.entries.count { $0.fate == fate }, word) }
        let parts = (counts + [(report.refused.count, "cannot be read")]).filter { $0.0 > 0 }.map { "\($0) \($1)" }
        let lines =
            report.refused.map { "  \(style.bold(shown($0.name))): cannot be read, \(shown($0.error.subject))\n" }
            + report.entries.compactMap { entry in
                line(entry).map { "  \(style.bold(shown(entry.recipe.name))) \(shown(entry.recipe.version)): \($0)\n" }
            }
        Console.complain("summary: \(parts.joined(separator: ", "))\n" + lines.joined())
    }

    private func line(_ entry: BuildReport.Entry) -> String? {
        switch entry.ending {
        case .succeeded: return nil
        case .failed(let error, _) where error.code == .cancelled: return "cut short"
        case .failed(let error, let outcome):
            let place = error.stage.map { "\($0): " } ?? ""
            let log = outcome?.digest.map { "; belljar log \($0.hex.prefix(12))" } ?? ""
            return "failed, " + shown(place + error.answer) + log
        case .untried(let failed) where failed.isEmpty:
            return "not tried" + (report.keptGoing ? "" : "; --keep-going goes on after a failure")
        case .untried(let failed): return "not tried, because \(failed.map(shown).joined(separator: ", ")) failed"
        }
    }
}
