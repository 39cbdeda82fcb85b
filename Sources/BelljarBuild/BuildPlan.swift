internal import BelljarFetch
internal import BelljarKernel
package import BelljarModel
internal import BelljarStore
package import BelljarToolchain
internal import BelljarUnpack

/// What a build would do, found out without doing anything of it.
package struct BuildPlan: Sendable {
    package enum Fate: String, CaseIterable, Sendable {
        /// There is a record that answers.
        case cached
        case build
        /// It takes in what is built first. If that comes out as before, there may be a record that answers.
        case depends
    }

    package struct Entry: Sendable {
        package var recipe: Recipe
        package var fate: Fate
        /// Of a cached one.
        package var record: Digest?
        /// Inputs that are built first, and so decide.
        package var awaited: [String] = []
        /// Sources that are not in the store, or never came from the address that the recipe names.
        package var fetches: [Fetch] = []
        /// Whether its toolchain's image is not in the store.
        package var makesImage = false
        /// What has to be fetched for the image first: packages, or an archive.
        package var imageFetches: [Fetch] = []
        /// What comes behind it to check it; nil for nothing.
        package var check: Check?
        /// What is otherwise than at the last time, if that was asked for.
        package var explanation: BuildExplanation?
    }

    package enum Check: Hashable, Sendable {
        /// So many more builds.
        case rounds(Int)
        /// It fails: a build of the same definition has come out otherwise, or failed, before.
        case fails

        package var words: String {
            switch self {
            case .rounds(1): "it is then built once more, to check it"
            case .rounds(let count): "it is then built \(count) times more, to check it"
            case .fails: "and is not taken for done: an earlier build of it came out otherwise or failed (exit code 3)"
            }
        }
    }

    package struct Fetch: Sendable {
        /// Where it comes from.
        package var address: String
        /// In bytes, where it is pinned.
        package var size: UInt64?

        init(address: String, size: UInt64? = nil) {
            self.address = address
            self.size = size
        }

        init(_ pin: Pin) { self.init(address: pin.address.description, size: pin.size) }
    }

    /// Each behind its inputs.
    package var entries: [Entry]

    /// Where there is no store yet: all of it is fetched, made and built.
    ///
    /// - Throws: as of `Engine.plan`, but for what a recipe requires of the host, which is not looked at.
    package static func ofNothing(
        _ recipes: [Recipe], toolchains: ToolchainFiles, isOffline: Bool
    ) throws(BelljarError) -> BuildPlan {
        var entries: [Entry] = []
        for recipe in recipes {
            let pins = try toolchains.currentLock(recipe.toolchain).lock.pins
            var entry = Entry(recipe: recipe, fate: .build, awaited: recipe.inputs, makesImage: true)
            for source in recipe.sources {
                try RecipeCheck.look(at: source, of: recipe)
                switch source.kind {
                case .archive(let pin, _), .file(let pin, _, _):
                    if isOffline { throw .offline(pin) }
                    entry.fetches.append(.init(pin))
                case .git(let repository, let commit):
                    let subject = "\(commit) of \(repository)"
                    if isOffline { throw .offline(GitSource.operation, subject) }
                    entry.fetches.append(.init(address: subject))
                case .local, .patch: break
                }
            }
            if isOffline, let pin = pins.first { throw .offline(pin) }
            entry.imageFetches = pins.map { Fetch($0) }
            entries.append(entry)
        }
        return BuildPlan(entries: entries)
    }
}

extension Engine {
    /// - Parameters:
    ///   - recipes: as of `build`.
    ///   - explains: whether to find out what has changed. Local sources are taken into the store then.
    /// - Throws: for a recipe that could not be built because of what it says or names. Nothing is fetched or built, and but
    ///   for local sources nothing is kept.
    package func plan(_ recipes: [Recipe], explains: Bool = false) throws(BelljarError) -> BuildPlan {
        for recipe in recipes { try suitability.check(recipe.name, recipe.limits, recipe.requirements) }
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        let images = ToolchainImages(
            folders: tools.toolchainFolders, store: tools.store, toolchains: tools.toolchains, remembers: false)
        let resolver = makeResolver(images)
        var known: [String: BuildOutcome] = [:]
        var entries: [BuildPlan.Entry] = []
        for recipe in recipes {
            try cancellation.check("plan", recipe.name)
            let choice = try images.choose(recipe.toolchain)
            let foreseen = try sources.foresee(recipe, keeps: explains)
            var entry = BuildPlan.Entry(recipe: recipe, fate: .build, fetches: foreseen.fetches)
            if try !tools.store.holds(choice.toolchain.image) {
                entry.makesImage = true
                entry.imageFetches = try images.missing(for: choice).map { BuildPlan.Fetch($0) }
            }
            entry.awaited = recipe.inputs.filter { known[$0] == nil }
            if !entry.awaited.isEmpty, foreseen.pinned != nil, settings.reusesRecords {
                entry.fate = .depends
            } else if entry.awaited.isEmpty, let pinned = foreseen.pinned,
                let found = try answer(try resolver.job(recipe, choice, pinned, inputs: known), recipe)
            {
                (entry.fate, entry.record) = (.cached, found.digest)
                (entry.makesImage, entry.imageFetches) = (false, [])
                known[recipe.name] = found
            }
            entry.check = try check(recipe, entry.record == nil ? nil : known[recipe.name])
            if explains { entry.explanation = try explain(recipe, choice, foreseen, inputs: known, resolver) }
            // What depends on inputs may turn out to be cached, and need none.
            if settings.isOffline, entry.fate == .build, entry.makesImage,
                let pin = try images.missing(for: choice).first
            {
                throw .offline(pin)
            }
            entries.append(entry)
        }
        return BuildPlan(entries: entries)
    }

