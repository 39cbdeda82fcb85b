import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarStore

/// A tree that cannot be read is the damage of what keeps it, and of nothing else.
@Suite struct UnreadableTreeTests {
    private let fixture: StoreFixture
    private var store: Store { fixture.store }
    /// A file that only the tree names which cannot be read.
    private let hidden: Digest
    private let loose: Digest
    private let sound: TreeDigest
    private let everything = GCOptions(graceSeconds: 0)

    init() throws {
        fixture = try StoreFixture()
        try fixture.write("in/kept", "kept")
        sound = try fixture.ingest("in")
        _ = try fixture.store.addRecord(Fixtures.entry(name: "sound", roots: [sound]), bytes: [1])
        hidden = try fixture.store.write(Array("hidden".utf8))
        loose = try fixture.store.write(Array("loose".utf8))
    }

    /// Bytes that are what their digest says, and no directory.
    private func noDirectory() throws -> TreeDigest {
        TreeDigest(digest: try store.write([1, 2, 3]), size: 3)
    }

    private func damagedDirectory() throws -> TreeDigest {
        let directory = Directory(files: [.init(name: "f", digest: hidden, size: 6, isExecutable: false)])
        let tree = try store.write(directory)
        let path = "store/" + Layout.blob(tree.digest, isExecutable: false)
        var bytes = try DirectoryCodec.encode(directory)
        bytes[3] ^= 1
        try fixture.write(path, bytes)
        return tree
    }

    @Test func nothingIsBelowWhatIsNoDirectory() throws {
        let tree = try noDirectory()
        let record = try store.addRecord(Fixtures.entry(name: "bad", roots: [tree]), bytes: [2])
        try store.setMemo(kind: "k", key: "k", tree: tree)
        let planned = try store.gc(GCOptions(graceSeconds: 0, isDryRun: true))
        #expect(planned.blobs == 2)
        let report = try store.gc(everything)
        #expect(report.blobs == 2)
        #expect(!report.keptForDamage)
        #expect(report.damages.count == 1)
        #expect(report.damages.first?.finding.contains("malformed message") == true)
        #expect(try !store.contains(loose) && !store.contains(hidden))
        #expect(try store.contains(tree.digest) && store.contains(record))
        #expect(try store.entries(of: sound).map(\.path) == ["kept"])
    }

    /// What is below a directory that was changed may be anything, so nothing is taken away until a repair has put it aside.
    @Test func nothingGoesWhileADirectoryIsDamaged() throws {
        let tree = try damagedDirectory()
        let record = try store.addRecord(Fixtures.entry(name: "bad", roots: [tree]), bytes: [2])
        let report = try store.gc(everything)
        #expect(report.keptForDamage)
        #expect(report.blobs == 0)
        #expect(report.damages.map(\.root) == ["record \(record.hex.prefix(12)) (bad 1.0)"])
        #expect(try store.contains(hidden) && store.contains(loose))

        _ = try store.fsck(repair: true)
        let after = try store.gc(everything)
        #expect(after.damages.isEmpty)
        #expect(after.missing == 1)
        #expect(try !store.contains(loose))
    }

    @Test func usageGoesOn() throws {
        let tree = try noDirectory()
        _ = try store.addRecord(Fixtures.entry(name: "bad", roots: [tree]), bytes: [2])
        try store.setMemo(kind: "k", key: "k", tree: tree)
        let report = try store.usageByRoot()
        func root(_ name: String) throws -> RootUsage { try #require(report.roots.first { $0.name == name }) }
        #expect(try root("bad 1.0").damages.count == 1)
        #expect(try root("k k").damages.count == 1)
        #expect(try root("sound 1.0").damages.isEmpty)
        #expect(try root("sound 1.0").aloneBytes > 0)
    }

    /// A store that has such a record is sound after a repair, and is collected like any other.
    @Test func aRepairPutsTheRecordAside() throws {
        let tree = try noDirectory()
        let record = try store.addRecord(Fixtures.entry(name: "bad", roots: [tree]), bytes: [2])
        try store.setCachedRecord(action: Digest(of: [7]), record: record)
        try store.setMemo(kind: "k", key: "k", tree: tree)
        #expect(try store.fsck(repair: false).problems.count == 3)
        let repaired = try store.fsck(repair: true)
        #expect(repaired.isSound && repaired.problems.count == 3)
        #expect(try store.fsck(repair: false).problems.isEmpty)
        #expect(try store.recordDigests().count == 1)
        #expect(try store.cachedRecord(action: Digest(of: [7])) == nil)
        let report = try store.gc(everything)
        #expect(report.damages.isEmpty && report.missing == 0)
        #expect(try !store.contains(tree.digest) && !store.contains(loose))
    }

    @Test func aDirectoryThatIsTooLarge() throws {
        let tree = try store.write(Directory(symlinks: [.init(name: "l", target: String(repeating: "t", count: 500))]))
        let limit = Int(tree.size)
        guard case .directory = try store.reading(tree.digest, limit: limit) else {
            Issue.record("it is not read")
            return
        }
        guard case .never(let answer) = try store.reading(tree.digest, limit: limit - 1) else {
            Issue.record("it is read, or damaged")
            return
        }
        #expect(answer.contains("more than the \(limit - 1) that can be read"))
        // With other content it may be one of fewer bytes, once that is mended.
        try fixture.write(
            "store/" + Layout.blob(tree.digest, isExecutable: false), [UInt8](repeating: 7, count: limit + 100))
        guard case .damaged = try store.reading(tree.digest, limit: limit) else {
            Issue.record("nobody knows what is below it")
            return
        }
    }
}
