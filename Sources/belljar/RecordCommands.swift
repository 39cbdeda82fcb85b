internal import ArgumentParser
internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

struct RecordsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records", abstract: "List the records in the store, newest first.",
        usage: "belljar records [<options>] [<name> ...]",
        discussion: """
            A name without a record is refused (exit code 2). A line has the beginning of the record's digest, the time of the build (UTC), its status, and the \
            recipe's name and version. The beginning is enough to name the record to other commands.

              belljar records
              belljar records hello
            """)

    @Argument(help: ArgumentHelp("List only records of these recipes.", valueName: "name"), completion: .recipes)
    var names: [String] = []

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let session = Session(options)
        let all = try session.store().records()
        try all.requireNames(names)
        let entries = all.filter { names.isEmpty || names.contains($0.name) }
        if options.json {
            return try Console.write(entries, as: Answers.records)
        }
        let style = TextStyle(options.color, descriptor: 1)
        for entry in entries {
            let status = entry.status == .ok ? style.good("ok") : style.bad(entry.status.rawValue)
            Console.write(
                "\(entry.digest?.hex.prefix(16) ?? "")  \(UTCTime(entry.created))  \(status)  "
                    + "\(shown(entry.name)) \(shown(entry.version))"
                    + (entry.rebuildOf.map { "  rebuild of \($0.hex.prefix(16))" } ?? "") + "\n")
        }
    }
}

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a record: what went into a build, and what came out.",
        usage: "belljar show [<options>] <record>",
        discussion: """
              belljar show hello                     the newest record of this recipe
              belljar show 5131762c2f16              a record by its digest
              belljar show hello --json >hello.json  the record itself, to give to others

            With --json the record is printed byte for byte as it is stored, so that the output has its digest.
            """)

    @Argument(
        help: RecordReference.help(
            "The record: a recipe's name, the beginning of a digest, or a file.",
            "A name means the newest record of a build, even a failed one."),
        completion: .records)
    var record: String

    @Flag(
        help: ArgumentHelp(
            "Print which programs of the build asked for the time, random numbers and the like.",
            discussion: """
                In place of the record, one JSON object per line. Only a build with --ledger has it. With --json: its \
                digest and size.
                """))
    var ledger = false

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let session = Session(options)
        let found = try RecordReference(text: record, session: session).find()
        if ledger {
            try printLedger(of: found.record, found.digest, session)
        } else if options.json {
            // Nothing added, not even the end of the line: the bytes have the record's digest.
            Console.write(bytes: try found.record.canonicalBytes())
        } else {
            Console.write(
                try RecordText(style: TextStyle(options.color, descriptor: 1)).text(found.record, found.digest))
        }
    }

    private func printLedger(of record: BuildRecord, _ digest: Digest, _ session: Session) throws(BelljarError) {
        guard let ledger = record.observed.ledger else {
            throw BelljarError(
                .usage, operation: "show the ledger of", subject: "\(digest)", answer: "the build kept none",
                remedy: "belljar build --ledger \(record.definition.name) builds it with one")
        }
        let kept = KeptText(name: "ledger", content: ledger, record: digest)
        let size = try kept.size(in: session.store())
        let file = try session.store().openHashed(ledger)
        if options.json {
            let truncated = record.observed.ledgerTruncated
            return try Console.write(
                .init(record: digest, content: ledger, size: size, isTruncated: truncated), as: Answers.ledger)
        }
        try LogPrinter(sanitises: Terminal.isTerminal(1)).print(file, 0..<size)
        if record.observed.ledgerTruncated {
            Console.complain("note: the ledger reached its limit, and what came then is missing\n")
        }
    }
}

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Print what a build wrote to its standard output and error.",
        usage: "belljar log [<options>] <record>",
        discussion: """
              belljar log hello                  of the newest build of this recipe
              belljar log hello --step install   of one step
              belljar log hello --follow         of the build that is running now

            With --follow the command ends when the build does, with words on standard error and the exit code of the build. \
            On a terminal, control characters are made visible. To a file or pipe the log goes byte for byte. With \
            --json: the log's digest and size.
            """)

    @Argument(
        help: RecordReference.help(
            "The record: a recipe's name, the beginning of a digest, or a file.",
            "A name means the newest record of a build, even a failed one."),
        completion: .records)
    var record: String

    @Option(help: ArgumentHelp("Print only this step's part.", valueName: "name"))
    var step: String?

    @Flag(
        name: [.customShort("f"), .long],
        help: ArgumentHelp(
            "Go on as the build writes, until it is over.",
            discussion: """
                Whichever process runs it, in the same store. If no build of that name has begun its steps, the newest record's \
                log is printed.
                """))
    var follow = false

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let session = Session(options)
        let reference = RecordReference(text: record, session: session)
        if follow { return try LogFollowing(reference: reference, session: session).run() }
        let found = try reference.find()
        let observed = found.record.observed
        let kept = KeptText(name: "log", content: observed.log, record: found.digest)
        let size = try kept.size(in: session.store())
        let log = try session.store().openHashed(observed.log)
        let range = try part(of: observed, size: size)
        if options.json {
            let truncated = observed.logTruncated
            return try Console.write(
                .init(record: found.digest, content: observed.log, size: size, isTruncated: truncated), as: Answers.log)
        }
        let printer = LogPrinter(sanitises: Terminal.isTerminal(1))
        try printer.print(log, range)
        if observed.logTruncated { Console.complain("note: the log reached its limit and was cut off there\n") }
    }

    func validate() throws {
        guard follow, step != nil || options.json else { return }
        throw ValidationError("--follow goes with neither --step nor --json")
    }

    private func part(of observed: BuildRecord.Observed, size: UInt64) throws(BelljarError) -> Range<UInt64> {
        guard let step else { return 0..<size }
        guard let index = observed.steps.firstIndex(where: { $0.name == step }) else {
            throw BelljarError(
                .usage, operation: "find step", subject: step, answer: "the record has no such step",
                remedy: "its steps are: " + observed.steps.map(\.name).joined(separator: ", "))
        }
        let start = observed.steps[index].logOffset
        // Offsets rise: whoever reads a record sees to that.
        let end = index + 1 < observed.steps.count ? observed.steps[index + 1].logOffset : size
        guard start <= end, end <= size else {
            throw BelljarError(
                .integrity, operation: "show the log of step", subject: step,
                answer: "according to the record it goes from byte \(start) to \(end), and the log has \(size) bytes",
                remedy: RecordDecoder.remedy)
        }
        return start..<end
    }
}

