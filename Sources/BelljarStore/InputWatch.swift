internal import BelljarKernel
package import BelljarModel
internal import Synchronization

/// The checkouts that a build can see, held from before its beginning until they are looked at again after its end.
///
/// Nobody changes a file of a checkout: a write, another mode or another name for it sets the time of change of its
/// inode, which no call can set to anything but now. Another name is no harm (equal content in other checkouts shares
/// the inode), so a file changed since the beginning is hashed, and only that. A directory of a checkout is never
/// touched again.
///
/// Another image that is made meanwhile gives every file that both have another name, so all files of an input may be
/// suspicious at once. The look is linear in them: each directory of the tree is read at most once, beside its
/// checkout, and each inode is hashed once, by all builds of this process together (`HashedFiles`).
package final class InputWatch {
    /// One tree as a build sees it.
    package struct Input: Sendable {
        /// Where it is mounted, without a slash at the end: `/build`; empty for the root.
        package var place: String
        package var tree: TreeDigest

        package init(place: String, tree: TreeDigest) {
            self.place = place
            self.tree = tree
        }
    }

    package struct Findings: Sendable {
        /// Files, directories and links that were looked at.
        package var entries: UInt64 = 0
        /// Files that were hashed.
        package var hashed: UInt64 = 0
        /// Files that had to be hashed, and had been already as they are now.
        package var remembered: UInt64 = 0
        /// Directories of trees that were read.
        package var directories: UInt64 = 0
        /// The first difference, by the paths of the build.
        package var difference: Difference?
    }

    package struct Difference: Hashable, Sendable {
        /// As the build sees it.
        package var path: String
        package var answer: String
    }

    /// Array members have to be copyable, and descriptors are not.
    private final class Held: Sendable {
        let input: Input
        let root: Descriptor

        init(_ input: Input, root: consuming Descriptor) {
            self.input = input
            self.root = root
        }

        /// A path as the build sees it.
        func path(_ path: [UInt8]) -> String { "\(input.place)/\(PathText.text(path))" }

        /// What a failed look says of the file that was looked at.
        ///
        /// - Throws: `host` or `cancelled` if it says nothing of that.
        func finding(_ error: KernelError, at path: [UInt8]) throws(BelljarError) -> String {
            guard error.isOfTheFile else {
                return try host("look at", self.path(path)) { () throws(KernelError) in throw error }
            }
            return error.answer
        }
    }

    /// A file to be hashed.
    private struct Candidate {
        var held: Int
        var path: [UInt8]
        var file: Directory.File
    }

    private let store: Store
    private let held: [Held]
    /// Now, by the clock that stamps the store's files: that of a new file in it.
    private let since: FileTime
    /// An open file of the store, for asking that clock again.
    private let clock: Descriptor
    private var findings = Findings()
    private var candidates: [Candidate] = []

    /// - Parameter inputs: trees that are checked out.
    package init(store: Store, inputs: [Input]) throws(BelljarError) {
        self.store = store
        var held: [Held] = []
        for input in inputs {
            let path = Layout.tree(input.tree)
            let root = try host("watch", path) { () throws(KernelError) in try store.root.open(path, .directory) }
            held.append(Held(input, root: root))
        }
        self.held = held
        let temporary = try store.makeTemporaryFolder()
        let clock = try host("write to", temporary.path) { () throws(KernelError) in
            try temporary.descriptor.open("now", [.write, .create, .exclusive])
        }
        since = try host("look at", temporary.path) { () throws(KernelError) in try clock.status().changed }
        self.clock = clock
    }

    /// What the clock says now. The file has lost its name meanwhile, so this needs no room.
    private func now() throws(BelljarError) -> FileTime {
        try host("look at", "the store's clock") { () throws(KernelError) in
            try clock.setTimes(Layout.fileTime)
            return try clock.status().changed
        }
    }

    /// Looks at everything again. What was changed and put back as it was is not found.
    ///
    /// - Parameter remembering: whether a file counts as hashed if this process hashed it before and its time of change is
    ///   still the same. Whoever looks for what was changed relies on that time anyway.
    /// - Parameter sparing: leaves out what is at the root: the image, and the layer over it.
    package func look(
        _ kind: Recheck, remembering: Bool, sparing: Bool = false
    ) throws(BelljarError) -> Findings {
        findings = Findings()
        candidates = []
        for index in held.indices where findings.difference == nil {
            if sparing, held[index].input.place.isEmpty { continue }
            switch kind {
            case .none: break
            case .changed:
                let root = try duplicate(held[index].root)
                let tree = WatchedFolder(root: held[index].input.tree, of: store)
                try walk(root, [], tree, in: index, depth: 0)
                findings.directories += tree.reader.count
            case .full: try compareAll(index)
            }
        }
        if findings.difference == nil { try hashCandidates(remembering: remembering) }
        return findings
    }

    package func look(_ kind: Recheck) throws(BelljarError) -> Findings { try look(kind, remembering: kind != .full) }

    private func duplicate(_ root: borrowing Descriptor) throws(BelljarError) -> Descriptor {
        // A directory of its own: reading one moves its position.
        try host("look at", "checkout") { () throws(KernelError) in try root.open(".", .directory) }
    }

    private func differs(_ index: Int, _ path: [UInt8], _ answer: String) {
        guard findings.difference == nil else { return }
        findings.difference = Difference(path: PathText.shown(held[index].path(path)), answer: answer)
    }

    // MARK: What was changed

    /// Looks at the times of change in a directory and below.
    private func walk(
        _ folder: borrowing Descriptor, _ path: [UInt8], _ tree: WatchedFolder, in index: Int, depth: Int
    ) throws(BelljarError) {
        let shown = held[index].path(path)
        guard depth <= Store.depthLimit else { return differs(index, path, "more levels of directories") }
        let (status, entries) = try host("look at", shown) { () throws(KernelError) in
            (try folder.status(), try folder.entries())
        }
        findings.entries += 1
        if status.changed.isAfter(since) { return differs(index, path, "the directory was changed") }
        if status.changed == since { try compare(folder, tree.content(), path, index) }
        for entry in entries where findings.difference == nil {
            let inner = join(path, entry.name)
            let status = try host("look at", shown) { () throws(KernelError) in try folder.status(of: entry.name) }
            if status.kind == .directory {
                let child = try host("look at", shown) { () throws(KernelError) in
                    try folder.open(entry.name, .directory)
                }
                try walk(child, inner, WatchedFolder(entry.name, in: tree), in: index, depth: depth + 1)
                continue
            }
            findings.entries += 1
            if !since.isAfter(status.changed) { try suspect(status, entry.name, inner, of: tree, in: index) }
        }
    }

    /// Notes a file that was changed, or given another name, since the beginning.
    private func suspect(
        _ status: FileStatus, _ name: [UInt8], _ path: [UInt8], of folder: WatchedFolder, in index: Int
    ) throws(BelljarError) {
        if let file = try folder.content().file(PathText.text(name)) {
            candidates.append(Candidate(held: index, path: path, file: file))
        } else if status.kind != .symlink || status.changed.isAfter(since) {
            differs(index, path, "it was added")
        }
    }

    // MARK: Everything

    private func compareAll(_ index: Int) throws(BelljarError) {
        try store.forEachDirectory(below: held[index].input.tree) { (path, directory) throws(BelljarError) in
            guard findings.difference == nil else { return }
            let bytes = PathText.raw(path)
            findings.entries += UInt64(1 + directory.files.count + directory.symlinks.count)
            let folder: Descriptor
            do throws(KernelError) {
                folder = try held[index].root.openFar(bytes.isEmpty ? Array(".".utf8) : bytes, .directory)
            } catch {
                return differs(index, bytes, try held[index].finding(error, at: bytes))
            }
            try compare(folder, directory, bytes, index)
            for file in directory.files {
                candidates.append(Candidate(held: index, path: join(bytes, PathText.raw(file.name)), file: file))
            }
        }
    }

    /// Compares one directory with its tree: everything but what its files hold.
    private func compare(
        _ folder: borrowing Descriptor, _ directory: Directory, _ path: [UInt8], _ index: Int
    ) throws(BelljarError) {
        do throws(KernelError) {
            guard let found = try store.objection(toFolder: folder, directory) else { return }
            let inner = found.name.isEmpty ? path : join(path, PathText.raw(found.name))
            differs(index, inner, "it \(found.finding)")
        } catch {
            differs(index, path, try held[index].finding(error, at: path))
        }
    }

    private func join(_ path: [UInt8], _ name: [UInt8]) -> [UInt8] {
        path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
    }

    /// All checkouts of a store are on one file system.
    private struct Inode: Hashable {
        var number: UInt64
        var digest: Digest
    }

    /// Hashes what was noted, each inode once.
    private func hashCandidates(remembering: Bool) throws(BelljarError) {
        guard !candidates.isEmpty else { return }
        let (candidates, held, store) = (self.candidates, self.held, self.store)
        let begin = try now()
        let seen = Mutex<Set<Inode>>([])
        let remembered = Atomic<UInt64>(0)
        let answers = Mutex<[Int: String]>([:])
        try unsafe inParallel(candidates.count) { (index, buffer) throws(BelljarError) in
            let (file, path) = (candidates[index].file, candidates[index].path)
            let root = held[candidates[index].held]
            do throws(KernelError) {
                // Not blocking, in case somebody put a FIFO there.
                let open = try root.root.openFar(path, .nonblocking)
                let status = try open.status()
                if status.kind != .regular {
                    answers.withLock { $0[index] = "a \(status.kind.words) replaced the file" }
                } else if let objection = store.objection(toAttributesOf: status, permissions: file.permissions) {
                    answers.withLock { $0[index] = "the file was changed: it has \(objection)" }
                } else if let note = try store.overlayNote(on: open) {
                    answers.withLock { $0[index] = "the file was changed: it has \(note)" }
                } else if seen.withLock({ $0.insert(Inode(number: status.inode, digest: file.digest)).inserted }) {
                    if remembering, store.hashedFiles.digest(of: status) == file.digest {
                        remembered.add(1, ordering: .relaxed)
                        return
                    }
                    let found = try unsafe open.digest(buffer: buffer)
                    store.hashedFiles.note(found, of: status, begin: begin)
                    guard found != file.digest else { return }
                    answers.withLock { $0[index] = "the file was changed: expected \(file.digest), found \(found)" }
                }
            } catch {
                let finding = try root.finding(error, at: path)
                answers.withLock { $0[index] = finding }
            }
        }
        findings.remembered = remembered.load(ordering: .relaxed)
        findings.hashed = UInt64(seen.withLock { $0.count }) - findings.remembered
        guard let first = answers.withLock({ $0 }).min(by: { $0.key < $1.key }) else { return }
        let candidate = candidates[first.key]
        differs(candidate.held, candidate.path, first.value)
    }
}

/// What a tree says of one directory of its checkout, beside which it is walked: read when that is first asked, and once.
/// Where nobody asks, nothing is read.
private final class WatchedFolder {
    /// What the folders of one tree have in common.
    final class Reader {
        let store: Store
        /// Directories that were read.
        var count: UInt64 = 0

        init(_ store: Store) { self.store = store }
    }

    let reader: Reader
    private let place: (name: [UInt8], parent: WatchedFolder)?
    private let root: TreeDigest?
    private var known: Directory?

    init(root: TreeDigest, of store: Store) {
        (reader, place, self.root) = (Reader(store), nil, root)
    }

    init(_ name: [UInt8], in parent: WatchedFolder) {
        (reader, place, root) = (parent.reader, (name, parent), nil)
    }

    /// Empty for a directory that the tree does not have.
    func content() throws(BelljarError) -> Directory {
        if let known { return known }
        var tree = root
        if let place { tree = try place.parent.content().directory(PathText.text(place.name))?.tree }
        var directory = Directory.empty
        if let tree {
            directory = try reader.store.directory(tree)
            reader.count += 1
        }
        known = directory
        return directory
    }
}
