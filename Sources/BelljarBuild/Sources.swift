internal import BelljarFetch
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarSandbox
internal import BelljarStore
internal import BelljarUnpack

/// Brings sources into the store and says what they are by digest: from a recipe (which pins them), and from a record
/// (which recorded them).
struct Sources: Sendable {
    let store: Store
    let fetcher: Once<Fetcher>
    let sandbox: Once<Sandbox>
    let cancellation: Cancellation
    var limits = SourceLimits.standard
    var progress: any ProgressSink = SilentProgress()
    /// Whether nothing is fetched, so that what the store has of an address that it never asked will do.
    var isOffline = false

    var origins: SourceOrigins { SourceOrigins(store: store) }

    /// At most this many bytes in one patch file.
    private static let patchLimit = 64 << 20

    // MARK: From a recipe

    /// What a recipe's sources are, in its order, and what git says of those of them that it tracks.
    struct Pinned {
        var sources: [BuildRecord.Source] = []
        var worktrees: [BuildRecord.Worktree] = []
    }

    /// What a recipe's sources are. Fetches what the store does not hold, and what no address of the recipe is
    /// known to serve.
    func pin(_ recipe: Recipe) throws(BelljarError) -> Pinned {
        try fetch(recipe.sources.compactMap(\.kind.file), proving: !isOffline)
        var pinned = Pinned()
        for source in recipe.sources {
            do {
                try pin(source, of: recipe, &pinned)
            } catch {
                var located = error
                located.details.append("asked for by \(source.location)")
                throw located
            }
        }
        return pinned
    }

    /// Where the build's clock starts, once the sources are pinned: what the recipe says, or the newest time of archives and
    /// git commits among them. `file` sources have no time, and local ones are not pinned by the recipe.
    func epoch(of recipe: Recipe) throws(BelljarError) -> UInt64 {
        if case .seconds(let seconds) = recipe.epoch { return seconds }
        var newest: UInt64?
        for source in recipe.sources {
            let time: UInt64? =
                switch source.kind {
                case .archive(let pin, _):
                    try unpacker().newest(archive: pin.sha256, name: pin.address.description)
                case .git(let repository, let commit):
                    try gitSource(repository, commit, of: recipe).time()
                case .file, .local, .patch: nil
                }
            if let time { newest = max(newest ?? 0, time) }
        }
        if let newest { return newest }
        throw BelljarError(
            .usage, operation: "find the epoch of", subject: recipe.location.description,
            answer:
                "`epoch: auto` takes the time of the newest file in archives and git sources, and none has one since 1970",
            remedy: "write a number: `date +%s` prints that of now")
    }

    func unpacker() throws(BelljarError) -> Unpacker {
        Unpacker(store: store, opener: try opener(), limits: limits, progress: progress)
    }

    func gitSource(
        _ repository: String, _ commit: String, of recipe: Recipe
    ) throws(BelljarError) -> GitSource {
        try gitSource(Self.address(of: repository, recipe), commit)
    }

    /// Where git finds a repository that a recipe names.
    static func address(of repository: String, _ recipe: Recipe) -> String {
        isLocal(repository) ? recipe.folder + "/" + repository : repository
    }

    private func gitSource(_ repository: String, _ commit: String) throws(BelljarError) -> GitSource {
        GitSource(
            repository: repository, commit: commit, store: store, opener: try opener(), cancellation: cancellation,
            limits: limits, progress: progress, isOffline: isOffline)
    }

    private func pin(_ source: RecipeSource, of recipe: Recipe, _ pinned: inout Pinned) throws(BelljarError) {
        let (digest, size) = try content(of: source, recipe, &pinned)
        pinned.sources.append(
            .init(kind: source.kind.naming(\.address), digest: digest, size: size, into: source.into))
    }

    /// What a source is pinned to, and its size in bytes: of the file, or of the tree's encoded root.
    private func content(
        of source: RecipeSource, _ recipe: Recipe, _ pinned: inout Pinned
    ) throws(BelljarError) -> (Digest, UInt64) {
        switch source.kind {
        case .archive(let pin, _), .file(let pin, _, _): return (pin.sha256, try size(of: pin))
        case .patch(let path, _): return try patch(path, recipe)
        case .local(let path):
            let local = try local(source, path, of: recipe)
            if let tracked = local.tracked { note(tracked, path, of: recipe, &pinned) }
            let tree = try local.tree()
            return (tree.digest, tree.size)
        case .git(let repository, let commit):
            let source = try gitSource(repository, commit, of: recipe)
            if try !source.isHad, !isOffline { try GitSource.requireLocal(source.repository) }
            let tree = try source.tree()
            return (tree.digest, tree.size)
        }
    }

    private func note(_ tracked: TrackedFiles, _ path: String, of recipe: Recipe, _ pinned: inout Pinned) {
        progress.report(.notice("\(recipe.name): source \(path) is \(tracked.words)"))
        // One directory may be placed several times.
        guard !pinned.worktrees.contains(where: { $0.address == path }) else { return }
        pinned.worktrees.append(.init(address: path, commit: tracked.commit, changes: tracked.changes))
        pinned.worktrees.sort { $0.address.utf8.lexicographicallyPrecedes($1.address.utf8) }
    }