    private func check(_ recipe: Recipe, _ found: BuildOutcome?) throws(BelljarError) -> BuildPlan.Check? {
        let wanted = max(settings.rounds, recipe.rounds)
        guard wanted > 1 else { return nil }
        guard let found, let digest = found.digest else { return .rounds(wanted - 1) }
        let past = try RebuildHistory(store: tools.store).rebuilds(of: found.record, digest)
        if past.contains(where: \.isAgainst) { return .fails }
        let left = wanted - 1 - past.count { $0.kind == .identical }
        return left > 0 ? .rounds(left) : nil
    }

    /// What the cache has.
    private func answer(_ job: BuildJob, _ recipe: Recipe) throws(BelljarError) -> BuildOutcome? {
        guard settings.reusesRecords else { return nil }
        var job = job
        job.recheck = settings.recheck ?? recipe.recheck
        return try CachingExecutor(
            store: tools.store, wantsLedger: settings.keepsLedger, wantsTrace: settings.keepsTrace, progress: progress,
            inner: NoExecutor()
        ).find(job)
    }
}

/// Of what only looks for answers.
private struct NoExecutor: Executor {
    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        throw BelljarError(.internal, operation: "plan", subject: job.subject, answer: "nothing is to be executed")
    }
}

extension Sources {
    /// What a recipe's sources are, as far as that can be told without fetching or keeping anything.
    struct Foreseen {
        var fetches: [BuildPlan.Fetch] = []
        /// In the recipe's order; nil for one that is not in the store.
        var sources: [BuildRecord.Source?] = []
        /// Nil if a source is not in the store, or only what it was unpacked from is: no record answers, then.
        var pinned: [BuildRecord.Source]?
    }

    /// - Parameter keeps: whether local sources are taken into the store.
    func foresee(_ recipe: Recipe, keeps: Bool = false) throws(BelljarError) -> Foreseen {
        var (foreseen, isWhole) = (Foreseen(), true)
        for source in recipe.sources {
            let found: (digest: Digest, size: UInt64)?
            switch source.kind {
            case .archive(let pin, let strip):
                found = try size(of: pin, &foreseen)
                if found != nil, try unpacker().known(archive: pin.sha256, strip: strip) == nil { isWhole = false }
            case .file(let pin, _, _): found = try size(of: pin, &foreseen)
            case .patch(let path, _):
                let bytes = try patchBytes(path, recipe)
                let digest = Digest(of: bytes)
                found = (digest, UInt64(bytes.count))
                if try !store.contains(digest) { isWhole = false }
            case .local(let path):
                let local = try local(source, path, of: recipe)
                let tree = try keeps ? local.tree() : local.foreseen()
                found = (tree.digest, tree.size)
                // What it holds was read and not kept, so nothing can be laid out of it, and no build has had it.
                if try !store.holds(tree) { isWhole = false }
            case .git(let repository, let commit):
                let git = try gitSource(repository, commit, of: recipe)
                let tree =
                    try git.isComplete(withTime: recipe.epoch == .auto) ? GitSource.known(commit, in: store) : nil
                if tree == nil, isOffline { throw .offline(GitSource.operation, git.subject) }
                let isHad = tree == nil ? false : try git.isHad
                if !isHad {
                    try GitSource.requireLocal(git.repository)
                    foreseen.fetches.append(.init(address: "\(commit) of \(repository)"))
                }
                found = tree.map { ($0.digest, $0.size) }
            }
            if found == nil { isWhole = false }
            foreseen.sources.append(
                found.map {
                    .init(kind: source.kind.naming(\.address), digest: $0.digest, size: $0.size, into: source.into)
                })
        }
        if isWhole { foreseen.pinned = foreseen.sources.compactMap { $0 } }
        return foreseen
    }

    private func size(of pin: Pin, _ foreseen: inout Foreseen) throws(BelljarError) -> (Digest, UInt64)? {
        let size = try store.size(of: pin.sha256)
        if size == nil, isOffline { throw .offline(pin) }
        if size == nil || !isOffline && !origins.knows(pin.address.description, gave: pin.sha256.hex) {
            foreseen.fetches.append(.init(address: pin.address.description, size: size ?? pin.size))
        }
        return size.map { (pin.sha256, $0) }
    }
}
