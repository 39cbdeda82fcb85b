package import BelljarModel
package import BelljarStore

/// Unpacks archives into the store.
package struct Unpacker: Sendable {
    /// What can be done about an archive of a recipe that is refused.
    package static let stepRemedy =
        "make it a source of kind `file` and unpack it in a step, where it can do no harm (with `tar -xf NAME`, or another "
        + "program of the toolchain)"

    private let store: Store
    private let opener: ArchiveOpener
    private let limits: ArchiveLimits
    private let remedy: String
    private let progress: any ProgressSink

    /// - Parameter remedy: what can be done about an archive that is refused.
    package init(
        store: Store, opener: ArchiveOpener, limits: SourceLimits, remedy: String = stepRemedy,
        progress: any ProgressSink
    ) {
        self.init(
            store: store, opener: opener, limits: ArchiveLimits(limits), remedy: remedy, progress: progress)
    }

    init(
        store: Store, opener: ArchiveOpener, limits: ArchiveLimits = ArchiveLimits(), remedy: String = stepRemedy,
        progress: any ProgressSink = SilentProgress()
    ) {
        self.store = store
        self.opener = opener
        self.limits = limits
        self.remedy = remedy
        self.progress = progress
    }

    /// Names what `tree` computes; goes up when it gives another tree for an archive than it did before.
    private static let memoKind = "unpack/2"

    /// The tree of an archive that is a blob of the store, remembered by the store. Files are executable if anybody may
    /// execute them; other permissions, owners and times are dropped. Hard links become files of the same content, or
    /// links of the same target. Of several entries for one path the last one is in the tree, as GNU tar unpacks them.
    /// Devices, FIFOs and sockets are left out, with a notice.
    ///
    /// - Parameters:
    ///   - strip: path components taken off the front of every entry; entries with no more than these are left out.
    ///   - name: what the archive is called in messages.
    /// - Throws: `integrity` for an archive that is damaged or hostile (absolute paths, `..`, entries through links or
    ///   files), naming the entry; `resourceExceeded` for one that is over a limit; `usage` if `strip` leaves nothing.
    package func tree(archive: Digest, strip: Int, name: String) throws(BelljarError) -> TreeDigest {
        if let known = try known(archive: archive, strip: strip) { return known }
        let reader = try reader(of: archive, name)
        let batch = try store.makeBatch()
        let root = try unpack(reader, strip: strip, into: batch)
        guard !root.isEmpty else {
            throw BelljarError(
                .usage, operation: "unpack archive", subject: name,
                answer: strip > 0
                    ? "no path in it has more than \(strip) components, so nothing is left" : "it is empty",
                remedy: strip > 0 ? "choose a smaller `strip`" : nil)
        }
        let tree = try root.write(to: batch)
        try batch.commit()
        try store.setMemo(kind: Self.memoKind, key: Self.key(archive, strip), tree: tree)
        return tree
    }

    /// The time of the newest file or link in an archive that is a blob of the store, in seconds since 1970, remembered by the
    /// store; nil if none has one that an epoch could be. Directories do not count: their times change where an archive is
    /// packed.
    ///
    /// - Parameter name: what the archive is called in messages.
    package func newest(archive: Digest, name: String) throws(BelljarError) -> UInt64? {
        let memory = RememberedTime(kind: "archive-time/1", key: archive.hex, store: store)
        if let known = try memory.time() { return known.seconds }
        let reader = try reader(of: archive, name)
        var newest: UInt64?
        while let entry = try reader.next() {
            guard entry.kind != .directory, let time = UInt64(exactly: entry.modified), Recipe.epochs.contains(time)
            else { continue }
            newest = max(newest ?? 0, time)
        }
        try memory.set(newest)
        return newest
    }

    private func reader(of archive: Digest, _ name: String) throws(BelljarError) -> ArchiveReader {
        try ArchiveReader(try store.open(archive), name: name, limits: limits, remedy: remedy, opener: opener)
    }

    /// What `tree` gave before for the same archive; nil if that is not known.
    package func known(archive: Digest, strip: Int) throws(BelljarError) -> TreeDigest? {
        try store.memo(kind: Self.memoKind, key: Self.key(archive, strip))
    }

    private static func key(_ archive: Digest, _ strip: Int) -> String { "\(archive.hex):\(strip)" }

    private func unpack(_ reader: ArchiveReader, strip: Int, into batch: Batch) throws(BelljarError) -> ArchiveTree {
        let tree = ArchiveTree(reader)
        var leftOut = LeftOutEntries()
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
                guard entry.size == 0 else { throw reader.refuse(ofHardLinkWithContent: entry) }
                guard let source = target.dropping(first: strip), let node = tree.node(source) else {
                    throw reader.refuse(ofHardLink: entry, to: target)
                }
                // One to itself is there.
                if source != path { try tree.add(node, at: path) }
            case .special(let words):
                tree.remove(path)
                leftOut.add(entry.path, words)
            }
        }
        if let notice = leftOut.notice { progress.report(.notice("\(reader.name): \(notice)")) }
        return tree
    }
}

