internal import BelljarKernel
package import BelljarModel

/// What garbage collection keeps. Ages are in seconds.
package struct GCOptions: Hashable, Sendable {
    /// Records older than this go, with the action results that name them; nil keeps all.
    package var recordAgeSeconds: UInt64?
    /// So many newest records of each name stay however old they are.
    package var keptPerName: Int
    /// Remembered results that were not used for so long go.
    package var memoAgeSeconds: UInt64
    /// Toolchain images that were not used for so long go; nil keeps all.
    package var toolchainAgeSeconds: UInt64?
    /// Content that came in or was linked later than this stays even if nothing names it: it may belong to something
    /// that is not named yet.
    package var graceSeconds: UInt64
    /// Only count.
    package var isDryRun: Bool

    package init(
        recordAgeSeconds: UInt64? = nil, keptPerName: Int = 1, memoAgeSeconds: UInt64 = 30 * 86_400,
        toolchainAgeSeconds: UInt64? = nil, graceSeconds: UInt64 = 600, isDryRun: Bool = false
    ) {
        self.recordAgeSeconds = recordAgeSeconds
        self.keptPerName = keptPerName
        self.memoAgeSeconds = memoAgeSeconds
        self.toolchainAgeSeconds = toolchainAgeSeconds
        self.graceSeconds = graceSeconds
        self.isDryRun = isDryRun
    }
}

/// What garbage collection removed (or, in a dry run, would remove).
package struct GCReport: Hashable, Sendable {
    package var records = 0
    package var actions = 0
    package var memos = 0
    package var toolchains = 0
    package var checkouts = 0
    /// Links that are gone, or lead elsewhere now.
    package var links = 0
    /// Folders that no link leads to any more.
    package var results = 0
    package var blobs = 0
    /// Bytes on the disk that the removed blobs and results took up.
    package var freedBytes: UInt64 = 0
    package var keptBlobs = 0
    /// Bytes on the disk of the kept blobs that nothing refers to: they are too young to go.
    package var youngBytes: UInt64 = 0
    /// Content that something refers to and that is not there: a case for `fsck`.
    package var missing = 0
    /// What is kept and cannot be read.
    package var damages: [Damage] = []
    /// Whether blobs stayed that nothing refers to, because nobody knows what the damaged directories refer to.
    package var keptForDamage = false

    package struct Damage: Hashable, Sendable {
        /// What keeps it: `record 0123456789ab (hello 2.10)`.
        package var root: String
        package var finding: String
    }
}

extension Store {
    /// Removes what no record, toolchain or recently used result refers to.
    ///
    /// The lock is simple: whoever uses the store holds a shared lease, also every batch while it lives, and collection
    /// takes the exclusive one or gives up at once. So nothing can come in, or be found to be there already, while it
    /// decides and removes.
    ///
    /// A directory that cannot be read is the damage of what keeps it alone. What is below one that is damaged may be anything
    /// that the store has: so all blobs stay then, until a repair has put the directory aside. Nothing is below one that
    /// is as it came and that no belljar reads.
    ///
    /// - Throws: `refused` if another process uses the store; `integrity` if a record cannot be read, because then
    ///   nobody knows what it refers to.
    package func gc(_ options: GCOptions = GCOptions()) throws(BelljarError) -> GCReport {
        let lease = try exclusiveLease("collect garbage in")
        defer { withExtendedLifetime(lease) {} }
        var collection = GCRun(store: self, options: options)
        try collection.decideLinks()
        try collection.decideRecords()
        try collection.decideNames()
        try collection.decideCheckouts()
        try collection.mark()
        try collection.removeNames()
        try collection.sweep()
        return collection.report
    }

    /// A lease that excludes all others.
    func exclusiveLease(_ operation: String) throws(BelljarError) -> Lease {
        let file = try openLease()
        let isFree = try host("lock store", path) { () throws(KernelError) in try file.tryLock(.exclusive) }
        guard isFree else {
            throw BelljarError(
                .refused, operation: operation, subject: path, answer: "another belljar is using the store",
                remedy: "run it again when that one has ended")
        }
        return Lease(file: file)
    }

    /// Paths, relative to the store, of the files two levels below a folder that is spread by digest.
    ///
    /// - Parameter closed: those of its folders that are left out.
    func spreadFiles(in folder: String, except closed: Set<String> = []) throws(BelljarError) -> [String] {
        var paths: [String] = []
        for inner in try plainFiles(in: folder) where !closed.contains(inner) {
            // A file where a folder is expected is for `fsck` to complain about.
            let kind = try host("look at", inner) { () throws(KernelError) in try root.status(of: inner).kind }
            if kind == .directory { paths += try plainFiles(in: inner) }
        }
        return paths.sorted()
    }

