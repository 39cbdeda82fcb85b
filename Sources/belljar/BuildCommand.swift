internal import ArgumentParser
internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

struct BuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build recipes, after the recipes that they need as inputs.",
        usage: "belljar build [<options>] [<name> ...]",
        discussion: """
            If the store has the result of an equal build, that is used, and the answer says `cached`. A build that \
            runs leaves a record: `belljar show` prints it, `belljar rebuild` builds from it again.

              belljar build                       all recipes of the project
              belljar build hello                 one, and what it needs
              belljar build hello --output out    and copy its outputs to out/hello/
              belljar build hello --link result   and make a link to its outputs
              belljar build hello --keep-failed   keep the files if it fails
              belljar build --watch               and again whenever something changes
              belljar build --keep-going --log plain --events events.jsonl
                                                  as a CI job likes it

            Exit codes: 0 built, 1 a build failed, 2 a recipe or the command line is wrong, 3 a build did not come \
            out alike (--check), 7 a limit was reached. `belljar --help` lists all. Of several failures the code is that of the one that ended the build; with \
            --keep-going, of the first in the order of the recipes.
            """)

    @Argument(
        help: ArgumentHelp("The recipes to build. Default: all of the project.", valueName: "name"),
        completion: .recipes)
    var names: [String] = []

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Copy the outputs of each recipe to a subfolder of this one that has the recipe's name.",
            discussion: """
                What an earlier --output left there and is no output any more is removed. Files that are not from one \
                stay, and none is overwritten. An output named .belljar-export at the top is \
                refused. `belljar export` copies to the folder itself, or makes an archive.
                """,
            valueName: "folder"), completion: .directory)
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Make this path a link to the outputs; for several recipes, PATH-NAME for each.",
            discussion: """
                The outputs are read-only there, and stay in the store for as long as the link does. A link that belljar \
                made is replaced, in one step. Anything else at that path is refused.
                """,
            valueName: "path"), completion: .file())
    var link: String?

    @Option(
        name: [.customShort("j"), .long],
        help: ArgumentHelp(
            "How many builds may run at the same time, 1 to 1024. Default: the number of processors.",
            valueName: "count"))
    var jobs: Int?

    @Flag(help: "Build even if the store has the result of an equal build.")
    var noCache = false

    @Flag(help: "If a build fails, keep its /build and /out, and print where they are.")
    var keepFailed = false

    @Flag(
        help: ArgumentHelp(
            "Record which programs asked for the time, random numbers and the like, and how often.",
            discussion: "`belljar show --ledger` prints it. A result that has no ledger yet is built again."))
    var ledger = false

    @Flag(
        help: ArgumentHelp(
            "Keep a trace: which processes there were, when, and which files each read and wrote.",
            discussion: """
                For `belljar timeline` and `belljar impact`. A result that has no trace yet is built again, which takes \
                somewhat longer, and comes out the same.
                """))
    var trace = false

    @Option(
        help: ArgumentHelp(
            "How many builds of each recipe have to come out alike, 2 to 1000.",
            discussion: """
                As `policy: {check: 2}` in a recipe, for all of them. The further builds are on a host that varies, as those                 of `belljar check`. If one comes out otherwise, the build failed (exit code 3). A result that was                 rebuilt before is held to what that showed.
                """, valueName: "count"))
    var check: Int?

    @Flag(
        help: ArgumentHelp(
            "Fetch nothing; what the store lacks is an error (exit code 8).",
            discussion: """
                Without it, a source that the store has by its digest is fetched once more if it never came from the \
                address that the recipe names. With it, it is taken, and the answer names the address (`notFetched`), \
                also if it is cached; so does the record of a build that runs (`observed.notFetched`).
                """))
    var offline = false

    @OptionGroup var telling: BuildTelling
    @OptionGroup var checks: RecheckOptions
    @OptionGroup var secrets: SecretOptions
    @OptionGroup var controls: ControlOptions
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if options.quiet, telling.log == .plain {
            throw ValidationError("--quiet leaves out what --log plain shows; give one of them")
        }
        guard output != "" else { throw ValidationError("--output names no folder: write . for this one") }
        guard link.map({ !$0.isEmpty && !$0.hasSuffix("/") }) ?? true else {
            throw ValidationError("--link takes the path of a link, without a slash at its end")
        }
        guard check.map({ Recipe.roundCount.contains(UInt64(clamping: $0)) }) ?? true else {
            throw ValidationError("--check must be between 2 and 1000")
        }
        guard (1...1024).contains(jobs ?? 1) else { throw ValidationError("--jobs must be between 1 and 1024") }
    }

    func run() throws {
        if telling.watch {
            let session = Session(options, makesStore: true)
            return try BuildWatch(session: session, names: names, isQuiet: options.quiet).run()
        }
        let events = try telling.events.map { path throws(BelljarError) in
            try EventLog(at: try Places(options: options).absolute(path))
        }
        let session = Session(
            options, showsProgress: true, makesStore: !telling.dryRun, isOffline: offline, log: telling.log,
            watcher: events)
        // A build that is not done has nothing to mark.
        let annotations = telling.dryRun ? nil : Annotations(telling.annotations)
        annotations?.begin()
        do {
            try build(session, events, annotations)
        } catch let error as BelljarError {
            // Of a build that came to have a report, that has been told.
            try? events?.finish(nil, .init(error))
            guard let annotations else { throw error }
            LiveProgress.stop()
            annotations.beforeErrors()
            let code = ErrorReport(error: error, arguments: ProgramArguments.all).report()
            annotations.end([.init(error: error)], project: try? session.project())
            throw QuietExit(exitCode: code)
        }
    }

    private func build(_ session: Session, _ events: EventLog?, _ annotations: Annotations?) throws {
        let library = try session.recipes()
        let wanted = try names.isEmpty ? library.names() : unique(names)
        guard !wanted.isEmpty else {
            throw BelljarError(
                .usage, operation: "build", subject: library.project, answer: "the project has no recipes",
                remedy: "write one with `belljar init`, or name another project with --project")
        }
        var (recipes, refused) = try resolved(wanted, in: library)
        // Only what was asked for: the inputs stay what they are, so that one thing changes at a time.
        for index in recipes.indices where wanted.contains(recipes[index].name) {
            recipes[index].controls = try controls.applied(to: recipes[index])
        }
        if telling.dryRun, try session.storeIfAny() == nil {
            return try BuildPlan.ofNothing(recipes, toolchains: try session.toolchainFiles(), isOffline: offline)
                .show(options)
        }
        let engine = try session.engine(
            jobs: jobs ?? Host.cpus, reusesRecords: !noCache, keepsFailed: keepFailed, keepsLedger: ledger,
            keepsTrace: trace,
            explains: telling.explain, recheck: checks.recheck, rounds: check ?? 1, secrets: try secrets.origins())
        if telling.dryRun { return try engine.plan(recipes, explains: telling.explain).show(options) }
        let links = try link.map { path throws(BelljarError) in
            try ResultLinks(path: session.places.absolute(path), names: wanted, session: session)
        }
        // The engine holds one while it builds; what is exported has to stay until it is copied.
        let lease = try output == nil && links == nil ? nil : session.store().lease()
        defer { withExtendedLifetime(lease) {} }
        for refusal in refused { events?.refuse(refusal.name, refusal.error) }
        var report = try engine.build(recipes, keepsGoing: telling.keepGoing)
        report.refused = refused
        // Whoever wants all that can be had gets it; of a build that ended early, nothing is laid out.
        if report.decisive == nil || telling.keepGoing {
            let folder = try output.map { path throws(BelljarError) in try session.places.absolute(path) }
            for name in wanted {
                guard case .succeeded(let outcome) = report[name]?.ending, let tree = outcome.record.result.tree else {
                    continue
                }
                if let folder { try OutputFolder(path: "\(folder)/\(name)", session: session).export(tree) }
                if let record = outcome.digest { try links?.make(for: name, to: tree, of: record) }
            }
        }
        // What was cut short has no time to look, and of a failed build other things are to be said.
        if let path = telling.events, report.decisive == nil, !options.quiet {
            let file = WrittenFile(path: try session.places.absolute(path), what: "the file of events")
            try file.tell(of: recipes, engine, options)
        }
        try BuildConclusion(
            report: report, wanted: wanted, project: library.project, options: options, telling: telling,
            annotations: annotations
        ).tell(events)
    }

    /// Of a recipe that cannot be read, whoever wants all that can be had is told at the end.
    private func resolved(
        _ names: [String], in library: RecipeLibrary
    ) throws(BelljarError) -> (recipes: [Recipe], refused: [RecipeGraph.Unread]) {
        guard telling.keepGoing, !telling.dryRun else { return (try RecipeGraph.resolve(names, in: library), []) }
        return RecipeGraph.resolving(names, in: library)
    }

    private func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}

