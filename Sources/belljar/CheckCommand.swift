internal import ArgumentParser
internal import BelljarBuild
internal import BelljarControls
internal import BelljarModel
internal import BelljarRecipe

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Build a recipe again and again on a host that varies, and say whether it comes out alike.",
        usage: "belljar check [<options>] <name>",
        discussion: """
            Each further round is in another second, on one processor, and gets its sources in another order. If a round \
            comes out otherwise, each control that the recipe leaves to the host (`controls`) is pinned in turn, to find \
            the one that matters; and two builds with a trace tell which process wrote what differs, from which line of \
            the script it came, and what differed first. With --audit, each control that is pinned is left to the host in turn, to find what \
            it saves the build from.

              belljar check hello
              belljar check hello --rounds 5
              belljar check hello --audit

            That all rounds came out alike is no proof: what happens once in a hundred builds takes a hundred rounds.

            Exit codes: 0 all alike, 3 a round came out otherwise; those of `belljar build` and `belljar rebuild`, if a \
            build failed.
            """)

    @Argument(help: ArgumentHelp("The recipe.", valueName: "name"), completion: .recipes)
    var name: String

    @Option(help: ArgumentHelp("How many builds to compare, 2 to 1000, one of before among them.", valueName: "count"))
    var rounds = 2

    @Flag(help: "Find out which controls make it come out alike: one build more for each.")
    var audit = false

    @Flag(
        help: ArgumentHelp(
            "Fetch nothing.", discussion: "A source that is not in the store ends the check with exit code 8."))
    var offline = false

    @OptionGroup var checks: RecheckOptions
    @OptionGroup var secrets: SecretOptions
    @OptionGroup var controls: ControlOptions
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard Recipe.roundCount.contains(UInt64(clamping: rounds)) else {
            throw ValidationError("--rounds must be between 2 and 1000")
        }
    }

    func run() throws {
        let session = Session(options, showsProgress: true, makesStore: true, isOffline: offline)
        var recipes = try RecipeGraph.resolve([name], in: try session.recipes())
        if let last = recipes.indices.last { recipes[last].controls = try controls.applied(to: recipes[last]) }
        let engine = try session.engine(jobs: 1, recheck: checks.recheck, secrets: try secrets.origins())
        let report = try engine.check(recipes, rounds: rounds, audits: audit)
        LiveProgress.stop()
        if options.json {
            try Console.write(report, as: Answers.reproducibility)
        } else {
            Console.write(report.words(TextStyle(options.color, descriptor: 1)))
        }
        if let decisive = report.decisive { throw QuietExit(exitCode: RebuildCommand.exitCode(decisive)) }
    }
}

extension ReproducibilityReport {
    /// Files that are named.
    private static let named = 5

    func words(_ style: TextStyle) -> String {
        let head = "\(style.bold(shown(name))) \(shown(version))  "
        let count = rounds.count + 1
        let odd = rounds.count { $0.kind != .identical }
        var lines =
            odd == 0
            ? [head + style.good("alike") + " in \(count) rounds"]
            : [
                head + style.bad(different.isEmpty ? "not shown to be alike" : "not reproducible")
                    + ": \(odd) of \(rounds.count) further rounds"
            ]
        if let round = different.first, let record = round.rebuilt {
            lines.append("  \(Self.files(round.differences)) came out otherwise")
            let (one, other) = (original.hex.prefix(12), record.hex.prefix(12))
            lines.append("  compare: belljar diff \(one) \(other)")
            lines.append("  both: belljar export \(one) -o first; belljar export \(other) -o other")
        }
        if let failed = rounds.first(where: { $0.reason != nil }), let reason = failed.reason {
            lines.append("  " + shown(reason.summary))
            if let remedy = reason.remedy { lines.append("  remedy: " + shown(remedy)) }
        }
        lines += causes.map(causeLine)
        if !different.isEmpty { lines += rest }
        lines += blames.prefix(Self.named).flatMap(\.lines)
        lines += audit.map(auditLine)
        return lines.map { $0 + "\n" }.joined()
    }

    private func causeLine(_ cause: ControlTrial) -> String {
        "  \(Self.files(cause.differences)): the host's \(cause.control.rawValue) (\(cause.control.summary)); alike with "
            + "`controls: {\(cause.control.rawValue): \(cause.state.rawValue)}`"
    }

    /// What of the difference no single control explains.
    private var rest: [String] {
        guard !unexplained.isEmpty else { return [] }
        let files = Self.files(unexplained)
        let tried = leftToHost.map(\.rawValue).joined(separator: ", ")
        if isAlikePinned == true { return ["  \(files): alike only with all of these pinned: \(tried)"] }
        return [
            "  \(files): " + (leftToHost.isEmpty ? "no control is left to the host" : "not alike with \(tried) pinned")
                + "; what else reaches a build is listed under `open` by `belljar show \(name)`. If it is alike with "
                + "`limits: {cpus: 1}`, it is the order of parallel jobs"
        ]
    }

    private func auditLine(_ trial: ControlTrial) -> String {
        let name = "  without \(trial.control.rawValue): "
        if let failure = trial.failure { return name + "it fails: \(shown(failure.summary))" }
        return name + (trial.differences.isEmpty ? "the same" : "\(Self.files(trial.differences)) came out otherwise")
    }

    private static func files(_ differences: [Verdict.Difference]) -> String {
        let names = differences.prefix(named).map { shown(PathText.shown($0.path)) }.joined(separator: ", ")
        return differences.count > named ? names + " and \(differences.count - named) more" : names
    }
}

extension Answers {
    static let reproducibility = JSONType<ReproducibilityReport>.answer {
        JSONMember(says: "name", .name(.recipe), "the recipe's name") { $0.name }
        JSONMember(says: "version", .name(.version), "the recipe's version") { $0.version }
        JSONMember(says: "record", .digest, "SHA-256 of the record that the rounds are held against") { $0.original }
        JSONMember(says: "rounds", .list(of: verdict), "one for each further round") { $0.rounds }
        JSONMember(says: "different", .count, "how many of these came out otherwise") {
            UInt64(clamping: $0.different.count)
        }
        JSONMember(
            says: "causes", .list(of: trial),
            "controls left to the host, each with the differences that are gone when it is pinned"
        ) { $0.causes }
        JSONMember(says: "unexplained", .list(of: difference), "what is alike with none of them pinned by itself") {
            $0.unexplained
        }
        JSONMember(
            maySay: "alikePinned", .flag, "whether all is alike with all of them pinned; missing if that was not tried"
        ) { $0.isAlikePinned }
        JSONMember(says: "blames", .list(of: blame), "who wrote what differs, and what differed first") { $0.blames }
        JSONMember(says: "audit", .list(of: trial), "with --audit: pinned controls, each left to the host") { $0.audit }
    }

    private static let trial = JSONType<ReproducibilityReport.ControlTrial>.answer {
        JSONMember(says: "control", .choice, "the control") { $0.control }
        JSONMember(says: "state", .choice, "the state that it was set to") { $0.state }
        JSONMember(
            says: "differences", .list(of: difference),
            "outputs that came out otherwise then; of a cause, those that do no more"
        ) {
            $0.differences
        }
        JSONMember(maySay: "record", .digest, "SHA-256 of the record of that build") { $0.record }
        JSONMember(maySay: "failure", error, "why that build failed") { trial in
            trial.failure.map { ReportedError($0) }
        }
    }
}
