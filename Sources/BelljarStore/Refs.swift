internal import BelljarControls
internal import BelljarKernel
package import BelljarModel

// Refs: the small files that give what is in the store a name, and keep it. Each is written whole or not at all; one that
// cannot be read any more counts as not there, because each can be had again by doing the work again.

extension Store {
    /// Remembered results of pure functions, such as "archive with this digest, unpacked": kind and key to a tree. Nil
    /// also if the tree is not in the store any more.
    package func memo(kind: String, key: String) throws(BelljarError) -> TreeDigest? {
        try readTree(.memo(kind: kind, key: key))
    }

    /// Whether a result is remembered, which does not count as using it.
    package func remembers(kind: String, key: String) throws(BelljarError) -> Bool {
        try host("look up", "memo") { () throws(KernelError) in
            try root.statusIfPresent(of: Layout.memo(kind: kind, key: key)) != nil
        }
    }

    /// Remembers a result. The tree has to be in the store; the memory itself may be lost when the machine stops.
    package func setMemo(kind: String, key: String, tree: TreeDigest) throws(BelljarError) {
        let ref = TreeRef.memo(kind: kind, key: key)
        try replace(ref.path, content: RefFile.encode(ref.members(tree)))
    }

    /// The record of an action that succeeded, by the action's digest; nil also if the record is gone.
    package func cachedRecord(action: Digest) throws(BelljarError) -> Digest? {
        guard let text = try readRef(Layout.action(action)), let record = Digest(actionFile: text),
            try contains(record)
        else { return nil }
        return record
    }

    package func setCachedRecord(action: Digest, record: Digest) throws(BelljarError) {
        let batch = try makeBatch()
        try batch.setCachedRecord(action: action, record: record)
        try batch.commit()
    }

    /// Durably remembers a toolchain image that was built here, by lock digest.
    package func setToolchain(name: String, lock: Digest, image: TreeDigest) throws(BelljarError) {
        let batch = try makeBatch()
        let ref = TreeRef.toolchain(lock: lock, name: name)
        try batch.setRef(ref.path, content: RefFile.encode(ref.members(image)))
        try batch.commit()
    }

    /// The image of a lock; nil also if it is not in the store any more.
    package func toolchainImage(lock: Digest) throws(BelljarError) -> TreeDigest? {
        try readTree(.toolchain(lock: lock, name: ""))
    }

    /// Durably stores a record and lists it; its roots (trees) and blobs are kept as long as the record is.
    package func addRecord(_ entry: RecordEntry, bytes: [UInt8]) throws(BelljarError) -> Digest {
        let batch = try makeBatch()
        let digest = try batch.addRecord(entry, bytes: bytes)
        try batch.commit()
        return digest
    }

    /// Durably lists a record again whose place in the list was lost.
    package func listAgain(_ entry: RecordEntry, bytes: [UInt8]) throws(BelljarError) {
        let batch = try makeBatch()
        let digest = try batch.addRecord(entry, bytes: bytes)
        // It may know it as it was listed before.
        batch.restate(digest)
        try batch.commit()
    }

    // MARK: Reading and writing the files

    /// How stale the time of last use may be: so long, a ref that is used again is not touched.
    private static let useGranularitySeconds: Int64 = 86_400
    /// Refs are far shorter; a longer file is none of ours.
    static let refFileLimit = 1 << 20

    /// - Throws: `resource_exceeded` for the content of a ref that nobody would read again.
    func checkRef(_ path: String, _ content: [UInt8]) throws(BelljarError) {
        guard content.count > Store.refFileLimit else { return }
        throw BelljarError(
            .resourceExceeded, operation: "write", subject: "\(self.path)/\(path)",
            answer: "it would have \(content.count) bytes, more than the \(Store.refFileLimit) that can be read again",
            remedy: "use fewer sources and inputs; some thousands of them fit")
    }

