internal import ArgumentParser
internal import BelljarBuild
internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Rebuild what was built before, and say what does not come out the same any more.",
        usage: "belljar replay [<options>] [<name> ...]",
        discussion: """
            Takes records of builds that succeeded, rebuilds each as `belljar rebuild` does, and compares. Of one that comes \
            out otherwise it says since when, and what of belljar and its host has changed since it last came out alike.

              belljar replay                    all builds of this project
              belljar replay --since 30d hello  those of one recipe, of the last 30 days
              belljar replay --sample 20        20 of them, chosen at random

            Each rebuild leaves a record, which `belljar stats` counts.

            Exit codes: 0 all came out alike, 3 one came out otherwise; if one failed or could not be rebuilt, that of \
            `belljar rebuild`.
            """)

    @OptionGroup var selection: RecordSelection

    @Option(help: ArgumentHelp("Only so many of them, chosen at random.", valueName: "count"))
    var sample: Int?

    @Option(
        name: [.customShort("j"), .long],
        help: ArgumentHelp(
            "How many rebuilds may run at the same time, 1 to 1024. Default: the number of processors.",
            valueName: "count"))
    var jobs: Int?

    @Flag(help: "Fetch nothing; what cannot be rebuilt without is inconclusive (exit code 8).")
    var offline = false

    @OptionGroup var checks: RecheckOptions
    @OptionGroup var secrets: SecretOptions
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard sample.map({ $0 > 0 }) ?? true else { throw ValidationError("--sample must be at least 1") }
        guard (1...1024).contains(jobs ?? 1) else { throw ValidationError("--jobs must be between 1 and 1024") }
    }

    func run() throws {
        let session = Session(options, showsProgress: true, isOffline: offline)
        let lease = try session.store().lease()
        defer { withExtendedLifetime(lease) {} }
        let (records, unreadable) = try chosen(session)
        let engine = try session.engine(
            jobs: jobs ?? Host.cpus, recheck: checks.recheck, secrets: try secrets.origins())
        let report = ReplayReport(records: try engine.replay(records), unreadable: unreadable)
        LiveProgress.stop()
        let end = Result { try session.cancellation.check("replay", "\(records.count) records") }
        if options.json {
            // An error is the one object that is answered.
            try end.get()
            try Console.write(report, as: Answers.replay)
        } else if !report.records.isEmpty || !unreadable.isEmpty {
            // What was shown until then.
            Console.write(report.words(TextStyle(options.color, descriptor: 1)))
        }
        try end.get()
        if let verdict = report.decisive { throw QuietExit(exitCode: RebuildCommand.exitCode(verdict)) }
        if let first = unreadable.first { throw QuietExit(exitCode: first.code.exitCode) }
    }

    /// - Returns: those to rebuild, and why others cannot be read.
    private func chosen(
        _ session: Session
    ) throws(BelljarError) -> ([(record: BuildRecord, digest: Digest)], [BelljarError]) {
        let (store, begin) = (try session.store(), selection.begin)
        let entries = try selection.builds(in: session, store.records()).filter { $0.created >= begin }
        guard !entries.isEmpty else {
            throw BelljarError(
                .usage, operation: "replay",
                subject: selection.names.isEmpty ? "builds" : selection.names.joined(separator: ", "),
                answer: "there is no record of a build that succeeded" + (selection.since.map { " since \($0)" } ?? ""),
                remedy: "`belljar records` lists all; `belljar build` makes one")
        }
        var records: [(record: BuildRecord, digest: Digest)] = []
        var unreadable: [BelljarError] = []
        for entry in sampled(entries) {
            guard let digest = entry.digest else { continue }
            do throws(BelljarError) { records.append((try RecordReference.read(digest, store).record, digest)) } catch {
                unreadable.append(RebuildHistory.unreadable(entry, digest, error))
            }
        }
        return (records, unreadable)
    }

    /// In the order that they had.
    private func sampled(_ entries: [RecordEntry]) -> [RecordEntry] {
        guard let sample, sample < entries.count else { return entries }
        return entries.indices.shuffled().prefix(sample).sorted().map { entries[$0] }
    }
}

/// What a replay showed.
struct ReplayReport {
    /// The newest first.
    var records: [Replayed]
    /// Why records could not be read.
    var unreadable: [BelljarError]

    /// The verdict that decides the exit code; nil if all came out alike.
    var decisive: Verdict? {
        let verdicts = records.map(\.verdict)
        return verdicts.first { $0.kind == .different } ?? verdicts.first { $0.kind != .identical }
    }

    func count(_ kind: Verdict.Kind) -> Int { records.count { $0.verdict.kind == kind } }

