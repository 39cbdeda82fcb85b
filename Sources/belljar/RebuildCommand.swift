internal import ArgumentParser
internal import BelljarBuild
internal import BelljarModel
internal import BelljarStore

struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Execute a record's definition again, for real, and compare.",
        discussion: """
            Needs nothing but the record: what is missing is fetched or built from what it says. Exit code 0 means \
            identical, 3 different, 1 that the build failed this time; where nothing could be shown the code is that \
            of the reason.
            """)

    @Argument(
        help: ArgumentHelp(
            "Beginning of a record's digest, a recipe's name, or a file with a record.", valueName: "record"))
    var record: String

    @Flag(help: "Keep what a failed build leaves in /build and /out, and say where.")
    var keepFailed = false

    @OptionGroup(title: "Checks") var checks: RecheckOptions
    @OptionGroup(title: "Secrets") var secrets: SecretOptions
    @OptionGroup(title: "Global options") var options: GlobalOptions

    func run() throws {
        let session = Session(options, showsProgress: true)
        // From before the record is looked for: it and what it names have to be there until the end.
        let lease = try session.store().lease()
        defer { withExtendedLifetime(lease) {} }
        let found = try RecordReference(text: record, session: session).find(succeeded: true)
        let engine = try session.engine(
            jobs: 1, keepsFailed: keepFailed, recheck: checks.recheck, secrets: try secrets.origins())
        let verdict = try engine.rebuild(found.record, digest: found.digest)
        LiveProgress.stop()
        if options.json {
            try Console.write(verdict, as: Answers.verdict)
        } else {
            show(verdict, found.record)
        }
        let exitCode = Self.exitCode(verdict)
        if exitCode != 0 { throw QuietExit(exitCode: exitCode) }
    }

    private static func exitCode(_ verdict: Verdict) -> Int32 {
        switch verdict.kind {
        case .identical: 0
        case .different: ErrorCode.notReproducible.exitCode
        case .failed, .inconclusive: verdict.reason?.code.exitCode ?? ErrorCode.internal.exitCode
        }
    }

    private func show(_ verdict: Verdict, _ record: BuildRecord) {
        let style = TextStyle(options.color, descriptor: 1)
        var lines = [
            "\(style.bold(shown(record.definition.name))) \(shown(record.definition.version))  record "
                + "\(verdict.original)"
        ]
        for difference in verdict.differences {
            lines.append(
                "  \(difference.kind.rawValue) \(shown(PathText.shown(difference.path)))")
            if let expected = difference.expected { lines.append("    expected \(expected.mode) \(expected.digest)") }
            if let found = difference.found { lines.append("    found    \(found.mode) \(found.digest)") }
        }
        if let reason = verdict.reason {
            lines.append("  " + shown(reason.summary))
            lines += reason.details.map { "    " + LogTail.sanitised($0.utf8) }
            if let remedy = reason.remedy { lines.append("  remedy: " + shown(remedy)) }
        }
        let word = verdict.kind == .identical ? style.good("identical") : style.bad(verdict.kind.rawValue)
        lines.append("verdict: \(word)  (\(ProgressWords.seconds(Double(verdict.milliseconds) / 1000)))")
        Console.write(lines.map { $0 + "\n" }.joined())
    }
}