    /// A ref's content, and notes that it was used; nil if it is not there.
    private func readRef(_ path: String) throws(BelljarError) -> [UInt8]? {
        let subject = "\(self.path)/\(path)"
        guard let file = try openFile(path, named: subject) else { return nil }
        try host("read", subject) { () throws(KernelError) in
            let now = Int64(clamping: Host.realSeconds())
            if try file.status().modified.seconds < now - Store.useGranularitySeconds {
                try file.setTimes(FileTime(seconds: now))
            }
        }
        return try content(of: file, named: subject)
    }

    /// A file's content; nil if it is not there.
    func readIfPresent(_ path: String) throws(BelljarError) -> [UInt8]? {
        let subject = "\(self.path)/\(path)"
        guard let file = try openFile(path, named: subject) else { return nil }
        return try content(of: file, named: subject)
    }

    private func content(of file: borrowing Descriptor, named subject: String) throws(BelljarError) -> [UInt8] {
        do throws(KernelError) { return try file.readAll(limit: Store.refFileLimit) } catch {
            if error.errno == .EFBIG { throw damaged(subject, error.answer) }
            return try host("read", subject) { () throws(KernelError) in throw error }
        }
    }

    /// - Parameter question: what is asked for; a file that answers another question is none.
    private func readTree(_ question: TreeRef) throws(BelljarError) -> TreeDigest? {
        guard let bytes = try readRef(question.path), let found = TreeRef.read(bytes),
            found.ref.path == question.path,
            try size(of: found.tree.digest) == found.tree.size
        else { return nil }
        return found.tree
    }

    /// Replaces a file whose loss does no harm, so it is not flushed to the disk.
    private func replace(_ path: String, content: [UInt8]) throws(BelljarError) {
        try checkRef(path, content)
        let temporary = try makeTemporaryFolder()
        try host("write", "\(self.path)/\(path)") { () throws(KernelError) in
            do {
                let file = try temporary.descriptor.open("ref", [.write, .create, .exclusive], mode: 0o644)
                try file.writeAll(content)
                if let owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
            }
            var touched: Set<String> = []
            try publish("ref", from: temporary.descriptor, as: path, replacing: true, touched: &touched)
        }
    }
}

extension Batch {
    /// Adds a record and its place in the list; its roots (trees) and blobs are kept as long as the record is.
    package func addRecord(_ entry: RecordEntry, bytes: [UInt8]) throws(BelljarError) -> Digest {
        guard bytes.count <= BuildRecord.sizeLimit else {
            throw BelljarError(
                .resourceExceeded, operation: "record", subject: "\(entry.name) \(entry.version)",
                answer:
                    "it would have \(bytes.count) bytes, more than the \(BuildRecord.sizeLimit) that can be read again")
        }
        let digest = try write(bytes)
        var entry = entry
        entry.digest = digest
        if let known = try store.recordEntry(digest) {
            if known.saysTheSame(as: entry) { return digest }
            restate(digest)
        }
        try setRef(Layout.record(digest), content: RefFile.encode(entry.members))
        return digest
    }

    package func setCachedRecord(action: Digest, record: Digest) throws(BelljarError) {
        try setRef(Layout.action(action), content: Array("\(record.hex)\n".utf8))
    }
}

extension Digest {
    /// The record that a file of `actions` names.
    init?(actionFile bytes: [UInt8]) {
        guard bytes.last == UInt8(ascii: "\n") else { return nil }
        self.init(hex: String(decoding: bytes.dropLast(), as: UTF8.self))
    }
}

extension TreeDigest {
    var json: JSONValue { ["digest": .string(digest.description), "size": .integer(Int64(clamping: size))] }

    init?(json: JSONValue?) {
        guard let digest = json?["digest"]?.string.flatMap({ Digest(prefixed: $0) }),
            let size = json?["size"]?.integer, size >= 0
        else { return nil }
        self.init(digest: digest, size: UInt64(size))
    }
}

/// What a file of `memos` or `toolchains` says that its tree is.
enum TreeRef: Hashable {
    /// What came of a pure function.
    case memo(kind: String, key: String)
    /// The image of a lock, and what the toolchain was called.
    case toolchain(lock: Digest, name: String)

