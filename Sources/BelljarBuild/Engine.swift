package import BelljarFetch
package import BelljarModel
package import BelljarSandbox
package import BelljarStore
package import BelljarToolchain
internal import Synchronization

/// Builds recipes and rebuilds records. The one place where the executors are put together.
package struct Engine: Sendable {
    /// What the engine works with. What a cached build does not need is made only when it is asked for.
    package struct Tools: Sendable {
        package var store: Store
        package var fetcher: Once<Fetcher>
        package var sandbox: Once<Sandbox>
        package var toolchains: Once<Toolchains>
        /// Where toolchains are. Where there is none, records alone can be built.
        package var toolchainFolders: ToolchainFolders
        /// Remembers what builds lead to; nil outside of a project.
        package var builds: ProjectBuilds?

        package init(
            store: Store, fetcher: Once<Fetcher>, sandbox: Once<Sandbox>, toolchains: Once<Toolchains>,
            toolchainFolders: ToolchainFolders, builds: ProjectBuilds?
        ) {
            self.store = store
            self.fetcher = fetcher
            self.sandbox = sandbox
            self.toolchains = toolchains
            self.toolchainFolders = toolchainFolders
            self.builds = builds
        }
    }

    package struct Settings: Sendable {
        /// At most this many builds run at once.
        package var jobs: Int
        /// Whether an earlier record of an equal action will do.
        package var reusesRecords: Bool
        /// Where the scratch of failed builds is kept; nil to keep none.
        package var failedFolder: String?
        /// Whether to have written down who consulted what; then only a record that has a ledger will do.
        package var keepsLedger: Bool
        /// The same of which processes there were, and what they read and wrote.
        package var keepsTrace: Bool
        /// Whether it is said of what is built why.
        package var explains: Bool
        /// How inputs are looked at again, whatever recipes say; nil to do what they say.
        package var recheck: Recheck?
        /// How many builds have to come out alike; where a recipe says more, that.
        package var rounds: Int
        /// Where secrets are, by their names; before what recipes say.
        package var secrets: [String: SecretOrigin]
        /// What the host lets builds have at most.
        package var hostLimits: HostLimits
        /// Whether nothing is fetched.
        package var isOffline: Bool
        /// Stands in every record.
        package var runnerVersion: String

        package init(
            jobs: Int, reusesRecords: Bool = true, failedFolder: String? = nil, keepsLedger: Bool = false,
            keepsTrace: Bool = false,
            explains: Bool = false, recheck: Recheck? = nil, rounds: Int = 1,
            secrets: [String: SecretOrigin] = [:], hostLimits: HostLimits = .none,
            isOffline: Bool = false, runnerVersion: String
        ) {
            self.jobs = jobs
            self.reusesRecords = reusesRecords
            self.failedFolder = failedFolder
            self.keepsLedger = keepsLedger
            self.keepsTrace = keepsTrace
            self.explains = explains
            self.recheck = recheck
            self.rounds = rounds
            self.secrets = secrets
            self.hostLimits = hostLimits
            self.isOffline = isOffline
            self.runnerVersion = runnerVersion
        }
    }

    let tools: Tools
    let settings: Settings
    let progress: any ProgressSink
    let cancellation: Cancellation

    package init(
        tools: Tools, settings: Settings, progress: any ProgressSink, cancellation: Cancellation
    ) {
        self.tools = tools
        self.settings = settings
        self.progress = progress
        self.cancellation = cancellation
    }

    /// Builds recipes, each after its inputs, several at once.
    ///
    /// - Parameters:
    ///   - recipes: all that is needed, each after those it takes inputs from.
    ///   - keepsGoing: whether what does not depend on a failure is built all the same.
    /// - Throws: for what keeps all of them from being built.
    package func build(_ recipes: [Recipe], keepsGoing: Bool = false) throws(BelljarError) -> BuildReport {
        // What cannot be built costs nothing of what can; who wants all that can be had is told of it at the end.
        if !keepsGoing { for recipe in recipes { try check(recipe) } }
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        // Before anything starts, so that one which is missing costs nothing.
        let secrets = try settings.secrets.read(for: recipes)
        let images = makeImages()
        let resolver = makeResolver(images)
        let executor = makeBuilder(images)
        let sources = sources
        let count = BuildCount(of: recipes.count, progress)
        let byName = Dictionary(recipes.map { ($0.name, $0) }) { first, _ in first }
        let ran = Mutex<[String: BuildOutcome]>([:])
        let results = Scheduler(width: settings.jobs, keepsGoing: keepsGoing, cancellation: cancellation).run(
            recipes.map { .init(name: $0.name, dependencies: $0.inputs) }
        ) { task, inputs throws(BelljarError) -> BuildOutcome in
            guard let recipe = byName[task.name] else {
                throw BelljarError(.internal, operation: "build", subject: task.name, answer: "no such recipe")
            }
            let begun = count.begin(recipe)
            let running = RunningBuild(in: tools.store)
            var outcome: BuildOutcome?
            do throws(BelljarError) {
                try cancellation.check("build", task.name)
                if keepsGoing { try check(recipe) }
                var job = try resolver.job(recipe, inputs: inputs)
                job.recheck = settings.recheck ?? recipe.recheck
                job.secrets = secrets[recipe.name] ?? []
                job.rounds = max(settings.rounds, recipe.rounds)
                job.running = running
                var made = try executor.execute(job)
                made.notFetched = sources.notFetched(job.definition.sources)
                outcome = made
                if let failure = made.failure { throw failure }
                running.end(made, nil)
                count.end(recipe, made, nil, since: begun)
                return made
            } catch {
                // Of what is not recorded, nothing is kept.
                outcome?.batch = nil
                if let outcome { ran.withLock { $0[recipe.name] = outcome } }
                running.end(outcome, error)
                count.end(recipe, outcome, error, since: begun)
                throw error
            }
        }
        let entries = recipes.map { recipe in
            let ending: BuildReport.Ending
            switch results.endings[recipe.name] {
            case .done(let outcome): ending = .succeeded(outcome)
            case .failed(let error): ending = .failed(error, ran.withLock { $0[recipe.name] })
            case .untried(let failed):
                count.leave(recipe, failed: failed)
                ending = .untried(failed: failed)
            case nil: ending = .untried(failed: [])
            }
            return BuildReport.Entry(recipe: recipe, ending: ending)
        }
        return BuildReport(entries: entries, failed: results.failed, keptGoing: keepsGoing)
    }

    private func check(_ recipe: Recipe) throws(BelljarError) {
        try suitability.check(recipe.name, recipe.limits, recipe.requirements)
    }

    /// What answers from the cache, or executes and records.
    private func makeBuilder(_ images: ToolchainImages) -> any Executor {
        let executing = realExecutor(images, remembers: true)
        let real: any Executor =
            settings.explains
            ? ExplainingExecutor(explain: explain, progress: progress, inner: executing) : executing
        let cached: any Executor =
            settings.reusesRecords
            ? CachingExecutor(
                store: tools.store, wantsLedger: settings.keepsLedger, wantsTrace: settings.keepsTrace,
                progress: progress, inner: real) : real
        let checked = CheckingExecutor(rounds: makeRounds(realExecutor(images, remembers: false)), inner: cached)
        return tools.builds.map { NotingExecutor(builds: $0, progress: progress, inner: checked) } ?? checked
    }

    /// Executes what a record defines, for real, and compares.
    ///
    /// - Parameter digest: the record's own.
    package func rebuild(_ record: BuildRecord, digest: Digest) throws(BelljarError) -> Verdict {
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        let images = makeImages()
        return try makeRebuilder(images).rebuild(record, digest: digest)
    }

    func makeRebuilder(_ images: ToolchainImages) -> Rebuilder {
        Rebuilder(
            store: tools.store, resolver: makeResolver(images),
            executor: TracingExecutor(progress: progress, inner: realExecutor(images, remembers: false)),
            suitability: suitability,
            recheck: settings.recheck ?? .changed, secrets: settings.secrets, progress: progress,
            cancellation: cancellation)
    }

    /// - Parameter executor: executes and records, and remembers nothing.
    func makeRounds(_ executor: any Executor) -> Rounds {
        Rounds(store: tools.store, executor: executor, progress: progress)
    }

    var suitability: Suitability {
        Suitability(limits: settings.hostLimits, sandbox: tools.sandbox, folder: tools.store.path)
    }

    func makeImages() -> ToolchainImages {
        ToolchainImages(folders: tools.toolchainFolders, store: tools.store, toolchains: tools.toolchains)
    }

    func makeResolver(_ images: ToolchainImages) -> Resolver {
        Resolver(store: tools.store, sources: sources, images: images)
    }

    var sources: Sources {
        Sources(
            store: tools.store, fetcher: tools.fetcher, sandbox: tools.sandbox, cancellation: cancellation,
            limits: settings.hostLimits.sources, progress: progress, isOffline: settings.isOffline)
    }

    /// What executes and records, without any cache.
    ///
    /// - Parameter traces: whether there is a trace, whatever the settings say.
    func realExecutor(_ images: ToolchainImages, remembers: Bool, traces: Bool = false) -> any Executor {
        let sandboxed = SandboxExecutor(
            store: tools.store, sandbox: tools.sandbox, images: images, sources: sources,
            runnerVersion: settings.runnerVersion, failedFolder: settings.failedFolder,
            keepsLedger: settings.keepsLedger, keepsTrace: settings.keepsTrace || traces,
            memoryCeiling: settings.hostLimits.memoryCeiling, progress: progress, cancellation: cancellation)
        return RecordingExecutor(store: tools.store, remembers: remembers, inner: sandboxed)
    }
}