    func local(_ source: RecipeSource, _ path: String, of recipe: Recipe) throws(BelljarError) -> LocalSource {
        var local = LocalSource(
            folder: recipe.folder, project: recipe.project, path: path, keepsLinks: source.keepsLinks,
            ignore: source.ignore, selection: source.selection, store: store, limits: limits)
        if source.selection == .tracked {
            try local.requireDirectory()
            local.tracked = try GitWorktree(
                folder: local.place.absolute, subject: path, store: store, cancellation: cancellation, limits: limits
            ).files()
        }
        return local
    }

    private func opener() throws(BelljarError) -> ArchiveOpener {
        ArchiveOpener(try sandbox(), cancellation: cancellation)
    }

    /// A relative path: neither an address with a scheme, nor `host:path`, nor absolute.
    static func isLocal(_ repository: String) -> Bool {
        !repository.hasPrefix("/") && !repository.contains(":")
    }

    private func size(of pin: Pin) throws(BelljarError) -> UInt64 {
        guard let size = try store.size(of: pin.sha256) else {
            throw BelljarError(
                .internal, operation: "tell the size of", subject: pin.address.description,
                answer: "\(pin.sha256) is not in the store")
        }
        // A wrong size is one wherever the content comes from: a mirror's answer would be refused for it.
        if let said = pin.size { try Self.compare(size, said, pin.address.description) }
        return size
    }

    private static func compare(_ found: UInt64, _ said: UInt64, _ subject: String) throws(BelljarError) {
        guard found != said else { return }
        throw BelljarError(
            .integrity, operation: "use source", subject: subject, answer: "expected \(said) bytes, found \(found)",
            remedy: "correct the size, or leave it out: the digest alone says which bytes are meant")
    }

    private func patch(_ path: String, _ recipe: Recipe) throws(BelljarError) -> (Digest, UInt64) {
        let bytes = try patchBytes(path, recipe)
        let digest = Digest(of: bytes)
        // Written only if it is new: a cached build writes nothing.
        if try !store.contains(digest) { _ = try store.write(bytes) }
        return (digest, UInt64(bytes.count))
    }

    func patchBytes(_ path: String, _ recipe: Recipe) throws(BelljarError) -> [UInt8] {
        let operation = "read patch"
        let file = try LocalSource.open(
            SourcePlace(path, folder: recipe.folder, project: recipe.project), to: operation)
        let kind = try hostCall(operation, path) { () throws(KernelError) in try file.status().kind }
        // A FIFO that nobody writes to would read as an empty patch.
        guard kind == .regular else {
            throw Self.noPatch(kind, path)
        }
        return try hostCall(operation, path) { () throws(KernelError) in
            try file.readAll(limit: Self.patchLimit)
        }
    }

    static func noPatch(_ kind: FileKind, _ path: String) -> BelljarError {
        BelljarError(
            .usage, operation: "read patch", subject: path, answer: "it is a \(kind.words), not a file",
            remedy: "a patch is one file; name each in the folder as a source of its own")
    }

    /// - Parameter proving: whether to fetch what the store has, too, if it is not known that its address serves it.
    private func fetch(_ pins: [Pin], proving: Bool = false) throws(BelljarError) {
        var wanted: [Pin] = []
        var isAllThere = true
        for pin in pins {
            let isThere = try store.contains(pin.sha256)
            if isThere, !proving || origins.knows(pin.address.description, gave: pin.sha256.hex) { continue }
            wanted.append(pin)
            isAllThere = isAllThere && isThere
        }
        guard !wanted.isEmpty else { return }
        do throws(BelljarError) { try fetcher().fetch(wanted, again: proving) } catch {
            throw explained(error, wanted, isAllThere: isAllThere)
        }
        for pin in wanted { try origins.note(pin.address.description, gave: pin.sha256.hex) }
    }

    /// An error of fetching, with what the store knows of the pin: whoever raises a version forgets the digest.
    private func explained(_ error: BelljarError, _ pins: [Pin], isAllThere: Bool) -> BelljarError {
        let pin = pins.first { $0.address.description == error.subject }
        let other = pin.flatMap { pin in
            origins.addresses(giving: pin.sha256.hex).first { $0 != pin.address.description }
        }
        var explained = error
        switch error.code {
        case .integrity:
            guard let pin, let other else { break }
            explained.remedy =
                "\(pin.sha256) is the digest of \(other): if the address was changed since, as for a new version, look at "
                + "what it serves, and pin the digest of that"
        case .unavailable where isAllThere:
            explained.remedy =
                "the store has these bytes under the pinned digest, but not from this address"
                + (other.map { " (they came from \($0))" } ?? "") + ": correct the address; or build "
                + "with --offline, which says that they were not fetched from there"
        default: break
        }
        return explained
    }