    /// Where the file is.
    var path: String {
        switch self {
        case .memo(let kind, let key): Layout.memo(kind: kind, key: key)
        case .toolchain(let lock, _): Layout.toolchain(lock)
        }
    }

    func members(_ tree: TreeDigest) -> [String: JSONValue] {
        switch self {
        case .memo(let kind, let key): ["kind": .string(kind), "key": .string(key), "tree": tree.json]
        case .toolchain(let lock, let name):
            ["lock": .string(lock.description), "name": .string(name), "tree": tree.json]
        }
    }

    /// Nil for a file that cannot be read.
    static func read(_ bytes: [UInt8]) -> (ref: TreeRef, tree: TreeDigest)? {
        guard let members = RefFile.decode(bytes), let tree = TreeDigest(json: members["tree"]) else { return nil }
        if let kind = members["kind"]?.string, let key = members["key"]?.string {
            return (.memo(kind: kind, key: key), tree)
        }
        guard let lock = members["lock"]?.string.flatMap({ Digest(prefixed: $0) }), let name = members["name"]?.string
        else { return nil }
        return (.toolchain(lock: lock, name: name), tree)
    }
}

extension RecordEntry {
    /// Whether a second build or rebuild that has the same record adds nothing to what is listed of it. That happens
    /// to quick builds of one second. The first keeps its place; but what was built is listed as a build, also if
    /// a rebuild had the record before.
    func saysTheSame(as later: RecordEntry) -> Bool {
        var expected = later
        expected.nanoseconds = nanoseconds
        if later.rebuildOf != nil { expected.rebuildOf = rebuildOf }
        return self == expected
    }

    /// What a file of `records` says.
    var members: [String: JSONValue] {
        var members = oldMembers
        members["record"] = digest.map { .string($0.description) }
        if let rebuildOf { members["rebuildOf"] = .string(rebuildOf.description) }
        return members
    }

    /// What some version writes or wrote of it, the present one first.
    var forms: [[String: JSONValue]] {
        var first = oldMembers
        // The first ones knew whole seconds.
        if nanoseconds == 0 { first["nanoseconds"] = nil }
        return [members, oldMembers, first]
    }

    /// What those of versions said that did not say which record they are of, nor why it was made.
    private var oldMembers: [String: JSONValue] {
        [
            "blobs": .array(blobs.map { .string($0.description) }), "created": .integer(Int64(clamping: created)),
            "definition": .string(definition.description), "name": .string(name),
            "nanoseconds": .integer(Int64(nanoseconds)), "roots": .array(roots.map(\.json)),
            "status": .string(status.rawValue), "version": .string(version),
        ]
    }

    /// Reads a file of `records`, whose name is the digest.
    init?(digest: Digest, refFile bytes: [UInt8]) {
        guard let document = RefFile.decode(bytes), let name = document["name"]?.string,
            let version = document["version"]?.string,
            let status = document["status"]?.string.flatMap({ BuildStatus(rawValue: $0) }),
            let created = document["created"]?.integer, created >= 0,
            // Records that older versions kept have none.
            let nanoseconds = UInt32(exactly: document["nanoseconds"]?.integer ?? 0),
            let definition = document["definition"]?.string.flatMap({ Digest(prefixed: $0) }),
            let rootValues = document["roots"]?.array, let blobValues = document["blobs"]?.array
        else { return nil }
        let roots = rootValues.compactMap { TreeDigest(json: $0) }
        let blobs = blobValues.compactMap { $0.string.flatMap { Digest(prefixed: $0) } }
        guard roots.count == rootValues.count, blobs.count == blobValues.count else { return nil }
        guard document["record"].map({ $0.string == digest.description }) ?? true else { return nil }
        let original = document["rebuildOf"]?.string.flatMap { Digest(prefixed: $0) }
        guard (original == nil) == (document["rebuildOf"] == nil) else { return nil }
        self.init(
            digest: digest, name: name, version: version, status: status, created: UInt64(created),
            nanoseconds: nanoseconds, definition: definition, roots: roots, blobs: blobs, rebuildOf: original)
    }
}
