internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
internal import BelljarRecipe
package import BelljarStore
internal import Dispatch
internal import Synchronization

/// What `toolchain show` and `toolchain list` tell of a toolchain.
package struct ToolchainInfo: Sendable {
    package var spec: ToolchainSpec
    /// Nil if there is no lock that can be used.
    package var lock: ToolchainLock?
    /// Why there is no usable lock.
    package var problem: BelljarError?
    /// Whether the store has the image that the lock names.
    package var isBuilt: Bool
    /// Whether it came with belljar, and is none of the project's own.
    package var isShipped: Bool
    /// Absolute path of the folder that its files are in.
    package var folder: String
}

/// What `toolchain verify` looked at.
package struct ToolchainVerification: Hashable, Sendable {
    package var image: TreeDigest
    /// Different ones; a directory that is there twice is read once.
    package var directories: Int
    /// Different contents; a file that is there twice is hashed once.
    package var files: Int
    /// Bytes that were hashed.
    package var bytes: UInt64
}

extension ToolchainFiles {
    /// A toolchain as it stands; a missing or outdated lock is told, not thrown.
    ///
    /// - Parameter store: where its image may be; nil if there is none yet.
    package func show(_ name: String, in store: Store?) throws(BelljarError) -> ToolchainInfo {
        let spec = try spec(name)
        let place = folders.folder(of: name)
        let (isShipped, folder) = (place != folders.own, "\(place)/\(name)")
        do throws(BelljarError) {
            let (lock, text) = try currentLock(name)
            let image = try store?.toolchainImage(lock: Digest(of: text))
            return ToolchainInfo(
                spec: spec, lock: lock, problem: nil, isBuilt: image == lock.image, isShipped: isShipped, folder: folder
            )
        } catch {
            guard error.code == .usage else { throw error }
            return ToolchainInfo(
                spec: spec, lock: nil, problem: error, isBuilt: false, isShipped: isShipped, folder: folder)
        }
    }

}

extension Toolchains {
    /// A toolchain as it stands; a missing or outdated lock is told, not thrown.
    package func show(_ name: String) throws(BelljarError) -> ToolchainInfo { try files.show(name, in: store) }

    /// Reads the image of a toolchain in the store from top to bottom and hashes everything again.
    ///
    /// - Throws: `usage` if the image was not built; `integrity` that lists the paths that are not what the lock's
    ///   digest says.
    package func verify(_ name: String) throws(BelljarError) -> ToolchainVerification {
        let (lock, text) = try lock(name)
        // Of an image that no name of the store is for, collection may have left a part.
        let isNamed = try store.toolchainImage(lock: Digest(of: text)) == lock.image
        guard isNamed ? true : try store.holds(lock.image) else {
            throw BelljarError(
                .usage, operation: "verify toolchain", subject: name, answer: "its image is not in the store",
                remedy: "build it: belljar toolchain build \(name)")
        }
        return try verify(image: lock.image, of: name)
    }

    /// As `verify` of a name, for an image that is in the store.
    package func verify(image: TreeDigest, of name: String) throws(BelljarError) -> ToolchainVerification {
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        var walk = ImageWalk(store: store)
        try walk.visit(image, path: "")
        let bytes = try walk.hashFiles(cancellation: cancellation)
        guard walk.damaged.isEmpty else {
            throw BelljarError(
                .integrity, operation: "verify toolchain", subject: name,
                answer: "\(walk.damaged.count) paths of its image are damaged in the store",
                remedy: "run `belljar store fsck --repair`, then `belljar toolchain build \(name)`",
                details: Array(walk.damaged.sorted().prefix(100)))
        }
        return ToolchainVerification(
            image: image, directories: walk.directories, files: walk.files.count, bytes: bytes)
    }

