internal import BelljarControls
package import BelljarKernel
package import BelljarModel
internal import Synchronization

/// Something in a store that is not as belljar leaves it.
package struct FsckProblem: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A blob whose content has another digest, that cannot be read, or that an overlay would not show as it is.
        /// Repair: into quarantine.
        case corruptBlob = "corrupt-blob"
        /// A blob with another mode, time or owner, or something else that its owner may not read. Repair: set right.
        case attributes
        /// A file that belljar did not make. Repair: into quarantine.
        case stranger
        /// Content that a record, a toolchain or a remembered result refers to and that is not there. Repair: the
        /// ref is removed, except a record, which stays as the evidence that it is.
        case missing
        /// A file of records, actions, toolchains or memos that cannot be read, or holds what belljar did not write there.
        /// Repair: into quarantine. Or one of the files and folders at the store's top. Repair:
        /// made again, and what was in its place into quarantine.
        case name
        /// A file of actions, toolchains or memos whose answer is another's, or of records that does not say what the record
        /// says, or whose record has a tree that no belljar can read. Repair: into quarantine.
        case wrongAnswer = "wrong-answer"
        /// A checkout that is not its tree. Repair: removed, and made again when it is needed.
        case checkout
        /// An index that is damaged or does not agree with the records. Repair: made again.
        case index
    }

    package var kind: Kind
    /// Path relative to the store's folder.
    package var path: String
    package var finding: String
    /// Whether the repair was made.
    package var isRepaired: Bool
    /// What helps where a repair does not, or not all the way; nil where it does.
    package var remedy: String?
}

package struct FsckReport: Hashable, Sendable {
    package var blobs = 0
    /// Bytes that were hashed.
    package var bytes: UInt64 = 0
    package var refs = 0
    package var checkouts = 0
    /// Sorted by path.
    package var problems: [FsckProblem] = []

    /// Whether nothing is wrong any more.
    package var isSound: Bool { problems.allSatisfy(\.isRepaired) }
}

extension Store {
    /// Checks everything: every blob is hashed again, every tree is complete, every checkout is its tree, the index
    /// agrees with the files.
    ///
    /// - Parameter repair: mend what can be mended; needs the store for itself.
    /// - Throws: `refused` if a repair is asked for while another process uses the store.
    package func fsck(repair: Bool) throws(BelljarError) -> FsckReport {
        let mended = try repair ? mendLease() : nil
        let lease = try repair ? exclusiveLease("repair") : self.lease()
        defer { withExtendedLifetime(lease) {} }
        var check = FsckRun(store: self, repairs: repair)
        if let mended {
            check.report.problems.append(FsckProblem(kind: .name, path: "lease", finding: mended, isRepaired: true))
        }
        // First, because it can fail for what the host lacks: then nothing was mended that nobody hears of. But not before
        // there are the records that it is compared with.
        let isWhole = try check.brokenFolders().isEmpty
        if isWhole { try check.index() }
        try check.folders()
        if !isWhole { try check.index() }
        try check.top()
        try check.blobs()
        try check.refs()
        try check.checkouts()
        check.report.problems.sort { ($0.path, $0.finding) < ($1.path, $1.finding) }
        return check.report
    }
}

/// One run of the check.
struct FsckRun {
    let store: Store
    let repairs: Bool
    var report = FsckReport()
    /// Directories that were found complete with everything below them.
    private var complete: Set<Digest> = []
    /// Records whose contents are not all there.
    var incomplete: Set<Digest> = []
    /// Records that are listed as they should be, and what those that can be read are of.
    var listed: Set<Digest> = []
    /// Folders that cannot be looked into.
    var unusable: Set<String> = []
    /// Records whose own blob is damaged or gone: told once, and not of each action that leads to them.
    var damagedRecords: Set<Digest> = []
    /// Path and finding of every problem there is so far: a damaged store may have as many as files.
    private var noted: Set<String> = []
    var answers: [Digest: (action: Digest, status: BuildStatus)] = [:]

    init(store: Store, repairs: Bool) {
        self.store = store
        self.repairs = repairs
    }

    mutating func note(
        _ kind: FsckProblem.Kind, _ path: String, _ finding: String, remedy: String? = nil,
        repair: ((Store) throws(BelljarError) -> Void)? = nil
    ) throws(BelljarError) {
        // One thing may be needed more than once by what is in one file.
        guard noted.insert("\(path)\0\(finding)").inserted else { return }
        if repairs, let repair { try repair(store) }
        let isRepaired = repairs && repair != nil
        report.problems.append(
            FsckProblem(kind: kind, path: path, finding: finding, isRepaired: isRepaired, remedy: remedy))
    }

