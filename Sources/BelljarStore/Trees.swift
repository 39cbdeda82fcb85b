package import BelljarModel

extension Store {
    /// Stores one directory's canonical encoding, durably. What it refers to must be in the store already.
    package func write(_ directory: Directory) throws(BelljarError) -> TreeDigest {
        let bytes = try DirectoryCodec.encode(directory)
        return TreeDigest(digest: try write(bytes), size: UInt64(bytes.count))
    }

    package func directory(_ tree: TreeDigest) throws(BelljarError) -> Directory { try directory(tree.digest) }

    func directory(_ tree: Digest) throws(BelljarError) -> Directory {
        switch try reading(tree) {
        case .directory(let directory): return directory
        case .never(let answer): throw damaged("directory \(tree)", answer)
        case .damaged(let error):
            // What the disk says is the host's failure to whoever wants this directory and nothing else.
            throw error.code == .host ? error : damaged("directory \(tree)", error.answer)
        case .missing: throw damaged("directory \(tree)", "it is not there")
        }
    }

    /// What comes of reading a directory, for those that go on whatever it is.
    enum DirectoryReading {
        case directory(Directory)
        case missing
        /// It is just what its digest says, and no directory that any belljar reads. So nothing can be reached through it.
        case never(String)
        /// It is not what its digest says, or cannot be read: nobody knows what is below it.
        case damaged(BelljarError)
    }

    /// - Throws: only what tells of this process or its host, and not of the directory.
    func reading(
        _ tree: Digest, limit: Int = DirectoryCodec.sizeLimit
    ) throws(BelljarError) -> DirectoryReading {
        do throws(BelljarError) {
            guard let size = try size(of: tree) else { return .missing }
            guard size <= limit else {
                // Hashed in pieces: if its content is another, it may be one that is read, once that is mended.
                _ = try openHashed(tree)
                return .never("it has \(size) bytes, more than the \(limit) that can be read")
            }
            let bytes = try read(tree, limit: limit)
            do throws(BelljarError) { return .directory(try DirectoryCodec.decode(bytes)) } catch {
                return .never(error.answer)
            }
        } catch {
            guard error.code == .integrity || error.isOfTheFile else { throw error }
            return .damaged(error)
        }
    }

    /// Whether a tree is there with everything below it.
    ///
    /// Of what a ref leads to (a record, an image, a remembered result), the root is enough: refs go before their
    /// content. But of a tree that has no ref, a collection that was ended in its middle, or a repair, leaves some parts
    /// and takes others. Whoever has only the digest asks here before relying on it.
    ///
    /// - Throws: `integrity` for a directory that is damaged.
    package func holds(_ tree: TreeDigest) throws(BelljarError) -> Bool {
        var visited: Set<Digest> = []
        var waiting = [tree]
        while let next = waiting.popLast() {
            guard visited.insert(next.digest).inserted else { continue }
            guard try contains(next.digest) else { return false }
            let directory = try directory(next)
            for file in directory.files where try !contains(file.digest) { return false }
            waiting += directory.directories.map(\.tree)
        }
        return true
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
                throw damaged(
                    "tree \(tree)", "it has more than \(Store.directoryLimit) directories, or too many levels of them")
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
