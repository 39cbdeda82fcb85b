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

    /// At most this many bytes in one patch file.
    private static let patchLimit = 64 << 20

    // MARK: From a recipe

    /// What a recipe's sources are, in its order. Fetches what the store does not hold.
    func pin(_ recipe: Recipe) throws(BelljarError) -> [BuildRecord.Source] {
        try fetch(
            recipe.sources.compactMap { source in
                source.kind.file
            })
        var pinned: [BuildRecord.Source] = []
        for source in recipe.sources {
            do {
                pinned.append(try pin(source, of: recipe))
            } catch {
                var located = error
                located.details.append("asked for by \(source.location)")
                throw located
            }
        }
        return pinned
    }

    private func pin(_ source: RecipeSource, of recipe: Recipe) throws(BelljarError) -> BuildRecord.Source {
        let (digest, size) = try content(of: source, recipe)
        return .init(kind: source.kind.naming(\.address), digest: digest, size: size, into: source.into)
    }

    /// What a source is pinned to, and its size in bytes: of the file, or of the tree's encoded root.
    private func content(of source: RecipeSource, _ recipe: Recipe) throws(BelljarError) -> (Digest, UInt64) {
        switch source.kind {
        case .archive(let pin, _), .file(let pin, _, _): return (pin.sha256, try size(of: pin))
        case .patch(let path, _): return try patch(path, recipe)
        case .local(let path):
            let tree = try LocalSource(
                folder: recipe.folder, project: recipe.project, path: path, keepsLinks: source.keepsLinks,
                ignore: source.ignore, readsGitignore: source.readsGitignore, store: store, limits: limits
            ).tree()
            return (tree.digest, tree.size)
        case .git(let repository, let commit):
            let address = Self.isLocal(repository) ? recipe.folder + "/" + repository : repository
            let tree = try gitTree(address, commit)
            return (tree.digest, tree.size)
        }
    }

    private func gitTree(_ repository: String, _ commit: String) throws(BelljarError) -> TreeDigest {
        try GitSource(
            repository: repository, commit: commit, store: store, opener: try opener(), cancellation: cancellation,
            limits: limits, progress: progress
        ).tree()
    }

    private func opener() throws(BelljarError) -> ArchiveOpener {
        ArchiveOpener(try sandbox(), cancellation: cancellation)
    }

    /// A relative path: neither an address with a scheme, nor `host:path`, nor absolute.
    private static func isLocal(_ repository: String) -> Bool {
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
        let operation = "read patch"
        let file = try LocalSource.open(
            SourcePlace(path, folder: recipe.folder, project: recipe.project), to: operation)
        let kind = try hostCall(operation, path) { () throws(KernelError) in try file.status().kind }
        // A FIFO that nobody writes to would read as an empty patch.
        guard kind == .regular else {
            throw BelljarError(
                .usage, operation: operation, subject: path, answer: "it is a \(kind.words), not a file",
                remedy: "a patch is one file")
        }
        let bytes = try hostCall(operation, path) { () throws(KernelError) in
            try file.readAll(limit: Self.patchLimit)
        }
        let digest = Digest(of: bytes)
        // Written only if it is new: a cached build writes nothing.
        if try !store.contains(digest) { _ = try store.write(bytes) }
        return (digest, UInt64(bytes.count))
    }

    private func fetch(_ pins: [Pin]) throws(BelljarError) {
        var wanted: [Pin] = []
        for pin in pins where try !store.contains(pin.sha256) { wanted.append(pin) }
        if !wanted.isEmpty { try fetcher().fetch(wanted) }
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
                let tree = try gitTree(repository, commit)
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
        let unpacker = Unpacker(store: store, opener: try opener(), limits: limits, progress: progress)
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