    // MARK: Blobs

    mutating func blobs() throws(BelljarError) {
        let paths = try spreadFiles(in: "blobs")
        let found = Mutex<[(path: String, kind: FsckProblem.Kind, finding: String)]>([])
        let bytes = Atomic<UInt64>(0)
        let (store, repairs) = (store, repairs)
        try unsafe inParallel(paths.count) { (index, buffer) throws(BelljarError) in
            let path = paths[index]
            guard let name = BlobName(path: path) else {
                return found.withLock { $0.append((path, .stranger, "it does not have the name of a blob")) }
            }
            let status = try host("check", path) { () throws(KernelError) in try store.root.status(of: path) }
            bytes.add(status.size, ordering: .relaxed)
            // What may not be read is perhaps sound: that is seen when it may.
            let isOpen = status.kind != .regular || status.permissions & 0o400 != 0 || Host.effectiveUid == 0
            if !isOpen, repairs {
                try host("repair", path) { () throws(KernelError) in
                    try store.root.setPermissions(of: path, name.permissions)
                }
            }
            if isOpen || repairs,
                let finding = try unsafe store.objection(toBlob: path, name, status, buffer: buffer)
            {
                found.withLock { $0.append((path, .corruptBlob, finding)) }
            } else if let finding = store.objection(toAttributesOf: status, permissions: name.permissions) {
                found.withLock { $0.append((path, .attributes, finding)) }
            }
        }
        report.blobs = paths.count
        report.bytes = bytes.load(ordering: .relaxed)
        for problem in found.withLock({ $0 }) {
            if problem.kind == .corruptBlob, let digest = BlobName(path: problem.path)?.digest,
                let name = try recordName(digest)
            {
                try damagedRecord(digest, named: name, problem.path, problem.finding)
                continue
            }
            try note(problem.kind, problem.path, problem.finding) { (store) throws(BelljarError) in
                if problem.kind == .attributes {
                    try store.mendAttributes(problem.path)
                } else {
                    try store.quarantine(problem.path)
                }
            }
        }
    }

    // MARK: Refs

    mutating func refs() throws(BelljarError) {
        for path in try plainFiles(in: "records") where try isOpen(path) { try record(path) }
        for path in try spreadFiles(in: "actions") where try isOpen(path) { try action(path) }
        for path in try plainFiles(in: "memos") + plainFiles(in: "toolchains") where try isOpen(path) {
            try tree(path)
        }
        guard !unusable.contains(Layout.links) else { return }
        for path in try store.filesIfAny(in: Layout.links) where try isOpen(path) {
            report.refs += 1
            let bytes = try content(path) ?? []
            guard let link = ResultLink(bytes), link.file == path, RefFile.isOwn(bytes, [link.members]) else {
                try unreadable(path)
                continue
            }
        }
    }

    private mutating func action(_ path: String) throws(BelljarError) {
        report.refs += 1
        guard let name = path.split(separator: "/").last.flatMap({ Digest(hex: $0) }), Layout.action(name) == path,
            let record = try content(path).flatMap({ Digest(actionFile: $0) })
        else { return try unreadable(path) }
        // Without the ref, the next build of the action is executed, and brings back what is gone.
        if damagedRecords.contains(record) {
            if repairs { try remove(path)(store) }
        } else if try size(of: record) == nil {
            try note(.missing, path, "its record \(record) is not there", repair: remove(path))
        } else if incomplete.contains(record) {
            try note(.missing, path, "its record \(record) is not complete", repair: remove(path))
        } else if let answer = answers[record] {
            guard answer.action != name || answer.status != .ok else { return }
            try wrong(
                path, "its record \(record) is of action \(answer.action), which ended with \(answer.status.rawValue)"
            )
        } else if !listed.contains(record) {
            try wrong(path, "\(record) is not a record of the store")
        }
    }

    private mutating func tree(_ path: String) throws(BelljarError) {
        report.refs += 1
        guard let bytes = try content(path), let found = TreeRef.read(bytes),
            RefFile.isOwn(bytes, [found.ref.members(found.tree)])
        else { return try unreadable(path) }
        guard found.ref.path == path else {
            return try wrong(path, "it is the entry that belongs at \(found.ref.path)")
        }
        // A directory that is not there at all is told below.
        if let size = try size(of: found.tree.digest), size != found.tree.size {
            return try wrong(path, "according to it \(found.tree) has \(found.tree.size) bytes, but that has \(size)")
        }
        guard let lack = try lack(of: found.tree) else { return }
        try note(.missing, path, lack.finding, repair: remove(path))
    }

