package import BelljarKernel
package import BelljarModel
internal import Synchronization

extension Store {
    /// Takes in everything below an open directory, durably: by descriptors, never following links. Files are hashed
    /// in parallel and copied to fresh inodes (or, with `adopting`, moved in: only for folders that `makeTemporaryFolder` made
    /// and nothing else can still write to). Modes become 0644 or 0755, and hard links become files of their own;
    /// devices, sockets, FIFOs, setuid and setgid files (unless `dropsSetuid`), file capabilities and, if wanted, all
    /// extended attributes are refused by path. Names are kept byte for byte.
    package func ingest(
        directory: borrowing Descriptor, options: IngestOptions
    ) throws(BelljarError) -> TreeDigest {
        let batch = try makeBatch()
        let result = try batch.ingest(directory: directory, options: options)
        try batch.commit()
        return result.tree
    }
}

extension Batch {
    /// As `Store.ingest`, as part of this batch.
    ///
    /// - Parameter selection: what is taken in; nil for everything.
    package func ingest(
        directory: borrowing Descriptor, options: IngestOptions, selection: IngestSelection? = nil
    ) throws(BelljarError) -> IngestResult {
        let base = try host("store", "directory") { () throws(KernelError) in try directory.duplicate() }
        let walk = try IngestWalk(base, options: options, selection: selection)
        let job = IngestJob(batch: self, base: base, options: options)
        let contents = Mutex<[Int: IngestJob.Content]>([:])
        try unsafe inParallel(walk.files.count) { (index, buffer) throws(BelljarError) in
            let file = walk.files[index]
            let path = walk.path(file.folder, file.name)
            var content = try known(file, selection?.digest(of: path))
            if content == nil { content = try unsafe job.take(path, isExecutable: file.isExecutable, buffer: buffer) }
            contents.withLock { $0[index] = content }
        }
        return try assemble(walk, contents: contents.withLock { $0 })
    }

    /// A file whose digest is known need not be read, if the store has it.
    private func known(_ file: IngestWalk.File, _ digest: Digest?) throws(BelljarError) -> IngestJob.Content? {
        guard let digest, try contains(digest) else { return nil }
        return .init(digest: digest, size: file.size)
    }

    /// Encodes the directories, those within others first.
    private func assemble(
        _ walk: IngestWalk, contents: [Int: IngestJob.Content]
    ) throws(BelljarError) -> IngestResult {
        var files = [[Directory.File]](repeating: [], count: walk.folders.count)
        var directories = [[Directory.Subdirectory]](repeating: [], count: walk.folders.count)
        var links = [[Directory.Symlink]](repeating: [], count: walk.folders.count)
        var entries: [TreeEntry] = []
        var bytes: UInt64 = 0
        for (index, file) in walk.files.enumerated() {
            guard let content = contents[index] else { preconditionFailure("every file was read") }
            files[file.folder].append(
                .init(name: file.name, digest: content.digest, size: content.size, isExecutable: file.isExecutable))
            bytes += content.size
            entries.append(
                TreeEntry(
                    path: walk.path(file.folder, file.name), kind: .file(isExecutable: file.isExecutable),
                    size: content.size, digest: content.digest))
        }
        for link in walk.links {
            links[link.folder].append(.init(name: link.name, target: link.target))
            entries.append(TreeEntry(path: walk.path(link.folder, link.name), linkTarget: link.target))
        }
        for (index, folder) in walk.folders.enumerated().reversed() {
            let directory = Directory(files: files[index], directories: directories[index], symlinks: links[index])
            let tree = try write(directory)
            if index == 0 {
                entries.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
                return IngestResult(tree: tree, entries: entries, bytes: bytes)
            }
            directories[folder.parent].append(.init(name: folder.name, tree: tree))
            entries.append(TreeEntry(path: folder.path, kind: .directory, size: tree.size, digest: tree.digest))
        }
        preconditionFailure("the first folder is the directory itself")
    }
}

extension TreeEntry {
    init(path: String, linkTarget: String) {
        let bytes = PathText.raw(linkTarget)
        self.init(path: path, kind: .symlink(target: linkTarget), size: UInt64(bytes.count), digest: Digest(of: bytes))
    }
}

/// Reads the files of one directory into a batch.
private struct IngestJob: ~Copyable {
    struct Content {
        var digest: Digest
        /// Bytes.
        var size: UInt64
    }

    let batch: Batch
    let base: Descriptor
    let options: IngestOptions

    init(batch: Batch, base: consuming Descriptor, options: IngestOptions) {
        self.batch = batch
        self.base = base
        self.options = options
    }

    func take(
        _ path: String, isExecutable: Bool, buffer: UnsafeMutableRawBufferPointer
    ) throws(BelljarError) -> Content {
        // Non-blocking, in case somebody put a FIFO there since the walk.
        let file = try host("store", path) { () throws(KernelError) in
            try base.openBeneath(PathText.raw(path), .nonblocking)
        }
        try check(file, path)
        if options.adopting { return try unsafe move(file, path, isExecutable: isExecutable, buffer: buffer) }
        return try unsafe copy(file, path, isExecutable: isExecutable, buffer: buffer)
    }

