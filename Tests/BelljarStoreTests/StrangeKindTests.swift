import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarStore

/// Something else than belljar left in the place of what it keeps.
enum StrangeKind: String, CaseIterable, Sendable {
    case fifo, socket, link, directory, unreadable

    /// Puts it in a file's place. What was there is gone, except for what its mode hides.
    func replace(_ path: String) throws {
        if self == .unreadable { return try Descriptor.workingDirectory.setPermissions(of: path, 0) }
        try Descriptor.workingDirectory.removeTree(path)
        switch self {
        case .fifo: try Descriptor.workingDirectory.makeFifo(path)
        case .socket: try Descriptor.workingDirectory.makeSocket(path)
        case .link: try Descriptor.workingDirectory.makeSymlink(path, target: "/etc/passwd")
        case .directory: try Descriptor.workingDirectory.makeDirectory(path)
        case .unreadable: break
        }
    }
}

@Suite struct StrangeKindTests {
    /// A store with a name of each kind, and what reads each.
    private struct Names {
        let fixture: StoreFixture
        let action = Digest(of: [7])
        let lock: Digest
        let record: Digest
        let log: Digest
        var store: Store { fixture.store }

        init() throws {
            fixture = try StoreFixture(inMemory: true)
            let store = fixture.store
            let tree = try store.write(.empty)
            log = try store.write(Array("log".utf8))
            lock = try store.write(Array("lock".utf8))
            record = try store.addRecord(Fixtures.entry(name: "r", roots: [tree], blobs: [log]), bytes: [1])
            try store.setCachedRecord(action: action, record: record)
            try store.setMemo(kind: "k", key: "k", tree: tree)
            try store.setToolchain(name: "t", lock: lock, image: tree)
        }

        func path(_ folder: String) -> String {
            switch folder {
            case "records": Layout.record(record)
            case "actions": Layout.action(action)
            case "memos": Layout.memo(kind: "k", key: "k")
            case "toolchains": Layout.toolchain(lock)
            default: Layout.blob(log, isExecutable: false)
            }
        }

        func read(_ folder: String) throws {
            switch folder {
            case "records": _ = try store.gc()
            case "actions": _ = try store.cachedRecord(action: action)
            case "memos": _ = try store.memo(kind: "k", key: "k")
            case "toolchains": _ = try store.toolchainImage(lock: lock)
            default: _ = try store.read(log, limit: 9)
            }
        }
    }

    /// Nobody waits for a FIFO, and nothing is followed: whoever reads it hears at once that the store is damaged.
    @Test(
        .enabled(if: Host.effectiveUid != 0, "root may read everything"), .timeLimit(.minutes(20)),
        arguments: StrangeKind.allCases, ["records", "actions", "memos", "toolchains", "blobs"])
    func isADamage(kind: StrangeKind, folder: String) throws {
        let names = try Names()
        try names.read(folder)
        let path = names.path(folder)
        try kind.replace("\(names.store.path)/\(path)")
        let error = #expect(throws: BelljarError.self) { try names.read(folder) }
        #expect(error?.code == .integrity, "\(String(describing: error))")
        #expect(error?.remedy?.contains("fsck --repair") == true)
    }

    /// The check goes on behind it, and the repair moves it aside, except for what only its mode hid.
    @Test(
        .enabled(if: Host.effectiveUid != 0, "root may read everything"), .timeLimit(.minutes(20)),
        arguments: StrangeKind.allCases, ["records", "actions", "memos", "toolchains", "blobs"])
    func isFoundAndMovedAside(kind: StrangeKind, folder: String) throws {
        let names = try Names()
        let store = names.store
        let path = names.path(folder)
        try kind.replace("\(store.path)/\(path)")
        // Damage in what is checked last.
        let other = try store.write(Array("other".utf8))
        try names.fixture.write("store/" + Layout.blob(other, isExecutable: false), "0ther")
        let found = Set(try store.fsck(repair: false).problems.map(\.path))
        #expect(found.isSuperset(of: [path, Layout.blob(other, isExecutable: false)]), "\(found)")
        _ = try store.fsck(repair: true)
        let left = try store.fsck(repair: false).problems
        // A record whose log is gone stays, as the evidence.
        #expect(left.allSatisfy { folder == "blobs" && kind != .unreadable && $0.kind == .missing }, "\(left)")
        let aside = try names.fixture.open("store/quarantine").entries().count
        // With a record's name goes the action that names it: that is no record of the store any more.
        #expect(aside == (kind == .unreadable ? 1 : folder == "records" ? 3 : 2))
        if kind == .unreadable { try names.read(folder) }
    }