    /// Addresses of those sources, sorted, that the store has by their digest and never had from there. A relative path of a git
    /// repository is none: it is what it is beside its recipe.
    func notFetched(_ sources: [BuildRecord.Source]) -> [String] {
        let addresses = sources.compactMap { source -> String? in
            let content: String
            switch source.kind {
            case .archive, .file: content = source.digest.hex
            case .git(let repository, let commit):
                if Self.isLocal(repository) { return nil }
                content = commit
            case .local, .patch: return nil
            }
            return origins.knows(source.kind.address, gave: content) ? nil : source.kind.address
        }
        return Set(addresses).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    // MARK: From a record

    /// Makes sure that everything these sources name is in the store.
    ///
    /// - Throws: `unavailable` naming the digest of a local source or patch that is not there.
    func obtain(_ sources: [BuildRecord.Source]) throws(BelljarError) {
        var pins: [Pin] = []
        for source in sources {
            switch source.kind {
            case .archive(let address, _), .file(let address, _, _): pins.append(source.pin(address))
            case .git(let repository, let commit):
                guard try !store.holds(source.tree) else { continue }
                // Beside a recipe that is not here.
                if Self.isLocal(repository) { throw Self.unobtainable(source) }
                let tree = try gitSource(repository, commit).tree()
                guard tree.digest == source.digest else {
                    throw BelljarError(
                        .integrity, operation: "fetch commit", subject: "\(commit) of \(repository)",
                        answer: "expected \(source.digest), found \(tree.digest)",
                        remedy:
                            "the record is not as belljar wrote it, or git's archives are read otherwise now: get the record again"
                    )
                }
            case .local:
                guard try store.holds(source.tree) else { throw Self.unobtainable(source) }
            case .patch:
                guard try store.contains(source.digest) else { throw Self.unobtainable(source) }
            }
        }
        try fetch(pins)
        for source in sources {
            guard let size = try store.size(of: source.digest) else { continue }
            try Self.compare(size, source.size, source.kind.address)
        }
    }

    private static func unobtainable(_ source: BuildRecord.Source) -> BelljarError {
        BelljarError(
            .unavailable, operation: "rebuild with \(source.kind.name) source", subject: source.kind.address,
            answer: "this store does not have \(source.digest), and a record does not say where else it is",
            remedy: "build the recipe once in a project that has it, then rebuild")
    }

    // MARK: Laying out

    /// What `/build` holds at the start, and the patches. Everything must be in the store already.
    func layOut(_ sources: [BuildRecord.Source]) throws(BelljarError) -> (build: TreePlan, patches: TreePlan?) {
        var build = TreePlan(store: store)
        var patches = TreePlan(store: store)
        var patchCount = 0
        for source in sources {
            switch source.kind {
            case .archive(let address, let strip):
                try build.place(.tree(try unpack(source, from: address, strip: strip)), at: source.into)
            case .file(_, let name, let isExecutable):
                let file = TreePlan.Node.file(digest: source.digest, size: source.size, isExecutable: isExecutable)
                try build.place(file, at: source.into + "/" + name)
            case .patch:
                let file = TreePlan.Node.file(digest: source.digest, size: source.size, isExecutable: false)
                try patches.place(file, at: BuildWorld.patchName(patchCount))
                patchCount += 1
            case .local, .git: try build.place(.tree(source.tree), at: source.into)
            }
        }
        return (build, patchCount == 0 ? nil : patches)
    }

    /// The tree of an archive. One that is damaged in the store is fetched again: the pin says from where.
    private func unpack(
        _ source: BuildRecord.Source, from address: SourceAddress, strip: Int
    ) throws(BelljarError) -> TreeDigest {
        let unpacker = try unpacker()
        if let known = try unpacker.known(archive: source.digest, strip: strip) { return known }
        if try !store.verifyOrQuarantine(source.digest) { try fetch([source.pin(address)]) }
        return try unpacker.tree(archive: source.digest, strip: strip, name: address.description)
    }

    /// The step that applies the patches, before all others; nil if there are none.
    static func patchStep(_ sources: [BuildRecord.Source]) -> BuildRecord.Step? {
        var lines: [String] = []
        for source in sources {
            guard case .patch(_, let strip) = source.kind else { continue }
            let folder = source.into.isEmpty ? "/build" : "/build/" + source.into
            lines.append("cd \(quoted(folder))\npatch -N -p\(strip) -i \(BuildWorld.patchPath(lines.count))\n")
        }
        guard !lines.isEmpty else { return nil }
        return .init(name: "patch", argv: BuildWorld.argv(script: lines.joined()), directory: "/build")
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

extension BuildRecord.Source {
    /// What a local or git source is.
    var tree: TreeDigest { TreeDigest(digest: digest, size: size) }

    /// What is fetched of an archive or file.
    fileprivate func pin(_ address: SourceAddress) -> Pin { Pin(address: address, sha256: digest, size: size) }
}