    /// Makes a toolchain of a tar archive of a root file system: writes `toolchain.yaml` and the lock.
    ///
    /// - Parameters:
    ///   - address: where the archive can be had from, for everybody who builds with the toolchain.
    ///   - file: path of a local copy, which is then not downloaded.
    /// - Throws: `usage` if there is such a toolchain already; `integrity` if the archive has another digest. The folder
    ///   is then as it was.
    package func importArchive(
        _ name: String, address: SourceAddress, sha256: Digest, file: String?
    ) throws(BelljarError) -> ToolchainLock {
        let files = try files
        let text = ToolchainDecoder.encodeSpec(
            name: name, archive: Pin(address: address, sha256: sha256, size: nil), schema: try files.schemaOfSpecs())
        let spec = try ToolchainDecoder.spec(text, file: "\(files.own)/\(name)/\(ToolchainFiles.specName)")
        guard try !files.ownNames().contains(name) else {
            throw BelljarError(
                .usage, operation: "import toolchain", subject: name,
                answer: "there is already a toolchain of that name",
                remedy: "choose another name, or change its toolchain.yaml and lock it again")
        }
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        if let file { try takeIn(file, expected: sha256) }
        let lock = try makeLock(of: spec)
        try write(lock)
        // Last: only with this file there is a toolchain. An import that is cut short before can simply be repeated.
        try files.write(text, as: ToolchainFiles.specName, of: name)
        return lock
    }

    private func openArchive(_ file: String) throws(BelljarError) -> Descriptor {
        do throws(KernelError) {
            // Opening a FIFO would otherwise wait for a writer.
            let source = try Descriptor.workingDirectory.open(file, [.read, .nonblocking, .followingLinks])
            guard try source.status().kind == .regular else { throw .invalid("read", file) }
            return source
        } catch {
            throw BelljarError(
                .usage, operation: "read archive", subject: file, answer: error.answer,
                remedy: "name the archive itself, a file that you may read")
        }
    }

    private func takeIn(_ file: String, expected: Digest) throws(BelljarError) {
        let source = try openArchive(file)
        // A damaged one of that name would stay in place of this.
        _ = try store.verifyOrQuarantine(expected)
        _ = try store.write(contentOf: source, named: file, expected: expected)
    }
}

/// A walk over a tree of the store that trusts nothing but the root's digest.
private struct ImageWalk {
    let store: Store
    private(set) var directories = 0
    /// Each content with the first path that has it.
    private(set) var files: [Digest: String] = [:]
    private(set) var damaged: [String] = []
    /// A few directories can stand for more paths than anybody could visit.
    private var visited: Set<Digest> = []

    init(store: Store) { self.store = store }

    mutating func visit(_ tree: TreeDigest, path: String) throws(BelljarError) {
        guard visited.insert(tree.digest).inserted else { return }
        guard let directory = try? store.directory(tree) else {
            damaged.append(path.isEmpty ? "/" : path)
            return
        }
        directories += 1
        for file in directory.files where files[file.digest] == nil { files[file.digest] = path + file.name }
        for child in directory.directories { try visit(child.tree, path: "\(path)\(child.name)/") }
    }

    /// - Returns: bytes that were hashed.
    mutating func hashFiles(cancellation: Cancellation) throws(BelljarError) -> UInt64 {
        let queue = Array(files)
        let store = store
        let found = Mutex<(bytes: UInt64, damaged: [String])>((0, []))
        DispatchQueue.concurrentPerform(iterations: queue.count) { index in
            guard !cancellation.isCancelled else { return }
            let hashed = try? Self.hash(queue[index].key, in: store)
            found.withLock {
                $0.bytes += hashed?.bytes ?? 0
                if hashed?.digest != queue[index].key { $0.damaged.append(queue[index].value) }
            }
        }
        try cancellation.check("verify", "the image")
        let (bytes, broken) = found.withLock { $0 }
        damaged += broken
        return bytes
    }

    private static func hash(_ digest: Digest, in store: Store) throws(BelljarError) -> (digest: Digest, bytes: UInt64)
    {
        let file = try store.open(digest)
        return try hostCall("read", "blob \(digest)") { () throws(KernelError) in
            (try file.digest(), try file.status().size)
        }
    }
}