/// A log or a ledger, which a record names by digest and only the store of its build has.
private struct KeptText {
    let name: String
    let content: Digest
    let record: Digest

    /// In bytes.
    ///
    /// - Throws: `unavailable` if the record came as a file and its text did not.
    func size(in store: Store) throws(BelljarError) -> UInt64 {
        if let size = try store.size(of: content) { return size }
        // What a store lists it has to have: it is damaged then.
        if try store.lists(record) { return 0 }
        throw BelljarError(
            .unavailable, operation: "show the \(name) of", subject: "\(record)",
            answer:
                "this store does not have it (\(content)): a record names its \(name), and the store of its build keeps it",
            remedy: "run this where it was built, or `belljar rebuild` the record, which leaves one of its own")
    }
}

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check, without building, that a file is an output of a record.",
        usage: "belljar verify [<options>] <file> <record>",
        discussion: """
              belljar verify out/usr/bin/hello hello
              belljar verify hello ./record.json --as usr/bin/hello

            Where a recipe's name is given, the file may be from any of its builds that succeeded; the answer says \
            which. Exit codes: 0 it is an output, 6 it is not.
            """)

    @Argument(help: "The file to check.", completion: .file())
    var file: String

    @Argument(
        help: RecordReference.help(
            "The record: a recipe's name, the beginning of a digest, or a file.",
            "A name means all records of builds that succeeded, the newest first."),
        completion: .records)
    var record: String

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Accept only this output, for instance usr/bin/hello.", valueName: "path"))
    var output: String?

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let digest = try FileDigest.of(path: file)
        let found = try RecordReference(text: record, session: Session(options)).first(succeeded: true) {
            candidates($0).contains { $0.digest == digest }
        }
        let named = candidates(found.record)
        if let output, named.isEmpty {
            let isLink = found.record.result.outputs.contains { isPath(output, of: $0) }
            throw BelljarError(
                .usage, operation: "verify", subject: file,
                answer: isLink ? "\(output) is a link in the record" : "the record has no output \(output)",
                remedy: isLink
                    ? "name the output that it leads to: only files have content to compare"
                    : "`belljar show \(record)` lists its outputs")
        }
        guard let match = named.first(where: { $0.digest == digest }) else {
            let name = file.split(separator: "/").last.map(String.init) ?? file
            let namesakes = named.filter {
                output != nil || PathText.shown($0.path).split(separator: "/").last.map(String.init) == name
            }
            throw BelljarError(
                .integrity, operation: "verify", subject: file,
                answer: "no output of the record has its digest, \(digest)",
                remedy: namesakes.isEmpty
                    ? "check that it is of this build: `belljar show \(record)` lists the outputs"
                    : "it was changed, or is of another build: do not take it for what the record names",
                details: namesakes.map { "\(PathText.shown($0.path)) has \($0.digest)" })
        }
        if options.json {
            try Console.write(
                .init(file: file, digest: digest, record: found.digest, output: match.path), as: Answers.verification)
        } else {
            let path = shown(PathText.shown(match.path))
            Console.write("\(shown(file)) is \(path) of record \(found.digest)\n")
        }
    }

    private func candidates(_ record: BuildRecord) -> [BuildRecord.Output] {
        record.result.outputs.filter { found in
            found.mode != "link" && (output.map { isPath($0, of: found) } ?? true)
        }
    }

    /// By bytes: two spellings of one character are two names.
    private func isPath(_ text: String, of found: BuildRecord.Output) -> Bool {
        [found.path, PathText.shown(found.path)].contains { $0.utf8.elementsEqual(text.utf8) }
    }
}