    /// Paths, relative to the store, of what is in a folder.
    func plainFiles(in folder: String) throws(BelljarError) -> [String] {
        try entries(in: folder).map { "\(folder)/\(String(decoding: $0.name, as: UTF8.self))" }.sorted()
    }
}

/// One run of garbage collection.
private struct GCRun {
    let store: Store
    let options: GCOptions
    let now = Host.realSeconds()
    var report = GCReport()
    private var doomedRefs: [String] = []
    /// After the actions that name them, so that no action is left that names what is no record.
    private var doomedRecords: [String] = []
    private var keptRecords: Set<Digest> = []
    /// Records that links keep.
    private var linked: Set<Digest> = []
    private var doomedResults: [String] = []
    private var roots: [(tree: Digest, owner: String)] = []
    /// Checkouts that stay because they are young, whether anything else keeps their trees or not.
    private var youngCheckouts: [(tree: Digest, owner: String)] = []
    /// Blobs to keep.
    private var live: Set<Digest> = []
    /// Those of them that refs lead to.
    private var held: Set<Digest> = []
    /// Those of them that are kept as trees, with all below them. Not the same: bytes that a record keeps as a file (a
    /// log, a source) may be just those of a directory, and then do not keep what the directory names.
    private var trees: Set<Digest> = []

    init(store: Store, options: GCOptions) {
        self.store = store
        self.options = options
    }

    private func isOlder(_ time: UInt64, than age: UInt64?) -> Bool {
        guard let age else { return false }
        return time.addingReportingOverflow(age).partialValue < now
    }

    /// Links that lead where they were made to lead keep that, and their records.
    mutating func decideLinks() throws(BelljarError) {
        var results: Set<String> = []
        for link in try store.links() {
            guard store.isThere(link) else {
                doomedRefs.append(link.file)
                report.links += 1
                continue
            }
            linked.insert(link.record)
            results.insert(Layout.result(link.tree))
            roots.append((link.tree.digest, "link \(link.path)"))
        }
        for path in try store.filesIfAny(in: Layout.results) where !results.contains(path) {
            doomedResults.append(path)
            report.results += 1
            report.freedBytes += try host("measure", path) { () throws(KernelError) in try store.usage(of: path).bytes }
        }
    }

    mutating func decideRecords() throws(BelljarError) {
        var entries: [RecordEntry] = []
        for digest in try store.recordDigests() {
            guard let entry = try store.recordEntry(digest) else {
                throw damaged("record \(digest)", "what it refers to cannot be read, so nothing can safely be removed")
            }
            entries.append(entry)
        }
        entries.sort { $0.isListed(before: $1) }
        var newer: [String: Int] = [:]
        for entry in entries {
            guard let digest = entry.digest else { continue }
            // Rebuilds are counted apart, so that none takes the place of a build.
            let name = (entry.rebuildOf == nil ? "build " : "rebuild ") + entry.name
            newer[name, default: 0] += 1
            let isOld = isOlder(entry.created, than: options.recordAgeSeconds)
            if isOld, newer[name, default: 0] > options.keptPerName, !linked.contains(digest) {
                doomedRecords.append(Layout.record(digest))
                report.records += 1
            } else {
                keptRecords.insert(digest)
                live.insert(digest)
                live.formUnion(entry.blobs)
                let owner = "record \(digest.hex.prefix(12)) (\(entry.name) \(entry.version))"
                roots += entry.roots.map { ($0.digest, owner) }
            }
        }
    }

    mutating func decideNames() throws(BelljarError) {
        for path in try store.spreadFiles(in: "actions") {
            let record = try store.readIfPresent(path).flatMap { Digest(actionFile: $0) }
            if let record, keptRecords.contains(record) { continue }
            doomedRefs.append(path)
            report.actions += 1
        }
        for path in try store.plainFiles(in: "memos") where try !keepTree(path, age: options.memoAgeSeconds) {
            doomedRefs.append(path)
            report.memos += 1
        }
        for path in try store.plainFiles(in: "toolchains") {
            if try keepTree(path, age: options.toolchainAgeSeconds) {
                // The lock itself is a blob under the digest that the file is named by.
                if let lock = Digest(hex: path.dropFirst("toolchains/".count)) { live.insert(lock) }
            } else {
                doomedRefs.append(path)
                report.toolchains += 1
            }
        }
    }

    /// Keeps the tree that a file names, if the file was used recently enough.
    private mutating func keepTree(_ path: String, age: UInt64?) throws(BelljarError) -> Bool {
        let used = try host("look up", path) { () throws(KernelError) in try store.root.status(of: path).modified }
        guard !isOlder(UInt64(clamping: used.seconds), than: age),
            let tree = try store.readIfPresent(path).flatMap({ TreeRef.read($0)?.tree })
        else { return false }
        roots.append((tree.digest, path))
        return true
    }