    private func check(_ file: borrowing Descriptor, _ path: String) throws(BelljarError) {
        let (kind, hasCapabilities) = try host("store", path) { () throws(KernelError) in
            (try file.status().kind, try file.hasAttribute("security.capability"))
        }
        let attributes = try options.attributeObjection(to: file, path).map { "a file \($0)" }
        let objection =
            kind != .regular
            ? Optional("a \(kind.words)") : hasCapabilities ? "a file with capabilities (setcap)" : attributes
        guard let objection else { return }
        throw BelljarError(
            options.refusal, operation: "store", subject: PathText.shown(path), answer: objection,
            remedy: IngestOptions.remedy)
    }

    private func move(
        _ file: borrowing Descriptor, _ path: String, isExecutable: Bool, buffer: UnsafeMutableRawBufferPointer
    ) throws(BelljarError) -> Content {
        let content = try unsafe read(file, path, buffer: buffer) { _ in }
        let temporary = batch.folder.nextName()
        try host("store", path) { () throws(KernelError) in
            try base.rename(PathText.raw(path), to: batch.folder.descriptor, as: temporary)
        }
        try batch.adopt(temporary, file, digest: content.digest, isExecutable: isExecutable)
        return content
    }

    /// Reads a file that fits into the buffer once, and writes it only if its content is new. A larger one is read
    /// once to see whether it is new and, if so, a second time while it is copied: much of what a rebuild leaves is in
    /// the store already, and writing costs more than hashing.
    private func copy(
        _ file: borrowing Descriptor, _ path: String, isExecutable: Bool, buffer: UnsafeMutableRawBufferPointer
    ) throws(BelljarError) -> Content {
        let first = try unsafe fill(buffer, file, path)
        if first < buffer.count {
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<first])
            var hasher = ContentHasher()
            unsafe hasher.update(bytes)
            let content = Content(digest: hasher.finish(), size: UInt64(first))
            if try batch.contains(content.digest) { return content }
            let target = try batch.makeTemporary()
            try host("store", path) { () throws(KernelError) in try unsafe target.file.writeAll(bytes) }
            try batch.adopt(target.name, target.file, digest: content.digest, isExecutable: isExecutable)
            return content
        }
        try rewind(file, path)
        let content = try unsafe read(file, path, buffer: buffer) { _ in }
        if try batch.contains(content.digest) { return content }
        try rewind(file, path)
        let target = try batch.makeTemporary()
        var written: UInt64 = 0
        let copied = try unsafe read(file, path, buffer: buffer) { (chunk) throws(KernelError) in
            try unsafe target.file.writeLeavingHoles(chunk)
            try target.file.pushOut(from: written, to: written + UInt64(chunk.count))
            written += UInt64(chunk.count)
        }
        // Its last bytes may be a hole.
        try host("store", path) { () throws(KernelError) in try target.file.truncate(to: copied.size) }
        try batch.adopt(target.name, target.file, digest: copied.digest, isExecutable: isExecutable)
        return copied
    }

    private func rewind(_ file: borrowing Descriptor, _ path: String) throws(BelljarError) {
        try host("store", path) { () throws(KernelError) in try file.seek(to: 0) }
    }

    /// Reads until the buffer is full or the file ends.
    private func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ file: borrowing Descriptor, _ path: String
    ) throws(BelljarError) -> Int {
        var count = 0
        while count < buffer.count {
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            let got = try host("store", path) { () throws(KernelError) in try unsafe file.read(into: room) }
            if got == 0 { break }
            count += got
        }
        return count
    }

    /// Reads from where the file stands to its end.
    private func read(
        _ file: borrowing Descriptor, _ path: String, buffer: UnsafeMutableRawBufferPointer,
        _ sink: (UnsafeRawBufferPointer) throws(KernelError) -> Void
    ) throws(BelljarError) -> Content {
        var hasher = ContentHasher()
        var size: UInt64 = 0
        while true {
            let count = try host("store", path) { () throws(KernelError) in try unsafe file.read(into: buffer) }
            if count == 0 { return Content(digest: hasher.finish(), size: size) }
            size += UInt64(count)
            guard size <= options.bytes else {
                throw BelljarError(
                    options.refusal, operation: "store", subject: path, answer: "more than \(options.bytes) bytes",
                    remedy: "leave it out, or make it smaller")
            }
            let chunk = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
            unsafe hasher.update(chunk)
            try host("store", path) { () throws(KernelError) in try unsafe sink(chunk) }
        }
    }
}

extension IngestOptions {
    /// What is wrong with the extended attributes of an open file; nil if nothing is. Those of security modules are the host's
    /// (a label for every file), and are left behind.
    func attributeObjection(to file: borrowing Descriptor, _ path: String) throws(BelljarError) -> String? {
        guard refusesAttributes else { return nil }
        let names = try host("store", path) { () throws(KernelError) in try file.attributes() }
        let first = names.first { !$0.hasPrefix("security.") || $0 == "security.capability" }
        return first.map { "with the extended attribute \($0)" }
    }
}
