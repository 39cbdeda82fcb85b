internal import ArgumentParser
internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

struct BuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build recipes, and the recipes whose outputs they need.",
        discussion: """
            A build whose inputs were built before is answered from the store. Every build that ran leaves a record; \
            `belljar rebuild` rebuilds from it.
            """)

    @Argument(help: ArgumentHelp("Names of recipes; all of the project if there are none.", valueName: "name"))
    var names: [String] = []

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Copy the outputs into a folder.",
            discussion: "With several names, each has a folder of its own in it. Files that are not what an earlier "
                + "export left there are never overwritten, and outputs named .belljar-export... are refused.",
            valueName: "folder"), completion: .directory)
    var output: String?

    @Option(name: [.customShort("j"), .long], help: ArgumentHelp("Builds at the same time.", valueName: "count"))
    var jobs: Int = Host.cpus

    @Flag(help: "Execute even if the store has a record of an equal build.")
    var noCache = false

    @Flag(help: "Keep what a failed build leaves in /build and /out, and say where.")
    var keepFailed = false

    @Flag(
        help: ArgumentHelp(
            "Write down which process consulted what of the world, and how often.",
            discussion: "`belljar show --ledger` prints it. A build whose record has no ledger is executed again."))
    var ledger = false

    @OptionGroup(title: "Checks") var checks: RecheckOptions
    @OptionGroup(title: "Secrets") var secrets: SecretOptions
    @OptionGroup(title: "Experiments") var controls: ControlOptions
    @OptionGroup(title: "Global options") var options: GlobalOptions

    func validate() throws {
        guard (1...1024).contains(jobs) else { throw ValidationError("--jobs must be between 1 and 1024") }
    }

    func run() throws {
        let session = Session(options, showsProgress: true)
        let library = try session.recipes()
        let wanted = try names.isEmpty ? library.names() : unique(names)
        guard !wanted.isEmpty else {
            throw BelljarError(
                .usage, operation: "build", subject: library.folder, answer: "the project has no recipes")
        }
        var recipes = try RecipeGraph.resolve(wanted, in: library)
        // Only what was asked for: the inputs stay what they are, so that one thing changes at a time.
        for index in recipes.indices where wanted.contains(recipes[index].name) {
            recipes[index].controls = try controls.applied(to: recipes[index].controls)
        }
        let engine = try session.engine(
            jobs: jobs, reusesRecords: !noCache, keepsFailed: keepFailed, keepsLedger: ledger,
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
