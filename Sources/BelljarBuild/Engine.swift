package import BelljarFetch
package import BelljarModel
package import BelljarSandbox
package import BelljarStore
package import BelljarToolchain

/// Builds recipes and rebuilds records. The one place where the executors are put together.
package struct Engine: Sendable {
    /// What the engine works with. What a cached build does not need is made only when it is asked for.
    package struct Tools: Sendable {
        package var store: Store
        package var fetcher: Once<Fetcher>
        package var sandbox: Once<Sandbox>
        package var toolchains: Once<Toolchains>
        /// Absolute path of the project's `Toolchains` folder; nil outside of a project, where records alone can be built.
        package var toolchainsFolder: String?

        package init(
            store: Store, fetcher: Once<Fetcher>, sandbox: Once<Sandbox>, toolchains: Once<Toolchains>,
            toolchainsFolder: String?
        ) {
            self.store = store
            self.fetcher = fetcher
            self.sandbox = sandbox
            self.toolchains = toolchains
            self.toolchainsFolder = toolchainsFolder
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
        /// How inputs are looked at again, whatever recipes say; nil to do what they say.
        package var recheck: Recheck?
        /// Where secrets are, by their names; before what recipes say.
        package var secrets: [String: SecretOrigin]
        /// What the host lets builds have at most.
        package var hostLimits: HostLimits
        /// Stands in every record.
        package var runnerVersion: String

        package init(
            jobs: Int, reusesRecords: Bool = true, failedFolder: String? = nil, keepsLedger: Bool = false,
            recheck: Recheck? = nil, secrets: [String: SecretOrigin] = [:], hostLimits: HostLimits = .none,
            runnerVersion: String
        ) {
            self.jobs = jobs
            self.reusesRecords = reusesRecords
            self.failedFolder = failedFolder
            self.keepsLedger = keepsLedger
            self.recheck = recheck
            self.secrets = secrets
            self.hostLimits = hostLimits
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
    /// - Parameter recipes: all that is needed, each after those it takes inputs from.
    /// - Returns: the outcomes, all of them successes, by name.
    /// - Throws: the first failure.
    package func build(_ recipes: [Recipe]) throws(BelljarError) -> [String: BuildOutcome] {
        for recipe in recipes { try suitability.check(recipe.name, recipe.limits, recipe.requirements) }
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        // Before anything starts, so that one which is missing costs nothing.
        let secrets = try settings.secrets.read(for: recipes)
        let images = makeImages()
        let resolver = makeResolver(images)
        let recheck = settings.recheck
        let real = realExecutor(images, remembers: true)
        let cached: any Executor =
            settings.reusesRecords
            ? CachingExecutor(
                store: tools.store, wantsLedger: settings.keepsLedger, progress: progress, inner: real) : real
        let executor = TracingExecutor(progress: progress, inner: cached)
        let byName = Dictionary(recipes.map { ($0.name, $0) }) { first, _ in first }
        let cancellation = self.cancellation
        return try Scheduler(width: settings.jobs, cancellation: cancellation).run(
            recipes.map { .init(name: $0.name, dependencies: $0.inputs) }
        ) { task, inputs throws(BelljarError) -> BuildOutcome in
            try cancellation.check("build", task.name)
            guard let recipe = byName[task.name] else {
                throw BelljarError(.internal, operation: "build", subject: task.name, answer: "no such recipe")
            }
            var job = try resolver.job(recipe, inputs: inputs)
            job.recheck = recheck ?? recipe.recheck
            job.secrets = secrets[recipe.name] ?? []
            let outcome = try executor.execute(job)
            if let failure = outcome.failure { throw failure }
            return outcome
        }
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

    var suitability: Suitability {
        Suitability(limits: settings.hostLimits, sandbox: tools.sandbox, folder: tools.store.path)
    }

    func makeImages() -> ToolchainImages {
        ToolchainImages(folder: tools.toolchainsFolder, store: tools.store, toolchains: tools.toolchains)
    }

    func makeResolver(_ images: ToolchainImages) -> Resolver {
        Resolver(store: tools.store, sources: sources, images: images)
    }

    var sources: Sources {
        Sources(
            store: tools.store, fetcher: tools.fetcher, sandbox: tools.sandbox, cancellation: cancellation,
            limits: settings.hostLimits.sources, progress: progress)
    }

    /// What executes and records, without any cache.
    private func realExecutor(_ images: ToolchainImages, remembers: Bool) -> any Executor {
        let sandboxed = SandboxExecutor(
            store: tools.store, sandbox: tools.sandbox, images: images, sources: sources,
            runnerVersion: settings.runnerVersion, failedFolder: settings.failedFolder,
            keepsLedger: settings.keepsLedger,
            memoryCeiling: settings.hostLimits.memoryCeiling, progress: progress, cancellation: cancellation)
        return RecordingExecutor(store: tools.store, remembers: remembers, inner: sandboxed)
    }
}
