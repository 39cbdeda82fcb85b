import BelljarKernel
import BelljarModel

@testable import BelljarStore

extension StoreOperation {
    static let all = [making, taking, adopting, recording, naming, layingOut, linking, collecting, repairing]

    /// Files, one of them larger than the buffer, folders and a link.
    private static func write(_ folder: String, _ fixture: StoreFixture) throws {
        try fixture.write("\(folder)/bin/tool", "tool of \(folder)", mode: 0o755)
        try fixture.write("\(folder)/share/text", "text of \(folder)")
        try fixture.write("\(folder)/large", [UInt8](repeating: 1, count: workBufferBytes + folder.utf8.count))
        let share = try fixture.open("\(folder)/share")
        if try share.statusIfPresent(of: "link") == nil { try share.makeSymlink("link", target: "../bin/tool") }
    }

    private static func take(_ folder: String, _ fixture: StoreFixture, into store: Store) throws -> TreeDigest {
        try store.ingest(directory: try open(folder, fixture), options: IngestOptions())
    }

    private static func open(_ folder: String, _ fixture: StoreFixture) throws(BelljarError) -> Descriptor {
        try host("open", folder) { () throws(KernelError) in
            try Descriptor.workingDirectory.open("\(fixture.folder)/\(folder)", .directory)
        }
    }

    private static func record(
        _ name: String, created: UInt64, _ fixture: StoreFixture, in store: Store
    ) throws {
        let bytes = Array("\(name) \(created)".utf8)
        try fixture.write("\(name)\(created)/file", bytes)
        let tree = try take("\(name)\(created)", fixture, into: store)
        let entry = Fixtures.entry(name: name, created: created, roots: [tree])
        try store.setCachedRecord(action: Digest(of: bytes), record: try store.addRecord(entry, bytes: bytes))
    }

    static let making = StoreOperation(
        name: "make a store",
        prepare: { fixture, _ in try Descriptor.workingDirectory.removeTree(fixture.store.path) },
        run: { _, _ in "made" },
        outcome: { fixture in
            try fixture.open("store").entries().map { String(decoding: $0.name, as: UTF8.self) }.sorted()
                .joined(separator: " ")
        })

    static let taking = StoreOperation(
        name: "take in a tree", prepare: { fixture, _ in try write("in", fixture) },
        run: { fixture, store in try take("in", fixture, into: store).description })

    static let adopting = StoreOperation(
        name: "move in a tree", prepare: { fixture, _ in try write("adopt", fixture) },
        run: { fixture, store in
            try store.ingest(directory: try open("adopt", fixture), options: IngestOptions(adopting: true)).description
        }, consumes: true)

    /// What a build leaves, in the order in which it is written: log, outputs, record, action.
    static let recording = StoreOperation(
        name: "record a build", prepare: { fixture, _ in try write("out", fixture) },
        run: { fixture, store in
            let batch = try store.makeBatch()
            let log = try batch.makeWriter()
            try log.write(Array("log".utf8))
            let outputs = try batch.ingest(
                directory: try open("out", fixture), options: IngestOptions(refusesEscapingLinks: true))
            let logged = try log.commit(expected: nil)
            let record = try batch.addRecord(
                Fixtures.entry(name: "r", roots: [outputs.tree], blobs: [logged]),
                bytes: Array("record of \(outputs.tree)".utf8))
            let action = Digest(of: Array("action".utf8))
            try batch.setCachedRecord(action: action, record: record)
            try batch.commit()
            return try store.cachedRecord(action: action) == record ? record.description : "not remembered"
        })

    static let naming = StoreOperation(
        name: "name an image and a result",
        run: { _, store in
            let tree = try store.write(Directory(symlinks: [.init(name: "l", target: "t")]))
            let lock = try store.write(Array("lock".utf8))
            try store.setToolchain(name: "t", lock: lock, image: tree)
            try store.setMemo(kind: "k", key: "k", tree: tree)
            let isNamed = try store.toolchainImage(lock: lock) == tree && store.memo(kind: "k", key: "k") == tree
            return isNamed ? tree.description : "not named"
        })

    static let layingOut = StoreOperation(
        name: "lay out a tree",
        prepare: { fixture, store in
            try write("in", fixture)
            _ = try take("in", fixture, into: store)
        },
        run: { fixture, store in
            let tree = try take("in", fixture, into: store)
            let path = try store.checkout(tree)
            let checkout = try host("open", path) { () throws(KernelError) in
                try Descriptor.workingDirectory.open(path, .directory)
            }
            let again = try store.ingest(directory: checkout, options: IngestOptions())
            return again == tree ? tree.description : "another tree"
        })

    static let linking = StoreOperation(
        name: "link to outputs",
        prepare: { fixture, store in
            try write("in", fixture)
            _ = try take("in", fixture, into: store)
        },
        run: { fixture, store in
            let tree = try take("in", fixture, into: store)
            let link = fixture.folder + "/result"
            try store.makeLink(at: link, to: tree, of: Digest(of: Array("record".utf8)))
            let target = try host("read", link) { () throws(KernelError) in
                try Descriptor.workingDirectory.readLink(link)
            }
            let kept = try store.links().filter { store.isThere($0) }.map(\.tree)
            return store.isResult(target) && kept == [tree] ? tree.description : "not linked"
        },
        // The folder is made read-only when it is in its place.
        allowed: [.checkout])

    static let collecting = StoreOperation(
        name: "collect garbage",
        prepare: { fixture, store in
            try write("lost", fixture)
            _ = try store.checkout(try take("lost", fixture, into: store))
            try record("r", created: 1, fixture, in: store)
            try record("r", created: 2, fixture, in: store)
        },
        run: { _, store in
            _ = try store.gc(GCOptions(recordAgeSeconds: 1, keptPerName: 1, graceSeconds: 0))
            return "collected"
        },
        outcome: { fixture in
            let records = try fixture.store.recordDigests().map(\.hex)
            return (records + (try fixture.blobNames())).joined(separator: " ")
        })

    static let repairing = StoreOperation(
        name: "repair",
        prepare: { fixture, store in
            try write("in", fixture)
            let tree = try take("in", fixture, into: store)
            _ = try store.checkout(tree)
            try store.setMemo(kind: "k", key: "k", tree: tree)
            let text = Layout.blob(Digest(of: Array("text of in".utf8)), isExecutable: false)
            try fixture.write("store/" + text, "TEXT of in")
            try fixture.write("store/blobs/00/stranger", "x")
        },
        // A file that cannot be read is a finding to the check, and goes aside.
        run: { _, store in try store.fsck(repair: true).isSound ? "sound" : "not sound" },
        outcome: { fixture in try fixture.blobNames().joined(separator: " ") },
        judgesDisk: true, allowed: [.corruptBlob, .stranger, .missing, .checkout])
}
