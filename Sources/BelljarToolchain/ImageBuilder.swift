internal import BelljarControls
internal import BelljarFetch
internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
internal import BelljarSandbox
internal import BelljarStore
internal import BelljarUnpack
internal import Dispatch
internal import Synchronization

/// Makes the image of a lock: fetch, unpack, configure, normalise, and take into the store.
struct ImageBuilder: Sendable {
    let store: Store
    let fetcher: Fetcher
    let sandbox: Sandbox
    /// What the scripts of packages may have at most.
    let hostLimits: HostLimits
    let progress: any ProgressSink
    let cancellation: Cancellation

    /// The image of these packages.
    ///
    /// - Parameters:
    ///   - name: the toolchain, for progress and messages.
    ///   - timestamp: seconds since 1970 that maintainer scripts are told to use for "now".
    func image(of packages: [LockedPackage], name: String, timestamp: UInt64) throws(BelljarError) -> TreeDigest {
        try image(of: packages, name: name, timestamp: timestamp) { _ in }
    }

    /// As `image(of:name:timestamp:)`, and what unpacking alone gave.
    func image(
        of packages: [LockedPackage], name: String, timestamp: UInt64, shipped: inout TreeContents?
    ) throws(BelljarError) -> TreeDigest {
        var contents: TreeContents?
        defer { shipped = contents }
        return try image(of: packages, name: name, timestamp: timestamp) { (root) throws(BelljarError) in
            contents = try phase("list", name) { () throws(BelljarError) in
                try TreeContents(hashing: root).withConffilesInPlace()
            }
        }
    }

    /// - Parameter look: is given the root before anything is configured.
    private func image(
        of packages: [LockedPackage], name: String, timestamp: UInt64,
        look: (borrowing Descriptor) throws(BelljarError) -> Void
    ) throws(BelljarError) -> TreeDigest {
        try fetch(packages.map(\.pin), name: name)
        let temporary = try makeRoot()
        let root = Self.root(of: temporary)
        let unpacked = try unpack(packages, into: root, name: name)
        try look(try open(root))
        try phase("configure", name) { () throws(BelljarError) in
            try ImageConfigurator(
                sandbox: sandbox, subject: name, timestamp: timestamp, hostLimits: hostLimits, progress: progress,
                cancellation: cancellation
            ).configure(unpacked, root: root)
        }
        return try finish(root, name: name)
    }

    /// The image that is a tar archive of a root file system. Devices are left out, as every image's `/dev` is empty.
    func image(of archive: Pin, name: String) throws(BelljarError) -> TreeDigest {
        try fetch([archive], name: name)
        let temporary = try makeRoot()
        let root = Self.root(of: temporary)
        try phase("unpack", name) { () throws(BelljarError) in
            let reader = try ArchiveReader(
                try store.open(archive.sha256), name: archive.address.fileName, opener: opener)
            let options = Extractor.Options(dropsSpecialBits: true, dropsSpecialFiles: true, replaces: true)
            try Extractor(options: options).extract(reader, into: try open(root))
        }
        return try finish(root, name: name)
    }

    /// What unpacking alone gives, with configuration files in their places: what the packages ship.
    func shipped(by packages: [LockedPackage], name: String) throws(BelljarError) -> TreeContents {
        try fetch(packages.map(\.pin), name: name)
        let temporary = try makeRoot()
        let root = Self.root(of: temporary)
        _ = try unpack(packages, into: root, name: name)
        return try TreeContents(try ingest(root, name: name), in: store).withConffilesInPlace()
    }

    // MARK: Phases

    /// What the store held before is hashed first: for a lock, the image is what comes out, and nothing later could tell that
    /// it came out of damaged bytes.
    private func fetch(_ pins: [Pin], name: String) throws(BelljarError) {
        try phase("fetch", name) { () throws(BelljarError) in
            try verify(pins)
            try fetcher.fetch(pins)
        }
    }

    /// Takes damaged ones out of the store.
    private func verify(_ pins: [Pin]) throws(BelljarError) {
        let failure = Mutex<BelljarError?>(nil)
        DispatchQueue.concurrentPerform(iterations: pins.count) { index in
            guard !cancellation.isCancelled, failure.withLock({ $0 == nil }) else { return }
            do throws(BelljarError) {
                _ = try store.verifyOrQuarantine(pins[index].sha256)
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        try cancellation.check("fetch", "pinned files")
    }

    private func unpack(
        _ packages: [LockedPackage], into root: String, name: String
    ) throws(BelljarError) -> [DebianPackage] {
        try phase("unpack", name) { () throws(BelljarError) in
            let unpacker = ImageUnpacker(
                store: store, packages: packages, opener: opener, cancellation: cancellation)
            let unpacked = try unpacker.unpack(into: root)
            try giveToOwner(root)
            return unpacked
        }
    }

    private func finish(_ root: String, name: String) throws(BelljarError) -> TreeDigest {
        try phase("normalise", name) { () throws(BelljarError) in try ImageNormaliser().normalise(try open(root)) }
        return try ingest(root, name: name)
    }

    private func ingest(_ root: String, name: String) throws(BelljarError) -> TreeDigest {
        try phase("ingest", name) { () throws(BelljarError) in
            try store.ingest(
                directory: try open(root), options: IngestOptions(adopting: true, dropsSetuid: true))
        }
    }

    private func open(_ root: String) throws(BelljarError) -> Descriptor {
        try hostCall("open", root) { () throws(KernelError) in try Descriptor.workingDirectory.open(root, .directory) }
    }

    // MARK: Parts

    private var opener: ArchiveOpener { ArchiveOpener(sandbox, cancellation: cancellation) }

    private static func root(of temporary: TemporaryFolder) -> String { "\(temporary.path)/root" }

    private func makeRoot() throws(BelljarError) -> TemporaryFolder {
        let temporary = try store.makeTemporaryFolder()
        _ = try hostCall("make folder", Self.root(of: temporary)) { () throws(KernelError) in
            try Descriptor.makeDirectories(Self.root(of: temporary))
        }
        return temporary
    }

    /// Started as root, belljar unpacks as root, but the sandbox and so the scripts run as the store's owner.
    private func giveToOwner(_ root: String) throws(BelljarError) {
        guard let owner = store.owner else { return }
        let opened = try open(root)
        do throws(KernelError) {
            try opened.giveTree(uid: owner.uid, gid: owner.gid)
        } catch {
            throw .hostFailure(error, operation: "give to the store's owner", subject: root)
        }
    }

    /// Reports a phase's begin and how long it took.
    func phase<Result>(
        _ phase: String, _ name: String, _ body: () throws(BelljarError) -> Result
    ) throws(BelljarError) -> Result {
        try cancellation.check(phase, name)
        progress.report(.phase(subject: name, name: phase))
        let begin = Host.monotonicNanoseconds()
        let result = try body()
        let seconds = Double(Host.monotonicNanoseconds() - begin) / 1e9
        progress.report(.finished(subject: "\(name) \(phase)", note: "done", seconds: seconds))
        return result
    }
}

extension ToolchainLock {
    /// What has to be in the store to make its image.
    package var pins: [Pin] { archive.map { [$0] } ?? packages.map(\.pin) }
}

extension LockedPackage {
    /// What has to be in the store to unpack it.
    var pin: Pin { Pin(address: .archive(name: archive, path: path), sha256: sha256, size: size) }
}
