import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarSandbox
import BelljarStore
import Testing

@testable import BelljarBuild

/// Trees that no name of the store refers to, after a collection that was ended in its middle has taken parts of them.
@Suite struct IncompleteTreeTests {
    private static let everything = GCOptions(
        recordAgeSeconds: 0, keptPerName: 0, memoAgeSeconds: 0, toolchainAgeSeconds: 0, graceSeconds: 0)
    /// EIO, from one removal of a blob on.
    private static let failure: Int32 = 5

    /// Ends a collection before its `count`th removal of a blob; nil for none. Answers whether it ended there.
    private func collect(_ store: Store, until count: Int?) throws -> Bool {
        var removals = 0
        var isOver = false
        // A name is removed from the folder that was opened right before.
        var folder = ""
        _ = Recording.of(
            answering: { call, subject in
                if call == "openat2" { folder = subject }
                guard call == "unlinkat", folder.hasPrefix("blobs/") else { return Self.withoutFlushes(call) }
                removals += 1
                isOver = isOver || removals == count
                return isOver ? .failure(Self.failure) : .real
            },
            {
                do { try patiently { _ = try store.gc(Self.everything) } } catch { #expect(isOver, "\(error)") }
            })
        return isOver
    }

    /// Until what another test starts is another program, it has this process's descriptors, and with them its leases.
    private func patiently(_ body: () throws -> Void) throws {
        for attempt in 1...100 {
            do { return try body() } catch let error as BelljarError {
                guard error.code == .refused, attempt < 100 else { throw error }
            }
            pause(until: .after(milliseconds: 20))
        }
    }

    /// Nothing has to survive a power cut here.
    private static func withoutFlushes(_ call: String) -> Recording.Answer {
        ["fsync", "fdatasync", "syncfs"].contains(call) ? .result(0) : .real
    }

    /// Runs `make` after a collection that ended at each of its removals in turn.
    private func atEveryRemoval(_ store: Store, _ make: () throws -> TreeDigest) throws {
        _ = try Recording.of(
            answering: { call, _ in Self.withoutFlushes(call) },
            {
                var removals = 0
                repeat {
                    removals += 1
                    let tree = try make()
                    for entry in try store.entries(of: tree) where entry.kind != .directory {
                        if case .symlink = entry.kind { continue }
                        #expect(try store.size(of: entry.digest) == entry.size, "\(entry.path), \(removals)")
                    }
                    let path = try store.checkout(tree)
                    let laid = try Descriptor.workingDirectory.open(path, .directory)
                    #expect(try store.ingest(directory: laid, options: IngestOptions()) == tree)
                } while try collect(store, until: removals)
                #expect(removals > 4)
            })
    }

    /// On an image with a user of its own.
    private func base(in store: Store) throws -> BaseTree {
        let users = Array("somebody:x:5:5::/:/bin/sh\n".utf8)
        let file = Directory.File(
            name: "passwd", digest: try store.write(users), size: UInt64(users.count), isExecutable: false)
        let folder = try store.write(Directory(files: [file], directories: [], symlinks: []))
        let image = try store.write(
            Directory(files: [], directories: [.init(name: "etc", tree: folder)], symlinks: []))
        return try BaseTree(World(epoch: 1, cpus: 2), on: image, in: store)
    }

    @Test func theBaseLayerIsMadeAgain() throws {
        let fixture = try SourceFixture()
        let store = fixture.store
        try atEveryRemoval(store) {
            let base = try base(in: store)
            _ = try base.checkout(in: store)
            return base.digest
        }
        withExtendedLifetime(fixture) {}
    }

    @Test func whatIsPutTogetherOfSourcesIsMadeAgain() throws {
        let fixture = try SourceFixture()
        let store = fixture.store
        for (name, text) in [("one/a/f", "1"), ("two/a/g", "2"), ("two/b/h", "3")] { try fixture.write(name, text) }
        try atEveryRemoval(store) {
            var plan = TreePlan(store: store)
            for name in ["one", "two"] {
                let folder = try Descriptor.workingDirectory.open("\(fixture.path)/\(name)", .directory)
                try plan.place(.tree(try store.ingest(directory: folder, options: IngestOptions())), at: "x/y")
            }
            let made = try plan.make()
            try made.write(to: store)
            return made.root
        }
    }

    /// What was damaged is in quarantine, and is no more than missing.
    @Test func theBaseLayerIsMendedAfterARepair() throws {
        let fixture = try SourceFixture()
        let store = fixture.store
        let base = try base(in: store)
        let path = try base.checkout(in: store)
        try Descriptor.workingDirectory.open("\(path)/etc/passwd", [.write, .truncate]).writeAll([1])
        var isSound = false
        try patiently { isSound = try store.fsck(repair: true).isSound }
        #expect(isSound)
        #expect(try base.checkout(in: store) == path)
        #expect(try store.fsck(repair: false).problems.isEmpty)
        #expect(try Descriptor.workingDirectory.open("\(path)/etc/passwd").readAll(limit: 9999) != [1])
        withExtendedLifetime(fixture) {}
    }

    /// Of a record's local source nobody knows where else it is, and a part of it is not the source.
    @Test func aPartOfALocalSourceIsNoSource() throws {
        let fixture = try SourceFixture()
        let store = fixture.store
        try fixture.write("in/a", "1")
        let folder = try Descriptor.workingDirectory.open("\(fixture.path)/in", .directory)
        let tree = try store.ingest(directory: folder, options: IngestOptions())
        let absent = BelljarError(.internal, operation: "make", subject: "a tool", answer: "nobody needs it")
        let sources = Sources(
            store: store, fetcher: Once { () throws(BelljarError) in throw absent },
            sandbox: Once { () throws(BelljarError) in throw absent }, cancellation: Cancellation())
        let local = BuildRecord.Source(
            kind: .local(path: "in"), digest: tree.digest, size: tree.size, into: "")
        #expect(throws: Never.self) { try sources.obtain([local]) }
        let file = Digest(of: Array("1".utf8)).hex
        try Descriptor.workingDirectory.unlink("\(store.path)/blobs/\(file.prefix(2))/\(file)")
        let error = #expect(throws: BelljarError.self) { try sources.obtain([local]) }
        #expect(error?.code == .unavailable)
    }
}
