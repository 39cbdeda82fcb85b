package import BelljarModel

extension Store {
    /// Stores one directory's canonical encoding, durably. What it refers to must be in the store already.
    package func write(_ directory: Directory) throws(BelljarError) -> TreeDigest {
        let bytes = DirectoryCodec.encode(directory)
        return TreeDigest(digest: try write(bytes), size: UInt64(bytes.count))
    }

    package func directory(_ tree: TreeDigest) throws(BelljarError) -> Directory {
        try DirectoryCodec.decode(try read(tree.digest, limit: DirectoryCodec.sizeLimit))
    }

    /// Everything below a tree, directories included, sorted by the UTF-8 bytes of the paths.
    package func entries(of tree: TreeDigest) throws(BelljarError) -> [TreeEntry] {
        var entries: [TreeEntry] = []
        try forEachDirectory(below: tree) { (path, directory) throws(BelljarError) in
            let prefix = path.isEmpty ? "" : path + "/"
            for file in directory.files {
                entries.append(
                    TreeEntry(
                        path: prefix + file.name, kind: .file(isExecutable: file.isExecutable), size: file.size,
                        digest: file.digest))
            }
            for link in directory.symlinks {
                entries.append(TreeEntry(path: prefix + link.name, linkTarget: link.target))
            }
            for child in directory.directories {
                entries.append(
                    TreeEntry(
                        path: prefix + child.name, kind: .directory, size: child.tree.size, digest: child.tree.digest))
            }
        }
        return entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// Directories within each other that a tree of this store may have.
    static let depthLimit = 512
    /// Directories of one tree. A tree of a few small objects can otherwise stand for more than any disk holds.
    static let directoryLimit = 4_000_000

    /// Visits the root and every directory below it, an outer one before those within.
    func forEachDirectory(
        below tree: TreeDigest, _ visit: (String, Directory) throws(BelljarError) -> Void
    ) throws(BelljarError) {
        var waiting = [(path: "", tree: tree, depth: 0)]
        var count = 0
        while let next = waiting.popLast() {
            count += 1
            guard count <= Store.directoryLimit, next.depth <= Store.depthLimit else {
                throw damaged("tree \(tree)", "more than \(Store.directoryLimit) directories, or too deep")
            }
            let directory = try directory(next.tree)
            try visit(next.path, directory)
            for child in directory.directories.reversed() {
                let path = next.path.isEmpty ? child.name : next.path + "/" + child.name
                waiting.append((path, child.tree, next.depth + 1))
            }
        }
    }
}
