internal import BelljarBuild
internal import BelljarFetch
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarSandbox
internal import BelljarStore
internal import BelljarToolchain

/// What a command works with, made from the options and the machine when it is first asked for: most commands need
/// little of it, and a cached build is done in less time than finding the mirrors takes.
struct Session {
    let options: GlobalOptions
    let isOffline: Bool
    let progress: any ProgressSink
    let cancellation = Cancellation()
    let store: Once<Store>
    let fetcher: Once<Fetcher>
    let sandbox: Once<Sandbox>
    let toolchains: Once<Toolchains>
    /// Absolute path of the project's folder; an error if there is none.
    let project: Once<String>

    /// - Parameters:
    ///   - showsProgress: false for commands that only look something up.
    ///   - makesStore: false for commands that read what is in the store: one that is not there was misspelt.
    ///   - isOffline: whether nothing is fetched.
    ///   - mendsStore: whether a store that cannot be opened is mended as far as opening it needs.
    ///   - log: how much is told of what builds do.
    ///   - watcher: is told what happens besides whoever looks on.
    init(
        _ options: GlobalOptions, showsProgress: Bool = false, makesStore: Bool = false, isOffline: Bool = false,
        mendsStore: Bool = false, log: LogChoice = .auto, watcher: (any ProgressSink)? = nil
    ) {
        self.options = options
        self.isOffline = isOffline
        let shown = makeProgress(options, live: showsProgress, log: log)
        progress = watcher.map { SeveralSinks([shown, $0]) } ?? shown
        let (progress, cancellation) = (self.progress, self.cancellation)
        Interruption.cancels(cancellation)
        let places = Places(options: options)
        // Before anything is started that would be in belljar's group too, such as a transfer.
        let groups = showsProgress ? ControlGroups.delegated() : nil
        let store = Once { () throws(BelljarError) -> Store in
            let account = try places.account()
            try Sandbox.requireSafePaths()
            return try Store(
                path: try places.store(), owner: account,
                progress: progress, making: makesStore, mending: mendsStore)
        }
        let fetcher = Once { () throws(BelljarError) -> Fetcher in
            Fetcher(
                store: try store(), mirrors: try Mirrors.configured(), progress: progress,
                cancellation: cancellation, limits: try HostLimitsFile.read(places.limitFiles()).sources,
                isOffline: isOffline)
        }
        let sandbox = Once { () throws(BelljarError) -> Sandbox in
            Sandbox(
                initPath: try places.initProgram(), cacheFolder: try store().cache.path,
                account: try places.account(), groups: groups)
        }
        let project = Once { () throws(BelljarError) -> String in try places.project() }
        self.store = store
        self.fetcher = fetcher
        self.sandbox = sandbox
        self.project = project
        toolchains = Once { () throws(BelljarError) -> Toolchains in
            Toolchains(
                folders: try places.toolchainFolders(), store: try store(), fetcher: try fetcher(),
                sandbox: try sandbox(), hostLimits: try HostLimitsFile.read(places.limitFiles()), progress: progress,
                cancellation: cancellation)
        }
    }

    /// The places that this session's options lead to.
    var places: Places { Places(options: options) }

    /// The files of toolchains, which can be looked at without a store.
    ///
    /// - Throws: `usage` if there is neither a project nor an installed toolchain.
    func toolchainFiles() throws(BelljarError) -> ToolchainFiles {
        let folders = try places.toolchainFolders()
        if folders.all.isEmpty { _ = try project() }
        return try ToolchainFiles(folders)
    }

    /// Nil where there is none yet. One that the command line names has to be there.
    func storeIfAny() throws(BelljarError) -> Store? {
        do throws(BelljarError) { return try store() } catch {
            guard error.code == .usage, options.store == nil else { throw error }
            return nil
        }
    }

    func hostLimits() throws(BelljarError) -> HostLimits { try HostLimitsFile.read(places.limitFiles()) }

    func recipes() throws(BelljarError) -> RecipeLibrary {
        RecipeLibrary(project: try project())
    }

    /// What builds of the project led to; nil outside of a project.
    func builds() throws(BelljarError) -> ProjectBuilds? {
        guard let project = try places.projectIfAny() else { return nil }
        return ProjectBuilds(store: try store(), project: places.withoutLinks(project))
    }

    func engine(
        jobs: Int, reusesRecords: Bool = true, keepsFailed: Bool = false, keepsLedger: Bool = false,
        keepsTrace: Bool = false,
        explains: Bool = false, recheck: Recheck? = nil, rounds: Int = 1, secrets: [String: SecretOrigin] = [:]
    ) throws(BelljarError) -> Engine {
        let tools = Engine.Tools(
            store: try store(), fetcher: fetcher, sandbox: sandbox, toolchains: toolchains,
            toolchainFolders: try places.toolchainFolders(), builds: try builds())
        let settings = Engine.Settings(
            jobs: jobs, reusesRecords: reusesRecords, failedFolder: keepsFailed ? places.failedFolder() : nil,
            keepsLedger: keepsLedger, keepsTrace: keepsTrace, explains: explains, recheck: recheck, rounds: rounds,
            secrets: secrets,
            hostLimits: try hostLimits(), isOffline: isOffline, runnerVersion: Version.text)
        return Engine(tools: tools, settings: settings, progress: progress, cancellation: cancellation)
    }
}