    mutating func unreadable(_ path: String) throws(BelljarError) {
        try note(.name, path, "it cannot be read, or was not written by belljar") { (store) throws(BelljarError) in
            try store.quarantine(path)
        }
    }

    mutating func wrong(_ path: String, _ finding: String) throws(BelljarError) {
        try note(.wrongAnswer, path, finding) { (store) throws(BelljarError) in try store.quarantine(path) }
    }

    /// What belljar writes at the store's top.
    mutating func top() throws(BelljarError) {
        if let found = store.mendedVersion {
            report.problems.append(
                FsckProblem(kind: .name, path: "version", finding: "it \(found)", isRepaired: true))
        }
        let lease = try content("lease") ?? []
        guard !Layout.leaseTexts.contains(where: { $0.utf8.elementsEqual(lease) }) else {
            // Those of older versions, and one that was made anew, say nothing yet.
            if repairs, lease.isEmpty { try store.writeLeaseText() }
            return
        }
        try note(.name, "lease", "it was not written by belljar") { (store) throws(BelljarError) in
            try store.writeLeaseText()
        }
    }

    private func remove(_ path: String) -> (Store) throws(BelljarError) -> Void {
        { (store) throws(BelljarError) in
            try host("remove", path) { () throws(KernelError) in try store.root.removeTree(path) }
        }
    }

    struct Lack {
        var finding: String
        /// Whether all is there, and no belljar reads it.
        var isForEver = false
    }

    /// What a tree lacks; nil if it is complete.
    mutating func lack(of root: TreeDigest) throws(BelljarError) -> Lack? {
        var visited: Set<Digest> = []
        var waiting = [root]
        while let tree = waiting.popLast() {
            guard !complete.contains(tree.digest), visited.insert(tree.digest).inserted else { continue }
            let directory: Directory
            let place = "directory \(tree.digest) of tree \(root)"
            switch try store.reading(tree.digest) {
            case .directory(let found): directory = found
            case .missing: return Lack(finding: "\(place): it is not there")
            case .never(let answer): return Lack(finding: "\(place): \(answer)", isForEver: true)
            case .damaged(let error): return Lack(finding: "\(place): \(error.answer)")
            }
            for file in directory.files where try size(of: file.digest) != file.size {
                return Lack(
                    finding: "blob \(file.digest) (`\(file.name)`) of tree \(root) is not there or has another size")
            }
            waiting += directory.directories.map(\.tree)
        }
        complete.formUnion(visited)
        return nil
    }

    // MARK: Checkouts and index

    mutating func checkouts() throws(BelljarError) {
        let trees = try plainFiles(in: "trees")
        let results = unusable.contains(Layout.results) ? [] : try store.filesIfAny(in: Layout.results)
        let paths = trees + results
        let found = Mutex<[(path: String, finding: String)]>([])
        let store = store
        try unsafe inParallel(paths.count) { (index, buffer) throws(BelljarError) in
            let path = paths[index]
            guard let digest = path.split(separator: "/").last.flatMap({ Digest(hex: $0) }) else {
                return found.withLock { $0.append((path, "it does not have the name of a tree")) }
            }
            var comparison = CheckoutComparison(
                store: store, checkout: path, without: index < trees.count ? 0 : 0o222)
            if let finding = try unsafe comparison.difference(from: digest, buffer: buffer) {
                found.withLock { $0.append((path, finding)) }
            }
        }
        report.checkouts = paths.count
        for problem in found.withLock({ $0 }) {
            try note(.checkout, problem.path, problem.finding) { (store) throws(BelljarError) in
                try store.removeCheckout(problem.path)
                // Somebody's link leads there.
                let tree = try store.links().first { Layout.result($0.tree) == problem.path }?.tree
                if let tree, try store.holds(tree) { _ = try store.resultFolder(tree) }
            }
        }
    }

    mutating func index() throws(BelljarError) {
        guard !unusable.contains("records") else { return }
        guard let finding = try store.objectionToIndex() else { return }
        try note(.index, Layout.index, finding) { (store) throws(BelljarError) in try store.rebuildIndex() }
    }
}

extension Store {
    /// What is wrong with a blob's content; nil if nothing is.
    func objection(
        toBlob path: String, _ name: BlobName, _ status: FileStatus, buffer: UnsafeMutableRawBufferPointer
    ) throws(BelljarError) -> String? {
        guard status.kind == .regular else { return "a \(status.kind.words)" }
        do throws(KernelError) {
            let file = try root.open(path)
            let digest = try unsafe file.digest(buffer: buffer)
            guard digest == name.digest else { return "its content has the digest \(digest)" }
            return try overlayNote(on: file)
        } catch {
            guard error.isOfTheFile else { return try host("check", path) { () throws(KernelError) in throw error } }
            return error.answer
        }
    }

