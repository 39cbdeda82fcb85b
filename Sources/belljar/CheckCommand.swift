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
            Each further round is in another second, on one processor and on all by turns, beside a busy neighbour, \
            with a lower priority, another umask, directory and limits, and gets its sources in another order. If a round comes out otherwise, \
            each control that the recipe leaves to the host (`controls`) is pinned in turn, and each of these variations \
            is tried alone, to find what matters; and two builds with a trace tell which process wrote what differs, \
            from which line of the script it came, and what differed first. With --audit, each control that is pinned is \
            left to the host in turn, to find what it saves the build from.

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
        if !report.pastAgainst.isEmpty { throw QuietExit(exitCode: ErrorCode.notReproducible.exitCode) }
        if let decisive = report.decisive { throw QuietExit(exitCode: RebuildCommand.exitCode(decisive)) }
    }
}

extension ReproducibilityReport {
    func words(_ style: TextStyle) -> String {
        let title = "\(style.bold(shown(name))) \(shown(version))  "
        var lines = [title + verdictWords(style)]
        if let round = different.first, let record = round.rebuilt {
            lines.append("  \(Self.files(round.differences)) came out otherwise")
            lines += Self.leads(original, record)
        } else if let odd = pastAgainst.last {
            let what = odd.kind == .different ? "came out otherwise" : "failed"
            lines.append("  alike in \(rounds.count + 1) rounds now; a build of before of the same definition \(what)")
            lines +=
                odd.kind == .different
                ? Self.leads(original, odd.record) : ["  its log: belljar log \(odd.record.hex.prefix(12))"]
        }
        if let failed = rounds.first(where: { $0.reason != nil }), let reason = failed.reason {
            lines.append("  " + shown(reason.summary))
            if let remedy = reason.remedy { lines.append("  remedy: " + shown(remedy)) }
        }
        lines += causes.map(causeLine)
        if !different.isEmpty { lines += rest + hostLines }
        lines += blames.prefix(Verdict.named).flatMap(\.lines)
        lines += audit.map(auditLine) + auditSummary
        lines += notVaried.map { "  not varied: \($0.kind.summary): \(shown($0.reason))" }
        return lines.map { $0 + "\n" }.joined()
    }

    private func verdictWords(_ style: TextStyle) -> String {
        let odd = rounds.count { $0.kind != .identical }
        if different.isEmpty, pastAgainst.isEmpty {
            if odd == 0 { return style.good("alike") + " in \(rounds.count + 1) rounds" }
            return style.bad("not shown to be alike") + ": \(odd) of \(rounds.count) further rounds"
        }
        if past.isEmpty { return style.bad("not reproducible") + ": \(odd) of \(rounds.count) further rounds" }
        return style.bad("not reproducible") + ": \(odds.otherwise) of \(odds.of) rebuilds, earlier ones among them"
    }

    private static func leads(_ original: Digest, _ other: Digest) -> [String] {
        let (one, two) = (original.hex.prefix(12), other.hex.prefix(12))
        return [
            "  compare: belljar diff \(one) \(two)",
            "  both: belljar export \(one) -o first; belljar export \(two) -o other",
        ]
    }

    /// What of the host it comes from.
    private var hostLines: [String] {
        var lines = hostCauses.map { trial in
            "  \(Self.files(trial.differences)): comes of " + trial.kinds.map(\.summary).joined(separator: " with ")
        }
        if !spontaneous.isEmpty { lines.append("  \(Self.files(spontaneous)): otherwise even if nothing is varied") }
        return lines
    }

    /// With --audit, what a recipe that comes out alike owes that to.
    private var auditSummary: [String] {
        guard isAlike, !audit.isEmpty else { return [] }
        let saved = audit.filter { !$0.differences.isEmpty }.map { trial in
            let count = trial.differences.count
            return "\(trial.control.rawValue) (\(count) \(count == 1 ? "file" : "files"))"
        }
        return [
            saved.isEmpty
                ? "  reproducible by itself: no control makes a difference"
                : "  reproducible only thanks to: " + saved.joined(separator: ", ")
        ]
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
        let alike = alikeOnOne ?? []
        let others = unexplained.filter { one in !alike.contains { $0.path == one.path } }
        var lines: [String] = []
        if !alike.isEmpty {
            lines.append(
                "  \(Self.files(alike)): the order of threads and parallel jobs; alike with `limits: {cpus: 1}`")
        }
        guard !others.isEmpty else { return lines }
        let pinned = leftToHost.isEmpty ? "no control is left to the host" : "not alike with \(tried) pinned"
        let one = alikeOnOne == nil ? "" : ", nor with `limits: {cpus: 1}`"
        lines.append(
            "  \(Self.files(others)): \(pinned)\(one); what else reaches a build is listed under `open` by `belljar show "
                + "\(name)`")
        return lines
    }

    private func auditLine(_ trial: ControlTrial) -> String {
        let name = "  without \(trial.control.rawValue): "
        if let failure = trial.failure { return name + "it fails: \(shown(failure.summary))" }
        return name + (trial.differences.isEmpty ? "the same" : "\(Self.files(trial.differences)) came out otherwise")
    }

    private static func files(_ differences: [Verdict.Difference]) -> String {
        let names = differences.prefix(Verdict.named).map { shown(PathText.shown($0.path)) }.joined(separator: ", ")
        return differences.count > Verdict.named ? names + " and \(differences.count - Verdict.named) more" : names
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
        JSONMember(says: "spontaneous", .list(of: difference), "what comes out otherwise even if nothing is varied") {
            $0.spontaneous
        }
        JSONMember(
            says: "hostCauses", .list(of: hostTrial),
            "what of the host the rest comes from: one variation alone, or the fewest that it takes"
        ) { $0.hostCauses }
        JSONMember(
            maySay: "alikeOnOneProcessor", .list(of: difference),
            "what of the unexplained is alike with `limits: {cpus: 1}`; missing if that was not tried"
        ) { $0.alikeOnOne }
        JSONMember(says: "varied", .list(of: .text), "what was otherwise in each further round") { report in
            report.varied.map(\.rawValue)
        }
        JSONMember(says: "notVaried", .list(of: unvaried), "what this host did not let be varied") { $0.notVaried }
        JSONMember(says: "earlierAlike", .count, "how many earlier rebuilds of the record came out alike") { report in
            UInt64(clamping: report.past.count { $0.kind == .identical })
        }
        JSONMember(says: "earlierDifferent", .count, "how many of them came out otherwise") { report in
            UInt64(clamping: report.pastDifferent.count)
        }
        JSONMember(says: "blames", .list(of: blame), "who wrote what differs, and what differed first") { $0.blames }
        JSONMember(says: "audit", .list(of: trial), "with --audit: pinned controls, each left to the host") { $0.audit }
    }

    private static let hostTrial = JSONType<ReproducibilityReport.HostTrial>.answer {
        JSONMember(says: "variations", .list(of: .text), "what was otherwise: all of it is needed") { trial in
            trial.kinds.map(\.rawValue)
        }
        JSONMember(says: "differences", .list(of: difference), "outputs that came out otherwise then") {
            $0.differences
        }
        JSONMember(maySay: "record", .digest, "SHA-256 of the record of that build") { $0.record }
    }

    private static let unvaried = JSONType<ReproducibilityReport.Unvaried>.answer {
        JSONMember(says: "variation", .text, "what could not be varied") { $0.kind.rawValue }
        JSONMember(says: "reason", .text, "what the system answered") { $0.reason }
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