    func words(_ style: TextStyle) -> String {
        let lines = records.flatMap { $0.lines(style) }
        let counts = Verdict.Kind.allCases.map { "\(count($0)) \($0.rawValue)" }.joined(separator: ", ")
        let gone = records.filter { $0.failsSince != nil }.map {
            "does not reproduce: \(shown($0.name)) \(shown($0.version)), record \($0.verdict.original.hex.prefix(12))"
        }
        let lost = unreadable.flatMap { error in
            ["error: " + shown(error.summary)] + (error.remedy.map { ["remedy: " + shown($0)] } ?? [])
        }
        return (lines + gone + lost + ["summary: \(counts)" + (lost.isEmpty ? "" : ", \(unreadable.count) unreadable")])
            .map { $0 + "\n" }.joined()
    }
}

extension Replayed {
    fileprivate func lines(_ style: TextStyle) -> [String] {
        let kind = verdict.kind
        let word = kind == .identical ? style.good(kind.rawValue) : style.bad(kind.rawValue)
        let padding = String(repeating: " ", count: max(0, 13 - kind.rawValue.count))
        let head =
            "\(word)\(padding) \(shown(name)) \(shown(version))  record \(verdict.original.hex.prefix(12)), built \(UTCTime(built))"
        return [head] + details.map { "  " + $0 }
    }

    private var details: [String] {
        var lines = verdict.differences.prefix(Verdict.named).map {
            "\($0.kind.rawValue) \(shown(PathText.shown($0.path)))"
        }
        if verdict.differences.count > Verdict.named {
            lines.append("and \(verdict.differences.count - Verdict.named) more")
        }
        if let reason = verdict.reason {
            lines.append(shown(reason.summary))
            if let remedy = reason.remedy { lines.append("remedy: " + shown(remedy)) }
        }
        guard let failsSince else { return lines }
        let alike = lastAlike.map { "last alike on \(UTCTime($0))" } ?? "no rebuild of it was alike"
        lines.append("otherwise since \(UTCTime(failsSince)); \(alike)")
        if !changes.isEmpty {
            let words = changes.map { "\(shown($0.what)) was \(shown($0.before)), is \(shown($0.now))" }
            lines.append("not as \(lastAlike == nil ? "when it was built" : "then"): " + words.joined(separator: "; "))
        } else if verdict.rebuilt != nil {
            lines.append("belljar, kernel and processor are as they were: the build itself varies")
        }
        if !leftToHost.isEmpty {
            lines.append("its recipe leaves to the host: " + leftToHost.map(\.rawValue).joined(separator: ", "))
        }
        if verdict.kind == .different, let rebuilt = verdict.rebuilt {
            lines.append("compare: belljar diff \(verdict.original.hex.prefix(12)) \(rebuilt.hex.prefix(12))")
        }
        return lines
    }
}

extension Answers {
    static let replay = JSONType<ReplayReport>.answer {
        JSONMember(says: "records", .list(of: replayed), "each that was rebuilt, the newest first") { $0.records }
        JSONMember(says: "identical", .count, "how many came out alike") { UInt64($0.count(.identical)) }
        JSONMember(says: "different", .count, "how many came out otherwise") { UInt64($0.count(.different)) }
        JSONMember(says: "failed", .count, "how many failed this time") { UInt64($0.count(.failed)) }
        JSONMember(says: "inconclusive", .count, "how many could not be rebuilt") { UInt64($0.count(.inconclusive)) }
        JSONMember(says: "unreadable", .list(of: error), "why other records could not be read") {
            $0.unreadable.map { ReportedError($0) }
        }
    }

    private static let replayed = JSONType<Replayed>.answer {
        JSONMember(says: "name", .name(.recipe), "the recipe's name") { $0.name }
        JSONMember(says: "version", .name(.version), "the recipe's version") { $0.version }
        JSONMember(says: "built", .count, "when the recorded build began: seconds since 1970") { $0.built }
        JSONMember(says: "rebuild", verdict, "what the rebuild showed") { $0.verdict }
        JSONMember(
            maySay: "lastAlike", .count, "when an earlier rebuild last came out alike: seconds since 1970"
        ) { $0.lastAlike }
        JSONMember(
            maySay: "failsSince", .count, "when one first came out otherwise or failed after that: seconds since 1970"
        ) { $0.failsSince }
        JSONMember(
            says: "changes", .list(of: replayChange), "what has changed of belljar and its host since it was last alike"
        ) { $0.changes }
        JSONMember(says: "leftToHost", .list(of: .text), "controls that the recipe leaves to the host") { replayed in
            replayed.leftToHost.map(\.rawValue)
        }
    }

    private static let replayChange = JSONType<Replayed.Change>.answer {
        JSONMember(says: "what", .text, "belljar, kernel, cpu, or the name of what is enforced") { $0.what }
        JSONMember(says: "before", .text, "as it was") { $0.before }
        JSONMember(says: "now", .text, "as it is") { $0.now }
    }
}