    fileprivate func mendAttributes(_ path: String) throws(BelljarError) {
        try host("repair", path) { () throws(KernelError) in
            let file = try root.open(path)
            let status = try file.status()
            if status.uid != ownUid || !ownGids.contains(status.gid) {
                try file.setOwner(uid: ownUid, gid: owner?.gid ?? Host.effectiveGid)
            }
            try file.setPermissions(path.hasSuffix(".x") ? 0o755 : 0o644)
            try file.setTimes(Layout.fileTime)
        }
    }

    /// Moves a file aside, where nothing takes it for content any more but somebody can still look at it.
    ///
    /// - Parameter inode: of the file that was found damaged, which the caller holds open. Where another has its name by now,
    ///   somebody else mended it, and it stays.
    /// - Returns: whether it was moved.
    @discardableResult
    func quarantine(_ path: String, inode: UInt64? = nil) throws(BelljarError) -> Bool {
        let name = path.replacing("/", with: "-") + ".\(Host.realNanoseconds())"
        return try host("move to quarantine", path) { () throws(KernelError) in
            let mending = try lockMending()
            defer { withExtendedLifetime(mending) {} }
            if let inode, try root.statusIfPresent(of: path)?.inode != inode { return false }
            do throws(KernelError) {
                do throws(KernelError) { try root.rename(path, as: "quarantine/\(name)", replacing: false) } catch {
                    // A folder needs to be writable to be moved, and somebody may have changed that.
                    guard error.errno == .EACCES else { throw error }
                    try root.setPermissions(of: path, 0o700)
                    try root.rename(path, as: "quarantine/\(name)", replacing: false)
                }
            } catch {
                // Another process found it damaged as well.
                guard error.errno == .ENOENT, try root.statusIfPresent(of: path) == nil else { throw error }
                return false
            }
            return true
        }
    }

    /// Who holds this is the only one to take something damaged away, until the descriptor is closed. Whoever brings
    /// something in leaves alone what has the name already: so a name that leads to a damaged file leads there until then.
    func lockMending() throws(KernelError) -> Descriptor {
        if try root.makeDirectoryIfMissing("quarantine"), let owner {
            try root.setOwner(of: "quarantine", uid: owner.uid, gid: owner.gid)
        }
        let folder = try root.open("quarantine", .directory)
        try folder.lock(.exclusive)
        return folder
    }

    /// What is wrong with the index; nil if nothing is.
    ///
    /// Records that are not indexed yet, or not there any more, are no problem: the index catches up when it is asked.
    ///
    /// - Throws: `host` if SQLite has no room, no descriptor or no turn for it, which says nothing of the index.
    fileprivate func objectionToIndex() throws(BelljarError) -> String? {
        let status = try host("check", Layout.index) { () throws(KernelError) in
            try root.statusIfPresent(of: Layout.index)
        }
        guard let status else { return nil }
        guard status.kind == .regular else { return "a \(status.kind.words)" }
        for suffix in ["", "-wal", "-shm"] {
            let name = Layout.index + suffix
            let status = try host("check", name) { () throws(KernelError) in try root.statusIfPresent(of: name) }
            guard let status else { continue }
            // SQLite says of these no more than that it cannot open something.
            guard status.kind == .regular else { return "its \(name) is a \(status.kind.words)" }
        }
        let indexed: [Digest: RecordEntry]
        do throws(BelljarError) {
            if let finding = try index.finding() { return "SQLite finds it damaged: \(finding)" }
            indexed = try index.entries()
        } catch {
            guard error.code == .integrity else { throw error }
            return "SQLite finds it damaged: \(error.answer)"
        }
        for digest in try recordDigests() {
            guard let listed = indexed[digest], let entry = try recordEntry(digest) else { continue }
            if listed != entry { return "its row for record \(digest) contradicts the record's file" }
        }
        return nil
    }
}

extension Descriptor {
    /// The digest of everything from here to the end, whatever its size.
    package func digest() throws(KernelError) -> Digest {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: workBufferBytes, alignment: 64)
        defer { unsafe buffer.deallocate() }
        return try unsafe digest(buffer: buffer)
    }

    /// The same, with a buffer of the caller's.
    func digest(buffer: UnsafeMutableRawBufferPointer) throws(KernelError) -> Digest {
        var hasher = ContentHasher()
        while true {
            try EndWish.check("read", "\(number)")
            let count = try unsafe read(into: buffer)
            if count == 0 { return hasher.finish() }
            unsafe hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
