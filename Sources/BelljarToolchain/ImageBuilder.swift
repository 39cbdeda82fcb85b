internal import BelljarFetch
internal import BelljarKernel
internal import BelljarModel
internal import BelljarSandbox
internal import BelljarStore

/// Makes the image of a lock: fetch, unpack, configure, normalise, and take into the store.
struct ImageBuilder: Sendable {
    let store: Store
    let fetcher: Fetcher
    let sandbox: Sandbox
    let progress: any ProgressSink
    let cancellation: Cancellation

    /// The image of these packages.
    ///
    /// - Parameters:
    ///   - name: the toolchain, for progress and messages.
    ///   - timestamp: seconds since 1970 that maintainer scripts are told to use for "now".
    func image(of packages: [LockedPackage], name: String, timestamp: UInt64) throws(BelljarError) -> TreeDigest {
        try fetch(packages, name: name)
        let scratch = try makeRoot()
        let root = Self.root(of: scratch)
        let unpacker = ImageUnpacker(store: store, packages: packages, cancellation: cancellation)
        let unpacked = try phase("unpack", name) { () throws(BelljarError) in
            let unpacked = try unpacker.unpack(into: root)
            try giveToOwner(root)
            return unpacked
        }
        try phase("configure", name) { () throws(BelljarError) in
            try ImageConfigurator(
                sandbox: sandbox, subject: name, timestamp: timestamp, progress: progress, cancellation: cancellation
            ).configure(unpacked, root: root)
        }
        let opened = try hosted("open", root) { () throws(KernelError) in
            try Descriptor.workingDirectory.open(root, .directory)
        }
        try phase("normalise", name) { () throws(BelljarError) in try ImageNormaliser().normalise(opened) }
        return try phase("ingest", name) { () throws(BelljarError) in
            try store.ingest(directory: opened, options: IngestOptions(adopting: true, dropsSetuid: true))
        }
    }

    /// What unpacking alone gives, with configuration files in their places: what the packages ship.
    func shipped(by packages: [LockedPackage], name: String) throws(BelljarError) -> TreeContents {
        try fetch(packages, name: name)
        let scratch = try makeRoot()
        let root = Self.root(of: scratch)
        let tree = try phase("unpack for comparison", name) { () throws(BelljarError) in
            _ = try ImageUnpacker(store: store, packages: packages, cancellation: cancellation).unpack(into: root)
            let opened = try hosted("open", root) { () throws(KernelError) in
                try Descriptor.workingDirectory.open(root, .directory)
            }
            return try store.ingest(directory: opened, options: IngestOptions(adopting: true, dropsSetuid: true))
        }
        return try TreeContents(tree, in: store).withConffilesInPlace()
    }

    private func fetch(_ packages: [LockedPackage], name: String) throws(BelljarError) {
        try phase("fetch", name) { () throws(BelljarError) in
            try fetcher.fetch(
                packages.map {
                    Pin(address: .archive(name: $0.archive, path: $0.path), sha256: $0.sha256, size: $0.size)
                })
        }
    }

    private static func root(of scratch: Scratch) -> String { "\(scratch.path)/root" }

    private func makeRoot() throws(BelljarError) -> Scratch {
        let scratch = try store.makeScratch()
        _ = try hosted("make folder", Self.root(of: scratch)) { () throws(KernelError) in
            try Descriptor.makeDirectories(Self.root(of: scratch))
        }
        return scratch
    }

    /// Started as root, belljar unpacks as root, but the sandbox and so the scripts run as the store's owner.
    private func giveToOwner(_ root: String) throws(BelljarError) {
        guard let owner = store.owner else { return }
        try hosted("give to the store's owner", root) { () throws(KernelError) in
            let opened = try Descriptor.workingDirectory.open(root, .directory)
            try opened.giveTree(uid: owner.uid, gid: owner.gid)
        }
    }

    /// Reports a phase's begin and how long it took.
    private func phase<Result>(
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
