internal import BelljarControls
internal import BelljarKernel
package import BelljarModel
internal import Synchronization

/// Writes that become visible together and durably, or not at all: blobs first, then the refs to them.
///
/// Until `commit`, everything lies in a temporary folder that goes with the batch. May be used from any thread.
package final class Batch: Sendable {
    let store: Store
    let folder: TemporaryFolder
    private let state = Mutex(State())
    // Content that the batch finds in the store must still be there when it is committed.
    private let lease: Lease

    private struct Variant: Hashable {
        var digest: Digest
        var isExecutable: Bool
    }

    private struct State {
        /// Temporary names of blobs.
        var blobs: [Variant: String] = [:]
        /// The same blobs as they came. A directory comes after what is in it, so a commit that is cut short leaves no
        /// directory without its content.
        var order: [Variant] = []
        /// Temporary names of refs, in order; a later one may replace an earlier.
        var refs: [(temporary: String, path: String)] = []
        /// Records that the index may list by what their files said before.
        var restated: [Digest] = []
    }

    init(store: Store, folder: TemporaryFolder, lease: Lease) {
        self.store = store
        self.lease = lease
        self.folder = folder
    }

    /// Adds bytes; nothing is written if the store holds them.
    @discardableResult
    package func write(_ bytes: [UInt8], isExecutable: Bool = false) throws(BelljarError) -> Digest {
        let digest = Digest(of: bytes)
        if try contains(digest) { return digest }
        let temporary = try writeTemporary(bytes)
        try adopt(temporary.name, temporary.file, digest: digest, isExecutable: isExecutable)
        return digest
    }

    /// Adds one directory's canonical encoding.
    ///
    /// - Throws: `resource_exceeded` for one that nobody could read again.
    @discardableResult
    package func write(_ directory: Directory) throws(BelljarError) -> TreeDigest {
        let bytes = try DirectoryCodec.encode(directory)
        return TreeDigest(digest: try write(bytes), size: UInt64(bytes.count))
    }

    /// Starts a streamed blob of this batch.
    package func makeWriter() throws(BelljarError) -> BlobWriter { try BlobWriter(batch: self, commitsBatch: false) }

    /// Whether the store or this batch holds a blob.
    package func contains(_ digest: Digest) throws(BelljarError) -> Bool {
        let isStaged = state.withLock { state in
            [false, true].contains { state.blobs[Variant(digest: digest, isExecutable: $0)] != nil }
        }
        if isStaged { return true }
        return try store.contains(digest)
    }

    // MARK: Staging

    func makeTemporary() throws(BelljarError) -> TemporaryFile {
        let name = folder.nextName()
        let file = try host("write to", folder.path) { () throws(KernelError) in
            try folder.descriptor.open(name, [.write, .create, .exclusive], mode: 0o600)
        }
        return TemporaryFile(name: name, file: file)
    }

    private func writeTemporary(_ bytes: [UInt8]) throws(BelljarError) -> TemporaryFile {
        let temporary = try makeTemporary()
        try host("write to", folder.path) { () throws(KernelError) in try temporary.file.writeAll(bytes) }
        return temporary
    }

    /// Takes a complete file of `folder` as a blob; its mode, owner and time become the store's.
    ///
    /// - Parameters:
    ///   - file: the file, open.
    ///   - isVariant: keep it although the store holds the same content with the other mode.
    func adopt(
        _ temporary: String, _ file: borrowing Descriptor, digest: Digest, isExecutable: Bool, isVariant: Bool = false
    ) throws(BelljarError) {
        let variant = Variant(digest: digest, isExecutable: isExecutable)
        let isKnown = isVariant ? false : try store.contains(digest)
        guard !isKnown, state.withLock({ $0.blobs[variant] == nil }) else { return try drop(temporary) }
        try dress(file, permissions: isExecutable ? 0o755 : 0o644)
        // Another thread may have come first with the same bytes.
        let wasFirst = state.withLock { state in
            guard state.blobs[variant] == nil else { return false }
            state.blobs[variant] = temporary
            state.order.append(variant)
            return true
        }
        if !wasFirst { try drop(temporary) }
    }

    /// Adds a ref, which comes to its place after all blobs of the batch are in place.
    func setRef(_ path: String, content: [UInt8]) throws(BelljarError) {
        try store.checkRef(path, content)
        let temporary = try writeTemporary(content)
        try dress(temporary.file, permissions: 0o644, isDated: false)
        let name = temporary.name
        state.withLock { $0.refs.append((name, path)) }
    }

    /// Has the index read a record's file again once this batch is committed: it looks only for new ones by itself.
    func restate(_ record: Digest) { state.withLock { $0.restated.append(record) } }

    private func dress(
        _ file: borrowing Descriptor, permissions: UInt32, isDated: Bool = true
    ) throws(BelljarError) {
        try host("write to", folder.path) { () throws(KernelError) in
            try file.setPermissions(permissions)
            if let owner = store.owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
            if isDated { try file.setTimes(Layout.fileTime) }
        }
    }

    func drop(_ temporary: String) throws(BelljarError) {
        try host("write to", folder.path) { () throws(KernelError) in try folder.descriptor.unlink(temporary) }
    }

    // MARK: Committing

    /// Makes everything visible and durable. The batch is empty afterwards and may be used again.
    ///
    /// What a ref leads to is on the disk before the ref is: first all content is flushed, then blobs get their names, then
    /// refs, and a last flush makes the names of both durable. A flush is one `syncfs`: an fsync for each file would commit
    /// the file system's journal as often (about 4 ms each, measured on ext4), and one syncfs commits it once, at the price
    /// of also writing what others left unwritten there. A single file is flushed by itself.
    package func commit() throws(BelljarError) {
        let (blobs, refs, restated) = state.withLock { state in
            defer { state = State() }
            let blobs = state.order.compactMap { variant in state.blobs[variant].map { (variant, $0) } }
            return (blobs, state.refs, state.restated)
        }
        try host("commit to store", store.path) { () throws(KernelError) in
            guard !blobs.isEmpty || !refs.isEmpty else { return try flushWhatOthersWrote() }
            if let only = blobs.isEmpty ? refs[0].temporary : blobs.first?.1, blobs.count + refs.count == 1 {
                try folder.descriptor.open(only).synchronize()
            } else {
                try store.root.synchronizeFileSystem()
            }
            let own = store.pendingFlushes.begin()
            var touched: Set<String> = []
            for (variant, temporary) in blobs {
                let path = Layout.blob(variant.digest, isExecutable: variant.isExecutable)
                try store.publish(temporary, from: folder.descriptor, as: path, replacing: false, touched: &touched)
            }
            for (temporary, path) in refs {
                try store.publish(temporary, from: folder.descriptor, as: path, replacing: true, touched: &touched)
            }
            let pending = store.pendingFlushes.numbers
            if touched.count == 1, pending == [own], let only = touched.first {
                try store.root.open(only, .directory).synchronize()
            } else {
                try store.root.synchronizeFileSystem()
            }
            store.pendingFlushes.end(pending)
        }
        do throws(BelljarError) {
            try store.index.update(adding: [], removing: restated)
        } catch { store.progress.report(.notice(error.summary)) }  // What counts is in the files.
    }

    /// What this batch was to write, others wrote before it; perhaps it is not on the disk yet.
    private func flushWhatOthersWrote() throws(KernelError) {
        let pending = store.pendingFlushes.numbers
        guard !pending.isEmpty else { return }
        try store.root.synchronizeFileSystem()
        store.pendingFlushes.end(pending)
    }
}

/// A new file in a batch's folder.
struct TemporaryFile: ~Copyable {
    let name: String
    let file: Descriptor
}

extension Store {
    /// Gives a complete file its name in the store, making the folder it belongs in. Without `replacing`, what has the
    /// name already stays: it is the same content.
    func publish(
        _ temporary: String, from folder: borrowing Descriptor, as path: String, replacing: Bool,
        touched: inout Set<String>
    ) throws(KernelError) {
        let parent = Layout.parent(path)
        touched.insert(parent)
        while true {
            do {
                return try root.adopt(temporary, from: folder, as: path, replacing: replacing)
            } catch {
                if error.errno == .EEXIST { return try folder.unlink(temporary) }
                // The parent is missing, or was until another process made it this moment.
                guard error.errno == .ENOENT, try folder.statusIfPresent(of: temporary) != nil else { throw error }
            }
            // Also the folder at the store's top, if somebody took that away.
            for folder in [Layout.parent(parent), parent] where !folder.isEmpty {
                guard try root.makeDirectoryIfMissing(folder), let owner else { continue }
                try root.setOwner(of: folder, uid: owner.uid, gid: owner.gid)
            }
            touched.insert(Layout.parent(parent))
        }
    }
}
