internal import ArgumentParser
internal import BelljarBuild
internal import BelljarModel
internal import BelljarStore

struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Build again from a record, and compare the outputs with the recorded ones.",
        usage: "belljar rebuild [<options>] <record>",
        discussion: """
            The record says where all sources, toolchains and inputs come from, and what the store lacks is fetched or \
            built. Local sources and patches alone have to be in the store. The build really runs; the store's results \
            are not used. The answer ends with a verdict:

              identical     the outputs are the same: exit code 0
              different     an output changed, is missing or is new: 3
              failed        the build failed this time: 1, 5 or 7, as `belljar build`
              inconclusive  it could not be built again: the exit code of the reason

              belljar rebuild hello            the newest record of this recipe
              belljar rebuild 5131762c2f16     a record by its digest
              belljar rebuild ./record.json    a record that somebody sent you
            """)

    @Argument(
        help: RecordReference.help(
            "The record: a recipe's name, the beginning of a digest, or a file.",
            "A name means the newest record of a build that succeeded."),
        completion: .records)
    var record: String

    @Flag(help: "If the build fails, keep its /build and /out, and print where they are.")
    var keepFailed = false

    @Flag(
        help: ArgumentHelp(
            "Fetch nothing; what the store lacks is an error (exit code 8).",
            discussion: """
                With and without it, a source that the store has by its digest is taken from there, and the record that \
                the rebuild leaves names the addresses that never gave theirs (`observed.notFetched`). To see whether \
                all can still be fetched, rebuild into an empty store: --store FOLDER.
                """))
    var offline = false

    @OptionGroup var checks: RecheckOptions
    @OptionGroup var secrets: SecretOptions
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let session = Session(options, showsProgress: true, makesStore: true, isOffline: offline)
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

    static func exitCode(_ verdict: Verdict) -> Int32 {
        switch verdict.kind {
        case .identical: 0
        case .different: ErrorCode.notReproducible.exitCode
        case .failed, .inconclusive: verdict.reason?.code.exitCode ?? ErrorCode.internal.exitCode
        }
    }

    private static func words(_ output: BuildRecord.Output, withSize: Bool) -> String {
        "\(output.mode) \(output.digest)" + (withSize ? ", \(output.size) bytes" : "")
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
            let (expected, found) = (difference.expected, difference.found)
            // A digest says it all, unless a record names another size for the same bytes.
            let withSizes = expected?.digest == found?.digest && expected?.size != found?.size
            if let expected { lines.append("    expected " + Self.words(expected, withSize: withSizes)) }
            if let found { lines.append("    found    " + Self.words(found, withSize: withSizes)) }
        }
        if let reason = verdict.reason {
            lines.append("  " + shown(reason.summary))
            lines += reason.details.map { "    " + LogTail.sanitised($0.utf8) }
            if let remedy = reason.remedy { lines.append("  remedy: " + shown(remedy)) }
        }
        if verdict.kind == .different, let rebuilt = verdict.rebuilt {
            let (before, after) = (verdict.original.hex.prefix(12), rebuilt.hex.prefix(12))
            lines.append("  compare: belljar diff \(before) \(after)")
            lines.append("  both: belljar export \(before) -o recorded; belljar export \(after) -o rebuilt")
        }
        let word = verdict.kind == .identical ? style.good("identical") : style.bad(verdict.kind.rawValue)
        lines.append("verdict: \(word)  (\(ProgressWords.seconds(Double(verdict.milliseconds) / 1000)))")
        Console.write(lines.map { $0 + "\n" }.joined())
    }
}