/// The links that a build was asked for.
private struct ResultLinks {
    /// By recipe; absolute.
    private let paths: [String: String]
    private let store: Store
    private let session: Session

    /// - Parameter path: of the link, or what those of several recipes begin with.
    /// - Throws: `usage` before anything is built, if one of them could not be made.
    init(path: String, names: [String], session: Session) throws(BelljarError) {
        let isOne = names.count == 1
        let path = try Self.settled(path, session.places)
        paths = Dictionary(names.map { ($0, isOne ? path : "\(path)-\($0)") }) { first, _ in first }
        store = try session.store()
        self.session = session
        for name in names { if let path = paths[name] { try store.checkLink(at: path) } }
    }

    /// Without links and `..` in front of the last name: what these lead to tomorrow may be another folder.
    private static func settled(_ path: String, _ places: Places) throws(BelljarError) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        let (folder, name) = (String(path[..<slash]), path[path.index(after: slash)...])
        guard !name.isEmpty, name != ".", name != ".." else { return path }
        let settled = places.withoutLinks(folder.isEmpty ? "/" : folder)
        return settled == "/" ? "/\(name)" : "\(settled)/\(name)"
    }

    func make(for name: String, to tree: TreeDigest, of record: Digest) throws(BelljarError) {
        guard let path = paths[name] else { return }
        try store.makeLink(at: path, to: tree, of: record)
        session.progress.report(.notice("\(name): the outputs are in \(path)"))
    }
}