/// What of an archive cannot be in a tree.
private struct LeftOutEntries {
    private var count = 0
    private var examples: [String] = []

    mutating func add(_ path: EntryPath, _ words: String) {
        count += 1
        if examples.count < 3 { examples.append("\(quoted(path.description)) is \(words)") }
    }

    var notice: String? {
        guard count > 0 else { return nil }
        let more = count > examples.count ? ", and \(count - examples.count) more" : ""
        return "left out, because a source can only have files, directories and links: "
            + examples.joined(separator: ", ")
            + more
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

    /// A directory that is there already stays as it is; a file or link gives way.
    func addDirectory(at path: EntryPath) throws(BelljarError) {
        guard let last = path.components.last else { return }
        let parent = try folder(path.components.dropLast(), of: path)
        if case .folder = parent.members[Array(last.utf8)] { return }
        try makeFolder(path.components[...], in: parent)
    }

    func add(_ node: Node, at path: EntryPath) throws(BelljarError) {
        guard let (folder, name) = try place(path), let last = path.components.last else { return }
        // What is replaced stays counted: each of its entries was an entry of the archive.
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

    /// What is left out takes the place of what was there all the same, but for a directory with something in it.
    func remove(_ path: EntryPath) {
        guard let last = path.components.last, let folder = existingFolder(path.components.dropLast()) else { return }
        let name = Array(last.utf8)
        if case .folder(let found) = folder.members[name], !found.members.isEmpty { return }
        folder.members[name] = nil
    }

    /// The file or link that was added at this path.
    func node(_ path: EntryPath) -> Node? {
        guard let last = path.components.last, let folder = existingFolder(path.components.dropLast()),
            let node = folder.members[Array(last.utf8)]
        else { return nil }
        if case .folder = node { return nil }
        return node
    }

    private func existingFolder(_ components: ArraySlice<String>) -> Folder? {
        var folder = root
        for component in components {
            guard case .folder(let next) = folder.members[Array(component.utf8)] else { return nil }
            folder = next
        }
        return folder
    }

    /// Where an entry comes. What is there gives way to it, as in GNU tar: a file or link, and a directory in which there is
    /// nothing.
    private func place(_ path: EntryPath) throws(BelljarError) -> (folder: Folder, name: [UInt8])? {
        guard let last = path.components.last else { return nil }
        let folder = try folder(path.components.dropLast(), of: path)
        let name = Array(last.utf8)
        if case .folder(let found) = folder.members[name], !found.members.isEmpty {
            throw reader.refuse(
                "entry \(quoted(path.description)) would replace a directory that is not empty")
        }
        return (folder, name)
    }

    /// The folder of these names; missing ones are made.
    private func folder(_ components: ArraySlice<String>, of path: EntryPath) throws(BelljarError) -> Folder {
        var folder = root
        for (index, component) in zip(components.indices, components) {
            switch folder.members[Array(component.utf8)] {
            case .folder(let next): folder = next
            case .file, .symlink:
                throw reader.refuse("entry \(quoted(path.description)) leads through a link or a file")
            case nil: folder = try makeFolder(components[...index], in: folder)
            }
        }
        return folder
    }

    /// Makes the last of these, in the folder of the others.
    @discardableResult
    private func makeFolder(_ components: ArraySlice<String>, in parent: Folder) throws(BelljarError) -> Folder {
        folders += 1
        guard folders <= reader.limits.entries else {
            throw reader.exceeded(
                reader.limits.words(.files, seen: "it has more than \(reader.limits.entries) directories"), .files)
        }
        let made = Folder()
        if let name = components.last {
            parent.size.add(directoryNamed: name)
            try note(components, in: parent)
            parent.members[Array(name.utf8)] = .folder(made)
        }
        return made
    }

    /// Counts a path that comes into a folder.
    private func note(_ components: ArraySlice<String>, in folder: Folder) throws(BelljarError) {
        listing.add(path: components.reduce(components.count - 1) { $0 + $1.utf8.count })
        let objection =
            folder.size.objection(limit: reader.limits.directoryBytes)
            ?? listing.objection(limit: reader.limits.listingBytes)
        guard let objection else { return }
        throw reader.exceeded("\(objection), counted up to \(quoted(components.joined(separator: "/")))")
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
