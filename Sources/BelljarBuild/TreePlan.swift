internal import BelljarModel
internal import BelljarStore

/// A tree put together from others in memory: sources laid over each other, inputs below their names.
///
/// Only the directories that really mix two trees are read and made anew, so that planning costs next to nothing, and
/// nothing is written until `write`: a build that turns out to be cached leaves no trace.
struct TreePlan: Sendable {
    indirect enum Node: Sendable {
        /// A directory of the store, as it is.
        case tree(TreeDigest)
        /// By the bytes of the names: Swift takes canonically equivalent strings for equal, and file systems do not.
        case directory([[UInt8]: Node])
        case file(digest: Digest, size: UInt64, isExecutable: Bool)
        case symlink(String)
    }

    /// A plan worked out: the digest of its root and the directories that the store may not hold yet, children first.
    struct Made: Sendable {
        var root: TreeDigest
        var directories: [Directory] = []

        /// Stores what is new; what it refers to must be there already.
        func write(to store: Store) throws(BelljarError) {
            // Mostly they are there: flushing the disk for nothing would be most of what a small build takes.
            var missing: [Directory] = []
            // Each of them, because no name refers to the root: a collection may have taken parts of it.
            for directory in directories where try !store.contains(DirectoryCodec.digest(of: directory).digest) {
                missing.append(directory)
            }
            guard !missing.isEmpty else { return }
            let batch = try store.makeBatch()
            for directory in missing { try batch.write(directory) }
            try batch.commit()
        }
    }

    private(set) var root: Node = .directory([:])
    /// Reads a directory of the store.
    private let read: @Sendable (TreeDigest) throws(BelljarError) -> Directory

    init(reading read: @escaping @Sendable (TreeDigest) throws(BelljarError) -> Directory) { self.read = read }

    init(store: Store) {
        self.init { tree throws(BelljarError) in try store.directory(tree) }
    }

    /// Lays a node over what is at `path` (relative, components already checked; empty for the root). Directories
    /// merge; anything else that is in the way is hidden by what comes later, as an overlay file system does it.
    mutating func place(_ node: Node, at path: String) throws(BelljarError) {
        let wrapped = path.split(separator: "/").reversed().reduce(node) { .directory([Array($1.utf8): $0]) }
        root = try merge(root, wrapped)
    }

    func make() throws(BelljarError) -> Made {
        var directories: [Directory] = []
        let root = try make(self.root, &directories)
        return Made(root: root, directories: directories)
    }

    private func merge(_ lower: Node, _ upper: Node) throws(BelljarError) -> Node {
        if case .directory(let members) = lower, members.isEmpty { return upper }
        guard let below = try expand(lower), let above = try expand(upper) else { return upper }
        var merged = below
        for (name, node) in above {
            if let existing = merged[name] {
                merged[name] = try merge(existing, node)
            } else {
                merged[name] = node
            }
        }
        return .directory(merged)
    }

    /// A directory's members; nil for what is not a directory.
    private func expand(_ node: Node) throws(BelljarError) -> [[UInt8]: Node]? {
        switch node {
        case .file, .symlink: return nil
        case .directory(let members): return members
        case .tree(let digest):
            let directory = try read(digest)
            var members: [[UInt8]: Node] = [:]
            for file in directory.files {
                members[Array(file.name.utf8)] = .file(
                    digest: file.digest, size: file.size, isExecutable: file.isExecutable)
            }
            for child in directory.directories { members[Array(child.name.utf8)] = .tree(child.tree) }
            for link in directory.symlinks { members[Array(link.name.utf8)] = .symlink(link.target) }
            return members
        }
    }

    private func make(_ node: Node, _ directories: inout [Directory]) throws(BelljarError) -> TreeDigest {
        let members: [[UInt8]: Node]
        switch node {
        case .tree(let digest): return digest
        case .directory(let named): members = named
        case .file, .symlink:
            throw BelljarError(
                .usage, operation: "lay out", subject: "/build", answer: "a source would replace /build itself",
                remedy: "give each source that is a single file a name or a folder of its own (`name`, `into`)")
        }
        var files: [Directory.File] = []
        var children: [Directory.Subdirectory] = []
        var links: [Directory.Symlink] = []
        // Sorted, so that the directories are written in the same order everywhere.
        for (bytes, member) in members.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let name = String(decoding: bytes, as: UTF8.self)
            switch member {
            case .file(let digest, let size, let isExecutable):
                files.append(.init(name: name, digest: digest, size: size, isExecutable: isExecutable))
            case .symlink(let target): links.append(.init(name: name, target: target))
            case .tree, .directory: children.append(.init(name: name, tree: try make(member, &directories)))
            }
        }
        let directory = Directory(files: files, directories: children, symlinks: links)
        directories.append(directory)
        return try DirectoryCodec.digest(of: directory)
    }
}