    /// A checkout that stays needs its directories: it is compared with them.
    mutating func decideCheckouts() throws(BelljarError) {
        for path in try store.plainFiles(in: "trees") where try isYoung(path) {
            if let tree = Digest(hex: path.dropFirst("trees/".count)) { youngCheckouts.append((tree, path)) }
        }
    }

    /// Everything that the kept refs and the young checkouts lead to is alive.
    mutating func mark() throws(BelljarError) {
        try mark(roots)
        held = live
        try mark(youngCheckouts)
        report.damages.sort { ($0.root, $0.finding) < ($1.root, $1.finding) }
    }

    private mutating func mark(_ begin: [(tree: Digest, owner: String)]) throws(BelljarError) {
        var waiting = begin
        while let (tree, owner) = waiting.popLast() {
            guard trees.insert(tree).inserted else { continue }
            live.insert(tree)
            switch try store.reading(tree) {
            case .directory(let directory):
                live.formUnion(directory.files.map(\.digest))
                waiting += directory.directories.map { ($0.tree.digest, owner) }
            case .missing: report.missing += 1
            case .never(let answer): report.damages.append(.init(root: owner, finding: "directory \(tree): \(answer)"))
            case .damaged(let error):
                report.keptForDamage = true
                report.damages.append(.init(root: owner, finding: "directory \(tree): \(error.answer)"))
            }
        }
    }

    /// Refs go before what they lead to, so that none is left without its content.
    func removeNames() throws(BelljarError) {
        guard !options.isDryRun else { return }
        try host("collect garbage in", store.path) { () throws(KernelError) in
            for path in doomedRefs + doomedRecords { try store.root.unlink(path) }
        }
    }

    /// In no order that anybody could rely on: see `Store.holds`.
    mutating func sweep() throws(BelljarError) {
        // Decided before checkouts go, because losing a name changes the time that the grace period looks at.
        let blobs = try doomedBlobs()
        if !options.isDryRun, !blobs.isEmpty {
            // Also for refs that a collection removed which was killed before it came here.
            try host("collect garbage in", store.path) { () throws(KernelError) in
                try store.root.synchronizeFileSystem()
            }
        }
        if !options.isDryRun { for path in doomedResults { try store.removeCheckout(path) } }
        for path in try store.plainFiles(in: "trees") {
            guard let tree = Digest(hex: path.dropFirst("trees/".count)), !trees.contains(tree) else { continue }
            report.checkouts += 1
            if options.isDryRun { continue }
            try store.removeCheckout(path)
        }
        for (path, bytes) in blobs {
            report.blobs += 1
            report.freedBytes += bytes
            if options.isDryRun { continue }
            try host("remove", path) { () throws(KernelError) in try store.root.unlink(path) }
        }
    }

    private func isYoung(_ path: String) throws(BelljarError) -> Bool {
        let changed = try host("look up", path) { () throws(KernelError) in try store.root.status(of: path).changed }
        return UInt64(clamping: changed.seconds) + options.graceSeconds > now
    }

    private mutating func doomedBlobs() throws(BelljarError) -> [(path: String, bytes: UInt64)] {
        var doomed: [(path: String, bytes: UInt64)] = []
        for path in try store.spreadFiles(in: "blobs") {
            // What is no blob is for `fsck` to complain about.
            guard let blob = BlobName(path: path) else { continue }
            if report.keptForDamage || held.contains(blob.digest) {
                report.keptBlobs += 1
                continue
            }
            let status = try host("look up", path) { () throws(KernelError) in try store.root.status(of: path) }
            let isYoung = UInt64(clamping: status.changed.seconds) + options.graceSeconds > now
            if isYoung || live.contains(blob.digest) {
                report.keptBlobs += 1
                report.youngBytes += status.allocated
            } else {
                doomed.append((path, status.allocated))
            }
        }
        return doomed
    }
}

/// What the path of a blob says.
struct BlobName {
    var digest: Digest
    var isExecutable: Bool
    var permissions: UInt32 { isExecutable ? 0o755 : 0o644 }

    /// Nil unless this is just the path at which `Layout` puts a blob.
    init?(path: String) {
        isExecutable = path.hasSuffix(".x")
        let name = path.dropFirst("blobs/ab/".count).dropLast(isExecutable ? 2 : 0)
        guard let digest = Digest(hex: name) else { return nil }
        self.digest = digest
        guard Layout.blob(digest, isExecutable: isExecutable) == path else { return nil }
    }
}
