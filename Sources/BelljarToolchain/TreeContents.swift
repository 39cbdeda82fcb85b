internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore
internal import Dispatch
internal import Synchronization

/// What is at every path of a tree, for comparing images path by path.
struct TreeContents: Hashable, Sendable {
    /// By the bytes of the path relative to the root, because Swift takes canonically equivalent strings for equal and
    /// file systems do not. The root itself is not among them.
    private var entries: [[UInt8]: ImageChange.Content] = [:]

    init(_ entries: [(path: String, content: ImageChange.Content)] = []) {
        for (path, content) in entries { self.entries[Array(path.utf8)] = content }
    }

    /// Reads a whole tree from the store.
    init(_ tree: TreeDigest, in store: Store) throws(BelljarError) {
        self.init(
            try store.entries(of: tree).map { entry in
                switch entry.kind {
                case .directory: (entry.path, .directory)
                case .symlink(let target): (entry.path, .link(target))
                case .file(let isExecutable): (entry.path, isExecutable ? .program(entry.digest) : .file(entry.digest))
                }
            })
    }

    /// Reads a whole directory of this host, several files at a time.
    init(hashing root: borrowing Descriptor) throws(BelljarError) {
        var files: [(path: [UInt8], isExecutable: Bool)] = []
        try hostCall("read", "the unpacked packages") { () throws(KernelError) in
            try Self.list(root, [], into: &entries, &files)
        }
        let found = Mutex<(digests: [[UInt8]: Digest], failure: KernelError?)>(([:], nil))
        let list = files
        let base = try hostCall("read", "the unpacked packages") { () throws(KernelError) in try root.duplicate() }
        DispatchQueue.concurrentPerform(iterations: list.count) { index in
            guard found.withLock({ $0.failure == nil }) else { return }
            do throws(KernelError) {
                let digest = try base.openBeneath(list[index].path, .nonblocking).digest()
                found.withLock { $0.digests[list[index].path] = digest }
            } catch { found.withLock { $0.failure = $0.failure ?? error } }
        }
        let (digests, failure) = found.withLock { $0 }
        if let failure { throw .hostFailure(failure, operation: "read", subject: "the unpacked packages") }
        for file in files {
            guard let digest = digests[file.path] else { preconditionFailure("every file was read") }
            entries[file.path] = file.isExecutable ? .program(digest) : .file(digest)
        }
    }

    private static func list(
        _ folder: borrowing Descriptor, _ path: [UInt8], into entries: inout [[UInt8]: ImageChange.Content],
        _ files: inout [(path: [UInt8], isExecutable: Bool)]
    ) throws(KernelError) {
        for entry in try folder.entries() {
            let inner = path.isEmpty ? entry.name : path + [UInt8(ascii: "/")] + entry.name
            let status = try folder.status(of: entry.name)
            switch status.kind {
            case .directory:
                entries[inner] = .directory
                try list(try folder.open(entry.name, .directory), inner, into: &entries, &files)
            case .symlink: entries[inner] = .link(PathText.text(try folder.readLink(entry.name)))
            case .regular: files.append((inner, status.permissions & 0o111 != 0))
            // Unpacking makes nothing else.
            case .characterDevice, .blockDevice, .fifo, .socket: continue
            }
        }
    }

    /// With the configuration files that wait as `*.dpkg-new` in their places, as configuring always puts them.
    func withConffilesInPlace() -> TreeContents {
        let suffix = Array(ImageUnpacker.conffileSuffix.utf8)
        var placed = TreeContents()
        for (path, content) in entries {
            let isWaiting = path.suffix(suffix.count) == suffix[...]
            placed.entries[isWaiting ? Array(path.dropLast(suffix.count)) : path] = content
        }
        return placed
    }

    /// What has to be changed in this to get the other, sorted by the UTF-8 bytes of the paths.
    func changes(to other: TreeContents) -> [ImageChange] {
        var changes: [(path: [UInt8], content: ImageChange.Content)] = []
        for (path, content) in other.entries where entries[path] != content { changes.append((path, content)) }
        for path in entries.keys where other.entries[path] == nil { changes.append((path, .absent)) }
        return changes.sorted { $0.path.lexicographicallyPrecedes($1.path) }
            .map { ImageChange(path: String(decoding: $0.path, as: UTF8.self), content: $0.content) }
    }

    func applying(_ changes: [ImageChange]) -> TreeContents {
        var changed = self
        for change in changes {
            changed.entries[Array(change.path.utf8)] = change.content == .absent ? nil : change.content
        }
        return changed
    }

    /// One line for each path at which what was found is not what is expected here: `changed etc/passwd`.
    func differences(from found: TreeContents) -> [String] {
        changes(to: found).map { change in
            if entries[Array(change.path.utf8)] == nil { return "unexpected \(change.path)" }
            return change.content == .absent ? "missing \(change.path)" : "changed \(change.path)"
        }
    }
}
