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
              belljar build hello --output out    and copy its outputs to out/
              belljar build hello --keep-failed   keep the files if it fails

            Exit codes: 0 built, 1 a build failed, 2 a recipe or the command line is wrong, 7 a limit was reached. \
            `belljar --help` lists all.
            """)

    @Argument(help: ArgumentHelp("The recipes to build. Default: all of the project.", valueName: "name"))
    var names: [String] = []

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Copy the outputs to this folder.",
            discussion: """
                With several recipes, to a subfolder for each. Files are only overwritten if an earlier --output left \
                them there, and what is no output any more stays. Outputs named .belljar-export... at the top, or \
                .belljar-part... anywhere, are refused.
                """,
            valueName: "folder"), completion: .directory)
    var output: String?

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

    @OptionGroup var checks: RecheckOptions
    @OptionGroup var secrets: SecretOptions
    @OptionGroup var controls: ControlOptions
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...1024).contains(jobs ?? 1) else { throw ValidationError("--jobs must be between 1 and 1024") }
    }

    func run() throws {
        let session = Session(options, showsProgress: true, makesStore: true)
        let library = try session.recipes()
        let wanted = try names.isEmpty ? library.names() : unique(names)
        guard !wanted.isEmpty else {
            throw BelljarError(
                .usage, operation: "build", subject: library.project, answer: "the project has no recipes",
                remedy: "write one with `belljar init`, or name another project with --project")
        }
        var recipes = try RecipeGraph.resolve(wanted, in: library)
        // Only what was asked for: the inputs stay what they are, so that one thing changes at a time.
        for index in recipes.indices where wanted.contains(recipes[index].name) {
            recipes[index].controls = try controls.applied(to: recipes[index])
        }
        let engine = try session.engine(
            jobs: jobs ?? Host.cpus, reusesRecords: !noCache, keepsFailed: keepFailed, keepsLedger: ledger,
            recheck: checks.recheck, secrets: try secrets.origins())
        // The engine holds one while it builds; what is exported has to stay until it is copied.
        let lease = try output == nil ? nil : session.store().lease()
        defer { withExtendedLifetime(lease) {} }
        let outcomes = try engine.build(recipes)
        let requested = wanted.compactMap { outcomes[$0] }
        if let output {
            let folder = try session.places.absolute(output)
            for outcome in requested {
                guard let tree = outcome.record.result.tree else { continue }
                let target = requested.count == 1 ? folder : folder + "/" + outcome.record.definition.name
                try Exporter(store: try session.store(), folder: target).export(tree)
            }
        }
        try show(requested)
    }

    private func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private func show(_ outcomes: [BuildOutcome]) throws(BelljarError) {
        if options.json {
            return try Console.write(outcomes, as: Answers.builds)
        }
        let style = TextStyle(options.color, descriptor: 1)
        for outcome in outcomes {
            let definition = outcome.record.definition
            let how = outcome.isCached ? "cached" : "built"
            Console.write(
                "\(style.bold(shown(definition.name))) \(shown(definition.version))  \(style.good(how))  record "
                    + "\(outcome.digest?.description ?? "none")\n")
        }
    }
}