    @Test(
        .enabled(if: Host.effectiveUid != 0, "root may read everything"), .timeLimit(.minutes(20)),
        arguments: StrangeKind.allCases, ["version", "lease"])
    func aFileAtTheTopIsMended(kind: StrangeKind, name: String) throws {
        let names = try Names()
        try kind.replace("\(names.store.path)/\(name)")
        let error = #expect(throws: BelljarError.self) { try names.fixture.reopened().fsck(repair: false) }
        #expect(error?.code == .integrity, "\(String(describing: error))")
        #expect(error?.remedy?.contains("fsck --repair") == true)
        // The first repair cannot know the version if the lease is damaged too; here one says it.
        let store = try Store(path: names.store.path, owner: nil, mending: true)
        let report = try store.fsck(repair: true)
        #expect(report.problems.map(\.path) == [name])
        #expect(report.isSound)
        #expect(try names.fixture.reopened().fsck(repair: false).problems.isEmpty)
        try names.read("blobs")
    }

    @Test func aVersionThatIsGoneIsMadeAgain() throws {
        let names = try Names()
        try names.fixture.makeDirectory("store/cache")
        try Descriptor.workingDirectory.unlink("\(names.store.path)/version")
        #expect(try names.fixture.reopened().fsck(repair: false).problems.isEmpty)
    }

    /// Also of the index, whose other files SQLite does not tell apart.
    @Test(
        .enabled(if: Host.effectiveUid != 0, "root may read everything"), .timeLimit(.minutes(20)),
        arguments: StrangeKind.allCases.filter { $0 != .unreadable }, ["", "-wal", "-shm"])
    func theIndexIsMadeAgain(kind: StrangeKind, suffix: String) throws {
        let names = try Names()
        _ = try names.store.records()
        let path = "\(names.store.path)/\(Layout.index)\(suffix)"
        if try !names.fixture.exists(path) { try names.fixture.write("store/\(Layout.index)\(suffix)", "") }
        try kind.replace(path)
        let store = try names.fixture.reopened()
        #expect(try store.fsck(repair: false).problems.map(\.kind) == [.index])
        #expect(try store.fsck(repair: true).isSound)
        #expect(try store.fsck(repair: false).problems.isEmpty)
        #expect(try store.records().map(\.name) == ["r"])
    }

    // MARK: Folders

    private static let folders = Layout.folders.filter { $0 != "tmp" }

    @Test(arguments: folders, ["gone", "file", "link"])
    func aFolderIsMadeAgain(folder: String, how: String) throws {
        let names = try Names()
        let store = names.store
        let path = "\(store.path)/\(folder)"
        try Descriptor.workingDirectory.rename(
            path, to: Descriptor.workingDirectory, as: "\(names.fixture.folder)/elsewhere")
        if how == "file" { try names.fixture.write("store/\(folder)", "") }
        if how == "link" { try Descriptor.workingDirectory.makeSymlink(path, target: "../elsewhere") }
        // Damage that has nothing to do with it is found all the same.
        let other = folder == "memos" ? "toolchains" : "memos"
        try names.fixture.write("store/\(other)/stranger", "x")
        let found = Set(try store.fsck(repair: false).problems.map(\.path))
        #expect(found.isSuperset(of: [folder, "\(other)/stranger"]), "\(found)")
        _ = try store.fsck(repair: true)
        #expect(try Descriptor.workingDirectory.status(of: path).kind == .directory)
        let left = try store.fsck(repair: false).problems
        #expect(left.allSatisfy { folder == "blobs" && $0.kind == .missing }, "\(left)")
    }

    /// What lies beyond a link is not the store's: whoever started belljar may be allowed more there than the store's owner.
    @Test(arguments: ["memos", "actions", "actions/XX", "toolchains", "records", "blobs/XX"])
    func nothingIsWrittenThroughALink(folder: String) throws {
        let names = try Names()
        let store = names.store
        let tree = try store.write(.empty)
        let write = {
            switch folder.prefix(3) {
            case "mem": try store.setMemo(kind: "k", key: "k", tree: tree)
            case "act": try store.setCachedRecord(action: names.action, record: names.record)
            case "too": try store.setToolchain(name: "t", lock: names.lock, image: tree)
            case "rec": _ = try store.addRecord(Fixtures.entry(name: "new"), bytes: [5])
            default: _ = try store.read(names.log, limit: 9)
            }
        }
        try write()
        let named = names.path(folder.split(separator: "/").first.map(String.init) ?? "")
        let path = store.path + "/" + (folder.hasSuffix("XX") ? Layout.parent(named) : folder)
        try Descriptor.workingDirectory.rename(
            path, to: Descriptor.workingDirectory, as: "\(names.fixture.folder)/kept")
        try names.fixture.makeDirectory("elsewhere")
        // A blob is read through the link, if anybody follows it.
        let isBlob = folder.hasPrefix("blobs")
        try Descriptor.workingDirectory.makeSymlink(
            path, target: isBlob ? "\(names.fixture.folder)/kept" : "\(names.fixture.folder)/elsewhere")
        #expect(throws: BelljarError.self) { try write() }
        #expect(try names.fixture.open("elsewhere").entries().isEmpty)
    }
}
