internal import BelljarModel
internal import BelljarStore

/// What is at every path of a tree, for comparing images path by path.
struct TreeContents: Sendable {
    /// By path relative to the root; the root itself is not among them.
    private(set) var entries: [String: ImageChange.Content]

    init(entries: [String: ImageChange.Content] = [:]) { self.entries = entries }

    /// Reads a whole tree from the store.
    init(_ tree: TreeDigest, in store: Store) throws(BelljarError) {
        entries = [:]
        try add(tree, at: "", store: store)
    }

    private mutating func add(_ tree: TreeDigest, at path: String, store: Store) throws(BelljarError) {
        let directory = try store.directory(tree)
        for file in directory.files {
            entries[path + file.name] = file.isExecutable ? .program(file.digest) : .file(file.digest)
        }
        for link in directory.symlinks { entries[path + link.name] = .link(link.target) }
        for subdirectory in directory.directories {
            entries[path + subdirectory.name] = .directory
            try add(subdirectory.tree, at: "\(path)\(subdirectory.name)/", store: store)
        }
    }

    /// With the configuration files that wait as `*.dpkg-new` in their places, as configuring always puts them.
    func withConffilesInPlace() -> TreeContents {
        var placed: [String: ImageChange.Content] = [:]
        for (path, content) in entries {
            let isWaiting = path.hasSuffix(ImageUnpacker.conffileSuffix)
            placed[isWaiting ? String(path.dropLast(ImageUnpacker.conffileSuffix.count)) : path] = content
        }
        return TreeContents(entries: placed)
    }

    /// What has to be changed in this to get the other, sorted by the UTF-8 bytes of the paths.
    func changes(to other: TreeContents) -> [ImageChange] {
        var changes: [ImageChange] = []
        for (path, content) in other.entries where entries[path] != content {
            changes.append(ImageChange(path: path, content: content))
        }
        for path in entries.keys where other.entries[path] == nil {
            changes.append(ImageChange(path: path, content: .absent))
        }
        return changes.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    func applying(_ changes: [ImageChange]) -> TreeContents {
        var changed = entries
        for change in changes {
            changed[change.path] = change.content == .absent ? nil : change.content
        }
        return TreeContents(entries: changed)
    }

    /// One line for each path at which what was found is not what is expected here: `changed etc/passwd`.
    func differences(from found: TreeContents) -> [String] {
        changes(to: found).map { change in
            let expected = entries[change.path]
            if expected == nil { return "unexpected \(change.path)" }
            if change.content == .absent { return "missing \(change.path)" }
            return "changed \(change.path)"
        }
    }
}
