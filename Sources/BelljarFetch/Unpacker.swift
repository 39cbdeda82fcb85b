package import BelljarModel
package import BelljarStore

/// Unpacks archives into the store.
package struct Unpacker: Sendable {
    private let store: Store
    private let opener: ArchiveOpener
    private let limits: ArchiveLimits

    package init(store: Store, opener: ArchiveOpener) {
        self.init(store: store, opener: opener, limits: ArchiveLimits())
    }

    init(store: Store, opener: ArchiveOpener, limits: ArchiveLimits) {
        self.store = store
        self.opener = opener
        self.limits = limits
    }

    /// Names what `tree` computes; goes up when it gives another tree for an archive than it did before.
    private static let memoKind = "unpack/1"

    /// The tree of an archive that is a blob of the store, remembered by the store. Files are executable if anybody may
    /// execute them; other permissions, owners and times are dropped. Hard links become files of the same content.
    ///
    /// - Parameters:
    ///   - strip: path components taken off the front of every entry; entries with no more than these are left out.
    ///   - name: what the archive is called in messages.
    /// - Throws: `integrity` for an archive that is damaged, hostile (absolute paths, `..`, entries through links,
    ///   devices, two entries for one path) or over a limit, naming the entry; `usage` if `strip` leaves nothing.
    package func tree(archive: Digest, strip: Int, name: String) throws(BelljarError) -> TreeDigest {
        if let known = try known(archive: archive, strip: strip) { return known }
        let reader = try ArchiveReader(try store.open(archive), name: name, limits: limits, opener: opener)
        let batch = try store.makeBatch()
        let root = try unpack(reader, strip: strip, into: batch)
        guard !root.isEmpty else {
            throw BelljarError(
                .usage, operation: "unpack archive", subject: name,
                answer: "nothing is left without the first \(strip) components of every path",
                remedy: strip > 0 ? "choose a smaller `strip`" : "the archive is empty")
        }
        let tree = try root.write(to: batch)
        try batch.commit()
        try store.setMemo(kind: Self.memoKind, key: Self.key(archive, strip), tree: tree)
        return tree
    }

    /// What `tree` gave before for the same archive; nil if that is not known.
    package func known(archive: Digest, strip: Int) throws(BelljarError) -> TreeDigest? {
        try store.memo(kind: Self.memoKind, key: Self.key(archive, strip))
    }

    private static func key(_ archive: Digest, _ strip: Int) -> String { "\(archive.hex):\(strip)" }

    private func unpack(_ reader: ArchiveReader, strip: Int, into batch: Batch) throws(BelljarError) -> ArchiveTree {
        let tree = ArchiveTree(reader)
        while let entry = try reader.next() {
            guard let path = entry.path.dropping(first: strip) else { continue }
            switch entry.kind {
            case .directory: try tree.addDirectory(at: path)
            case .symlink(let target): try tree.add(.symlink(target), at: path)
            case .file:
                // Looked at before the content is written: a refused entry costs nothing.
                try tree.check(path)
                let writer = try batch.makeWriter()
                unsafe try reader.readContent { (piece) throws(BelljarError) in unsafe try writer.write(piece) }
                let size = writer.count
                let digest = try writer.commit(expected: nil, isExecutable: entry.isExecutable)
                try tree.add(.file(digest, size: size, isExecutable: entry.isExecutable), at: path)
            case .hardlink(let target):
                guard entry.size == 0 else {
                    throw reader.refuse("hard link \(quoted(entry.path.description)) has content of its own")
                }
                guard let source = target.dropping(first: strip).flatMap(tree.file) else {
                    throw reader.refuse(
                        "hard link \(quoted(entry.path.description)) leads to \(quoted(target.description)), which is "
                            + "no file that came before it")
                }
                try tree.add(source, at: path)
            case .special(let words):
                throw reader.refuse("entry \(quoted(entry.path.description)) is \(words)")
            }
        }
        return tree
    }
}

/// The directories of an archive while it is read.
private final class ArchiveTree {
    enum Node {
        case file(Digest, size: UInt64, isExecutable: Bool)
        case symlink(String)
        case folder(Folder)
    }

    /// Names are bytes, because Swift takes canonically equivalent strings for equal and file systems do not.
    final class Folder {
        var members: [[UInt8]: Node] = [:]
        var size = DirectorySize()
    }

