internal import BelljarModel
internal import BelljarStore

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
