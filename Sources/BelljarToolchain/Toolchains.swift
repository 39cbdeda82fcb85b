package import BelljarFetch
internal import BelljarKernel
package import BelljarModel
internal import BelljarRecipe
package import BelljarSandbox
package import BelljarStore

/// The toolchains of a project (`Toolchains/NAME/`), and those that came with belljar: locking, building and looking them up.
package struct Toolchains: Sendable {
    private let folders: ToolchainFolders
    let store: Store
    let fetcher: Fetcher
    let builder: ImageBuilder
    let progress: any ProgressSink
    let cancellation: Cancellation

    /// - Parameters:
    ///   - folders: where they are. Where there is none, images can be made of locks alone.
    ///   - hostLimits: what the scripts of packages may have at most.
    package init(
        folders: ToolchainFolders, store: Store, fetcher: Fetcher, sandbox: Sandbox, hostLimits: HostLimits,
        progress: any ProgressSink, cancellation: Cancellation
    ) {
        self.folders = folders
        self.store = store
        self.fetcher = fetcher
        self.progress = progress
        self.cancellation = cancellation
        builder = ImageBuilder(
            store: store, fetcher: fetcher, sandbox: sandbox, hostLimits: hostLimits, progress: progress,
            cancellation: cancellation)
    }

    /// Of the images that this version makes.
    package static var imageFormat: UInt64 { ImageRules.version }

    // MARK: Looking up

    /// - Throws: `usage` if there is no folder at all.
    var files: ToolchainFiles {
        get throws(BelljarError) { try ToolchainFiles(folders) }
    }

    /// Names of all toolchains that there are, sorted.
    package func names() throws(BelljarError) -> [String] { try files.names() }

    package func spec(_ name: String) throws(BelljarError) -> ToolchainSpec { try files.spec(name) }

    /// The lock and the bytes it was read from.
    ///
    /// - Throws: `usage` if there is none, it is older than its yaml, or it was made by other image rules.
    package func lock(_ name: String) throws(BelljarError) -> (lock: ToolchainLock, text: [UInt8]) {
        try files.currentLock(name)
    }

    // MARK: Locking

    /// Resolves the spec as it stands in the archives now, builds the image, and writes the lock; nothing of that if the
    /// present lock pins the same packages.
    ///
    /// - Parameters:
    ///   - onlyPlans: ends when it is known what would change.
    ///   - plan: is told what changes before anything is unpacked.
    /// - Returns: the new lock, or the present one; nil if `onlyPlans` and there is something to do.
    package func makeLock(
        _ name: String, onlyPlans: Bool = false, plan: (LockPlan) throws(BelljarError) -> Void = { _ in }
    ) throws(BelljarError) -> ToolchainLock? {
        let spec = try spec(name)
        try files.requireOwn(name)
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        let resolution = try resolve(spec)
        let present = try files.replaceableLock(name)
        let changes = LockPlan(from: present, to: resolution?.packages ?? [], name: name)
        try plan(changes)
        if let present, changes.isEmpty, resolution != nil, present.imageFormat == ImageRules.version,
            present.spec == ToolchainDecoder.digest(of: spec)
        {
            return present
        }
        if onlyPlans { return nil }
        let lock = try makeLock(of: spec, resolution)
        try write(lock)
        return lock
    }

    func makeLock(of spec: ToolchainSpec) throws(BelljarError) -> ToolchainLock {
        try makeLock(of: spec, try resolve(spec))
    }

    /// - Parameter resolution: of Debian packages; nil for an archive.
    private func makeLock(
        of spec: ToolchainSpec, _ resolution: AptResolver.Resolution?
    ) throws(BelljarError) -> ToolchainLock {
        switch spec.kind {
        case .debian:
            guard let resolution else { preconditionFailure("packages were resolved") }
            return try debianLock(spec, resolution)
        case .archive(let archive): return try archiveLock(spec, archive)
        }
    }

    private func resolve(_ spec: ToolchainSpec) throws(BelljarError) -> AptResolver.Resolution? {
        guard case .debian(let packages) = spec.kind else { return nil }
        let resolution = try resolve(spec.name, packages)
        try ImageConfigurator.require(resolution.packages, spec.name)
        try refuseOlder(resolution.timestamp, spec.name)
        return resolution
    }

    /// Writes the lock, and remembers its image.
    func write(_ lock: ToolchainLock) throws(BelljarError) {
        let text = ToolchainDecoder.encode(lock)
        try files.writeLock(text, of: lock.name)
        try store.setToolchain(name: lock.name, lock: Digest(of: text), image: lock.image)
    }

    private func debianLock(
        _ spec: ToolchainSpec, _ resolution: AptResolver.Resolution
    ) throws(BelljarError) -> ToolchainLock {
        var shipped: TreeContents?
        let image = try builder.image(
            of: resolution.packages, name: spec.name, timestamp: resolution.timestamp, shipped: &shipped)
        let configured = try TreeContents(image, in: store)
        var changes = shipped?.changes(to: configured) ?? []
        if changes.count > ImageChange.limit {
            progress.report(
                .notice(
                    "\(spec.name): the packages' scripts change \(changes.count) paths, more than the \(ImageChange.limit) that a "
                        + "lock lists; so a mismatch can name paths only where the store has the expected image"))
            changes = []
        }
        return ToolchainLock(
            name: spec.name, spec: ToolchainDecoder.digest(of: spec), imageFormat: ImageRules.version,
            timestamp: resolution.timestamp, packages: resolution.packages, image: image, changes: changes)
    }

    private func resolve(
        _ name: String, _ packages: DebianPackages
    ) throws(BelljarError) -> AptResolver.Resolution {
        let temporary = try store.makeTemporaryFolder()
        let host = try AptHost.read(cancellation: cancellation)
        let root = try AptRoot(
            path: "\(temporary.path)/apt", suite: packages.suite, architecture: packages.architecture, host: host,
            owner: store.owner, limits: builder.hostLimits.sources)
        for missing in root.missingSuites {
            progress.report(.notice("\(name): no apt source of this machine serves \(missing); it is left out"))
        }
        return try builder.phase("resolve", name) { () throws(BelljarError) in
            try AptResolver(root: root, cancellation: cancellation)
                .resolve(packages.names, essential: packages.essential ?? true)
        }
    }

    /// Refuses package lists that are older than those of the lock there is. Their signatures stay valid for ever, so a
    /// mirror that wants a toolchain to keep a known hole hands out those from before it was mended.
    ///
    /// - Parameter timestamp: of the lists, in seconds since 1970.
    func refuseOlder(_ timestamp: UInt64, _ name: String) throws(BelljarError) {
        guard let known = try files.replaceableLock(name), known.archive == nil, timestamp < known.timestamp else {
            return
        }
        throw BelljarError(
            .refused, operation: "lock toolchain", subject: name, stage: "resolve",
            answer:
                "the mirror is behind, or keeps updates back: its newest package list is of \(timestamp), and the present "
                + "lock of \(known.timestamp) (seconds since 1970)",
            remedy:
                "use another mirror; if you mean to go back, first remove \(try files.path(name, ToolchainFiles.lockName))"
        )
    }

    private func archiveLock(_ spec: ToolchainSpec, _ archive: Pin) throws(BelljarError) -> ToolchainLock {
        let image = try builder.image(of: archive, name: spec.name)
        return ToolchainLock(
            name: spec.name, spec: ToolchainDecoder.digest(of: spec), imageFormat: ImageRules.version,
            // Nothing in the image depends on a time.
            timestamp: 1, packages: [], archive: archive, image: image)
    }

    // MARK: Images

    /// The image, from the store or built from the lock; an `integrity` error that lists differing paths if what was
    /// built is not what the lock says. `rebuilding` builds even if the store holds it.
    ///
    /// - Parameter remedy: what can be done about a lock that stands in a record; nil for one of the project's.
    package func image(
        _ lock: ToolchainLock, lockText: [UInt8], rebuilding: Bool = false, recordedBy remedy: String? = nil
    ) throws(BelljarError) -> TreeDigest {
        guard lock.imageFormat == ImageRules.version else {
            throw BelljarError(
                .usage, operation: "build the image of toolchain", subject: lock.name,
                answer:
                    "its lock has image format \(lock.imageFormat), and this belljar makes format \(ImageRules.version)",
                remedy: remedy
                    ?? "make a new lock (belljar toolchain lock \(lock.name)), or use a belljar of that format")
        }
        let key = Digest(of: lockText)
        if !rebuilding, let image = try store.toolchainImage(lock: key), image == lock.image { return image }
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        let begin = Host.monotonicNanoseconds()
        let built = try build(lock)
        guard built == lock.image else { throw try mismatch(lock, built: built, remedy) }
        try store.setToolchain(name: lock.name, lock: key, image: built)
        let seconds = Double(Host.monotonicNanoseconds() - begin) / 1e9
        progress.report(.finished(subject: lock.name, note: "built", seconds: seconds))
        return built
    }

    private func build(_ lock: ToolchainLock) throws(BelljarError) -> TreeDigest {
        if let archive = lock.archive { return try builder.image(of: archive, name: lock.name) }
        return try builder.image(of: lock.packages, name: lock.name, timestamp: lock.timestamp)
    }

    // MARK: Mismatch

    /// At most this many differing paths are listed.
    private static let listedPaths = 100

    private func mismatch(
        _ lock: ToolchainLock, built: TreeDigest, _ remedy: String?
    ) throws(BelljarError) -> BelljarError {
        var error = BelljarError(
            .integrity, operation: "build the image of toolchain", subject: lock.name,
            answer: lock.image.words(against: built),
            remedy: remedy
                ?? "if the lock was edited, or made by another belljar, make a new one: belljar toolchain lock \(lock.name)"
        )
        guard let expected = try expectedContents(of: lock) else {
            error.details = ["the lock does not list paths, and the expected image is not in the store"]
            return error
        }
        let differences = expected.differences(from: try TreeContents(built, in: store))
        error.details = Array(differences.prefix(Self.listedPaths))
        if differences.isEmpty {
            error.details = ["every path is as the lock lists it, so the image digest in the lock is wrong"]
        } else if differences.count > Self.listedPaths {
            error.details.append("and \(differences.count - Self.listedPaths) more")
        }
        return error
    }

    /// What the lock says is at every path: from the image itself if it happens to be here, else from what the packages
    /// ship and the lock's list of changes.
    private func expectedContents(of lock: ToolchainLock) throws(BelljarError) -> TreeContents? {
        if try store.holds(lock.image) { return try TreeContents(lock.image, in: store) }
        guard !lock.changes.isEmpty else { return nil }
        return try builder.shipped(by: lock.packages, name: lock.name).applying(lock.changes)
    }
}