    private let reader: ArchiveReader
    private let root = Folder()
    /// Directories, including those that only the paths of others imply: a path of a hundred names makes a hundred.
    private var folders: UInt64 = 0
    private var listing = ListingSize()

    init(_ reader: ArchiveReader) { self.reader = reader }

    var isEmpty: Bool { root.members.isEmpty }

    // MARK: Adding

    func addDirectory(at path: EntryPath) throws(BelljarError) {
        _ = try folder(path.components[...], of: path)
    }

    func add(_ node: Node, at path: EntryPath) throws(BelljarError) {
        guard let (folder, name) = try place(path), let last = path.components.last else { return }
        switch node {
        case .file(_, let size, let isExecutable): folder.size.add(last, size: size, isExecutable: isExecutable)
        case .symlink(let target):
            folder.size.add(last, target: target)
            listing.add(path: 0, target: target.utf8.count)
        case .folder: folder.size.add(directoryNamed: last)
        }
        try note(path.components[...], in: folder)
        folder.members[name] = node
    }

    /// Refuses what `add` would refuse.
    func check(_ path: EntryPath) throws(BelljarError) { _ = try place(path) }

    /// The file that was added at this path.
    func file(_ path: EntryPath) -> Node? {
        var folder = root
        for component in path.components.dropLast() {
            guard case .folder(let next) = folder.members[Array(component.utf8)] else { return nil }
            folder = next
        }
        guard let last = path.components.last, let node = folder.members[Array(last.utf8)], case .file = node else {
            return nil
        }
        return node
    }

    private func place(_ path: EntryPath) throws(BelljarError) -> (folder: Folder, name: [UInt8])? {
        guard let last = path.components.last else { return nil }
        let folder = try folder(path.components.dropLast(), of: path)
        let name = Array(last.utf8)
        guard folder.members[name] == nil else {
            throw reader.refuse("entry \(quoted(path.description)) is there already")
        }
        return (folder, name)
    }

    /// The folder of these names; missing ones are made.
    private func folder(_ components: ArraySlice<String>, of path: EntryPath) throws(BelljarError) -> Folder {
        var folder = root
        for (index, component) in zip(components.indices, components) {
            let name = Array(component.utf8)
            switch folder.members[name] {
            case .folder(let next): folder = next
            case .file, .symlink:
                throw reader.refuse("entry \(quoted(path.description)) leads through a link or a file")
            case nil:
                folders += 1
                guard folders <= reader.limits.entries else {
                    throw reader.refuse("it has more than \(reader.limits.entries) directories")
                }
                let made = Folder()
                folder.size.add(directoryNamed: component)
                try note(components[...index], in: folder)
                folder.members[name] = .folder(made)
                folder = made
            }
        }
        return folder
    }

    /// Counts a path that comes into a folder.
    private func note(_ components: ArraySlice<String>, in folder: Folder) throws(BelljarError) {
        listing.add(path: components.reduce(components.count - 1) { $0 + $1.utf8.count })
        let objection =
            folder.size.objection(limit: reader.limits.directoryBytes)
            ?? listing.objection(limit: reader.limits.listingBytes)
        guard let objection else { return }
        throw reader.refuse("\(objection), counted up to \(quoted(components.joined(separator: "/")))")
    }

    // MARK: Writing

    func write(to batch: Batch) throws(BelljarError) -> TreeDigest { try write(root, to: batch) }

    /// As deep as `ArchiveLimits.depth` at most.
    private func write(_ folder: Folder, to batch: Batch) throws(BelljarError) -> TreeDigest {
        var directory = (files: [Directory.File](), folders: [Directory.Subdirectory](), links: [Directory.Symlink]())
        for (bytes, node) in folder.members {
            let name = String(decoding: bytes, as: UTF8.self)
            switch node {
            case .file(let digest, let size, let isExecutable):
                directory.files.append(.init(name: name, digest: digest, size: size, isExecutable: isExecutable))
            case .symlink(let target): directory.links.append(.init(name: name, target: target))
            case .folder(let next): directory.folders.append(.init(name: name, tree: try write(next, to: batch)))
            }
        }
        return try batch.write(
            Directory(files: directory.files, directories: directory.folders, symlinks: directory.links))
    }
}
