import BelljarKernel
import BelljarModel
import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import BelljarStore

@Suite struct CollectionTests {
    /// A tree of one file, and the file's digest.
    private func makeTree(_ store: Store, _ content: String) throws -> (tree: TreeDigest, file: Digest) {
        let file = try store.write(Array(content.utf8))
        let inner = try store.write(
            Directory(files: [.init(name: "f", digest: file, size: UInt64(content.utf8.count), isExecutable: false)]))
        return (try store.write(Directory(directories: [.init(name: "d", tree: inner)])), file)
    }

    @Test func keepsWhatIsReferredTo() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let recorded = try makeTree(store, "recorded")
        let remembered = try makeTree(store, "remembered")
        let image = try makeTree(store, "image")
        let lost = try makeTree(store, "lost")
        let log = try store.write(Array("log".utf8))
        let lock = try store.write(Array("lock".utf8))
        let record = try store.addRecord(Fixtures.entry(name: "r", roots: [recorded.tree], blobs: [log]), bytes: [1])
        try store.setCachedRecord(action: Digest(of: [7]), record: record)
        try store.setMemo(kind: "k", key: "k", tree: remembered.tree)
        try store.setToolchain(name: "t", lock: lock, image: image.tree)
        let kept = try store.checkout(recorded.tree)
        let gone = try store.checkout(lost.tree)

        let planned = try store.gc(GCOptions(graceSeconds: 0, isDryRun: true))
        #expect(planned.blobs == 3)
        #expect(try store.contains(lost.file))
        let report = try store.gc(GCOptions(graceSeconds: 0))
        #expect(report.blobs == 3)
        #expect(report.checkouts == 1)
        #expect(report.records + report.actions + report.memos + report.toolchains + report.missing == 0)
        #expect(report.freedBytes > 0)
        #expect(try !store.contains(lost.file) && !fixture.exists(gone) && fixture.exists(kept))
        for digest in [recorded.file, remembered.file, image.file, log, lock, record] {
            #expect(try store.contains(digest))
        }
        #expect(try store.fsck(repair: false).problems.isEmpty)
        #expect(try store.gc(GCOptions(graceSeconds: 0)).blobs == 0)
    }

    /// A build can print the bytes of a directory: its log then is, as a file, what is the root of another one's outputs.
    @Test func aFileThatIsADirectoryTooKeepsBoth() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let victim = try makeTree(store, "victim")
        let inner = try store.directory(victim.tree).directories[0].tree
        _ = try store.addRecord(Fixtures.entry(name: "victim", roots: [victim.tree]), bytes: [1])
        _ = try store.addRecord(
            Fixtures.entry(name: "logs", blobs: [victim.tree.digest, inner.digest]), bytes: [2])
        // The same as an output, which is found while trees are walked.
        try fixture.write("in/a", DirectoryCodec.encode(try store.directory(inner)))
        _ = try store.addRecord(Fixtures.entry(name: "output", roots: [try fixture.ingest("in")]), bytes: [3])
        #expect(try store.gc(GCOptions(graceSeconds: 0)).blobs == 0)
        #expect(try store.entries(of: victim.tree).count == 2)
        #expect(try store.contains(victim.file))
        #expect(try store.fsck(repair: false).problems.isEmpty)
    }

    /// The other way round: kept as a file, and not as a tree.
    @Test func aFileThatIsADirectoryTooKeepsNoTree() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let lost = try makeTree(store, "lost")
        _ = try store.addRecord(Fixtures.entry(name: "logs", blobs: [lost.tree.digest]), bytes: [1])
        let checkout = try store.checkout(lost.tree)
        let report = try store.gc(GCOptions(graceSeconds: 0))
        #expect((report.blobs, report.checkouts) == (2, 1))
        #expect(try store.contains(lost.tree.digest) && !store.contains(lost.file) && !fixture.exists(checkout))
        #expect(try store.fsck(repair: false).problems.isEmpty)
    }

    /// The directories of a tree are never linked, and so are older than its checkout.
    @Test func whatAYoungCheckoutIsOfStays() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let tree = try makeTree(store, "old").tree
        pause(milliseconds: 6000)
        let path = try store.checkout(tree)
        let age = Host.realSeconds() - UInt64(clamping: try fixture.status(path).changed.seconds)
        let report = try store.gc(GCOptions(graceSeconds: age + 4))
        #expect((report.blobs, report.checkouts, report.missing) == (0, 0, 0))
        // The directories, which are older, are held by nothing but the checkout.
        #expect(try report.youngBytes == store.usageByRoot().looseBytes)
        #expect(try store.fsck(repair: false).problems.isEmpty)
        let all = try store.gc(GCOptions(graceSeconds: 0))
        #expect((all.blobs, all.checkouts) == (3, 1))
    }

    @Test func oldRecordsGoButTheNewestOfAName() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let now = Host.realSeconds()
        var records: [Digest] = []
        for (name, age) in [("a", 100), ("a", 5000), ("a", 9000), ("b", 9000)] as [(String, UInt64)] {
            let tree = try makeTree(store, "\(name)\(age)")
            records.append(
                try store.addRecord(
                    Fixtures.entry(name: name, created: now - age, roots: [tree.tree]),
                    bytes: Array("\(name)\(age)!".utf8)))
            try store.setCachedRecord(
                action: Digest(of: Array("\(name)\(age)".utf8)), record: records.last ?? tree.file)
        }
        #expect(try store.records().count == 4)
        let report = try store.gc(GCOptions(recordAgeSeconds: 1000, graceSeconds: 0))
        // The index still lists the records that went, and that is no fault.
        #expect(try store.fsck(repair: false).problems.isEmpty)
        #expect(report.records == 2)
        #expect(report.actions == 2)
        #expect(try store.records().map(\.digest) == [records[0], records[3]])
        #expect(try store.cachedRecord(action: Digest(of: Array("a5000".utf8))) == nil)
        #expect(try store.cachedRecord(action: Digest(of: Array("b9000".utf8))) == records[3])
    }

    @Test func unusedMemosAndToolchainsGo() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let tree = try makeTree(store, "x").tree
        let lock = try store.write([5])
        try store.setMemo(kind: "k", key: "k", tree: tree)
        try store.setToolchain(name: "t", lock: lock, image: tree)
        let old = FileTime(seconds: Int64(Host.realSeconds()) - 40 * 86_400)
        let memo = "\(store.path)/\(Layout.memo(kind: "k", key: "k"))"
        try Descriptor.workingDirectory.setTimes(of: memo, old)
        // Using it makes it young again.
        #expect(try store.memo(kind: "k", key: "k") == tree)
        #expect(try store.gc(GCOptions(graceSeconds: 0)).memos == 0)
        try Descriptor.workingDirectory.setTimes(of: memo, old)
        try Descriptor.workingDirectory.setTimes(of: "\(store.path)/\(Layout.toolchain(lock))", old)
        let report = try store.gc(GCOptions(graceSeconds: 0))
        #expect(report.memos == 1)
        #expect(report.toolchains == 0)
        #expect(try store.gc(GCOptions(toolchainAgeSeconds: 1, graceSeconds: 0)).toolchains == 1)
        #expect(try fixture.blobPaths().isEmpty)
    }

    @Test func keepsYoungContent() throws {
        let fixture = try StoreFixture()
        let young = try fixture.store.write([1])
        let recorded = try fixture.store.write([2])
        _ = try fixture.store.addRecord(Fixtures.entry(name: "r", blobs: [recorded]), bytes: [3])
        let report = try fixture.store.gc()
        #expect(report.blobs == 0)
        #expect(try fixture.store.contains(young))
        // As young is what a record keeps; that will not be free.
        #expect(try report.youngBytes == fixture.store.usageByRoot().looseBytes && report.youngBytes > 0)
        #expect(try fixture.store.gc(GCOptions(graceSeconds: 0)).youngBytes == 0)
    }

    @Test func aLeaseKeepsItAway() throws {
        let fixture = try StoreFixture()
        let digest = try fixture.store.write([1])
        do {
            let lease = try fixture.reopened().lease()
            let error = #expect(throws: BelljarError.self) { try fixture.store.gc(GCOptions(graceSeconds: 0)) }
            #expect(error?.code == .refused)
            #expect(throws: BelljarError.self) { try fixture.store.fsck(repair: true) }
            withExtendedLifetime(lease) {}
        }
        do {
            let batch = try fixture.store.makeBatch()
            #expect(throws: BelljarError.self) { try fixture.store.gc(GCOptions(graceSeconds: 0)) }
            withExtendedLifetime(batch) {}
        }
        #expect(try fixture.store.gc(GCOptions(graceSeconds: 0)).blobs == 1)
        #expect(try !fixture.store.contains(digest))
    }

    /// Two processes find the same content damaged, and the other one is quicker: what it brought in again stays.
    @Test func whatAnotherMendedIsNotTakenAway() throws {
        let fixture = try StoreFixture()
        try fixture.write("in/a", "content")
        let tree = try fixture.ingest("in")
        let digest = Digest(of: Array("content".utf8))
        let path = Layout.blob(digest, isExecutable: false)
        try fixture.write("store/" + path, "CONTENT")
        let damaged = try Descriptor.workingDirectory.open(fixture.store.path + "/" + path)
        let checkout = try Descriptor.workingDirectory.open(fixture.store.checkout(tree), .directory)

        let other = try fixture.reopened()
        #expect(try !other.verifyOrQuarantine(digest))
        _ = try other.write(Array("content".utf8))
        try other.discardCheckout(of: tree, inode: checkout.status().inode)
        let mended = try fixture.status(other.checkout(tree)).inode

        #expect(try !fixture.store.quarantine(path, inode: damaged.status().inode))
        try fixture.store.discardCheckout(of: tree, inode: checkout.status().inode)
        #expect(try fixture.store.verifyOrQuarantine(digest))
        #expect(try fixture.status(fixture.store.checkout(tree)).inode == mended)
        #expect(try fixture.open("store/quarantine").entries().count == 1)
        #expect(try fixture.store.fsck(repair: false).problems.isEmpty)
    }

    /// The same as often as it takes: only what is damaged ever gets into quarantine.
    @Test func twoMendTheSameAtOnce() throws {
        let fixture = try StoreFixture(inMemory: true)
        let stores = [fixture.store, try fixture.reopened()]
        let digest = try fixture.store.write(Array("content".utf8))
        let path = fixture.store.path + "/" + Layout.blob(digest, isExecutable: false)
        for _ in 0..<300 {
            try Descriptor.workingDirectory.open(path, .readWrite).writeAll(Array("CONTENT".utf8))
            let failures = Mutex<[any Error]>([])
            DispatchQueue.concurrentPerform(iterations: stores.count) { index in
                do {
                    if try stores[index].verifyOrQuarantine(digest) { return }
                    _ = try stores[index].write(Array("content".utf8))
                } catch { failures.withLock { $0.append(error) } }
            }
            #expect(failures.withLock { $0.isEmpty })
            #expect(try fixture.read(path) == Array("content".utf8))
        }
        let folder = fixture.store.path + "/quarantine"
        let taken = try Descriptor.workingDirectory.open(folder, .directory).entries()
        #expect(taken.count == 300)
        for entry in taken {
            let content = try fixture.read("\(folder)/\(String(decoding: entry.name, as: UTF8.self))")
            #expect(content == Array("CONTENT".utf8))
        }
    }

    @Test func refusesToGuess() throws {
        let fixture = try StoreFixture()
        let record = try fixture.store.addRecord(Fixtures.entry(name: "r"), bytes: [1])
        try fixture.write("store/" + Layout.record(record), "{")
        let error = #expect(throws: BelljarError.self) { try fixture.store.gc(GCOptions(graceSeconds: 0)) }
        #expect(error?.code == .integrity)
        #expect(try fixture.store.contains(record))
    }

    @Test func measures() throws {
        let fixture = try StoreFixture()
        let tree = try makeTree(fixture.store, String(repeating: "x", count: 100_000)).tree
        let before = try fixture.store.usage()
        #expect(before.blobs.files == 3)
        #expect(before.blobs.bytes >= 100_000)
        _ = try fixture.store.checkout(tree)
        let after = try fixture.store.usage()
        #expect(after.blobs == before.blobs)
        #expect(after.checkouts.files == 1)
        #expect(after.checkouts.bytes < 50_000)
        #expect(after.totalBytes < 400_000)
        #expect(after.availableBytes > 0)
    }
}

@Suite struct RootTests {
    @Test func whatEachHoldsAloneAndShared() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        try fixture.write("in/one/own", [UInt8](repeating: 1, count: 40_000))
        try fixture.write("in/one/both", [UInt8](repeating: 2, count: 80_000))
        try fixture.write("in/two/own", [UInt8](repeating: 3, count: 20_000))
        try fixture.write("in/two/both", [UInt8](repeating: 2, count: 80_000))
        let (one, two) = (try fixture.ingest("in/one"), try fixture.ingest("in/two"))
        let first = try store.addRecord(Fixtures.entry(name: "r", roots: [one]), bytes: [1])
        let lock = try store.write(Array("lock".utf8))
        try store.setToolchain(name: "t", lock: lock, image: two)
        try store.setMemo(kind: "unpack", key: "k", tree: one)
        _ = try store.addRecord(Fixtures.entry(name: "gone", blobs: [Digest(of: [99])]), bytes: [2])
        _ = try store.write([UInt8](repeating: 9, count: 30_000))

        let report = try store.usageByRoot()
        #expect(report.looseBytes >= 30_000 && report.looseBytes < 40_000)
        func root(_ kind: RootUsage.Kind, _ name: String) throws -> RootUsage {
            try #require(report.roots.first { $0.kind == kind && $0.name == name }, "\(report.roots)")
        }
        let record = try root(.record, "r 1.0")
        #expect(record.digest == first)
        // All but the record's own bytes is the remembered result's too.
        #expect(record.aloneBytes > 0 && record.aloneBytes < 10_000)
        #expect(record.sharedBytes >= 120_000 && record.sharedBytes < 140_000)
        let image = try root(.toolchain, "t")
        #expect(image.digest == lock)
        #expect(image.aloneBytes >= 20_000 && image.aloneBytes < 40_000)
        #expect(image.sharedBytes >= 80_000 && image.sharedBytes < 90_000)
        let memo = try root(.memo, "unpack k")
        #expect(memo.aloneBytes == 0)
        #expect(try root(.record, "gone 1.0").missing == 1)
        #expect(report.roots.filter { $0.kind == .lease }.count == 1)
        #expect(report.roots.map(\.kind) == [.record, .record, .toolchain, .memo, .lease])
        // Everything is counted once alone, or at least twice as shared, or held by nothing.
        let alone = report.roots.filter { $0.kind != .lease }.reduce(0) { $0 + $1.aloneBytes }
        let both = Set([record.sharedBytes, image.sharedBytes, memo.sharedBytes]).max() ?? 0
        #expect(try store.usage().blobs.bytes > alone + both + report.looseBytes)
    }

    /// Nobody stores a lock's text: the project has it, and records have.
    @Test func aLocksTextIsNotMissed() throws {
        let fixture = try StoreFixture()
        try fixture.write("in/f", [UInt8](repeating: 1, count: 40_000))
        let tree = try fixture.ingest("in")
        try fixture.store.setToolchain(name: "t", lock: Digest(of: [7]), image: tree)
        let image = try #require(try fixture.store.usageByRoot().roots.first { $0.kind == .toolchain })
        #expect(image.missing == 0 && image.aloneBytes >= 40_000)
    }

    @Test func whatIsHeldAsAFileAndAsATree() throws {
        let fixture = try StoreFixture()
        try fixture.write("in/d/f", [UInt8](repeating: 1, count: 40_000))
        let tree = try fixture.ingest("in")
        let entry = Fixtures.entry(name: "r", roots: [tree], blobs: [tree.digest])
        _ = try fixture.store.addRecord(entry, bytes: [1])
        let report = try fixture.store.usageByRoot()
        #expect(report.looseBytes == 0)
        #expect((report.roots.first?.aloneBytes ?? 0) >= 40_000)
    }
}

@Suite struct CheckTests {
    @Test func aSoundStoreHasNoProblems() throws {
        let fixture = try StoreFixture()
        try fixture.write("in/a", "a", mode: 0o755)
        try fixture.write("in/d/b", "a")
        let tree = try fixture.ingest("in")
        _ = try fixture.store.checkout(tree)
        _ = try fixture.store.addRecord(Fixtures.entry(name: "r", roots: [tree]), bytes: [1])
        _ = try fixture.store.records()
        let report = try fixture.store.fsck(repair: false)
        #expect(report.problems.isEmpty, "\(report.problems)")
        #expect(report.blobs == 5)
        #expect(report.checkouts == 1)
        #expect(report.refs == 1)
        #expect(report.isSound)
    }

    @Test func findsAndRepairsACorruptBlob() throws {
        let fixture = try StoreFixture()
        try fixture.write("in/a", "content")
        let tree = try fixture.ingest("in")
        let checkout = try fixture.store.checkout(tree)
        try fixture.store.setMemo(kind: "k", key: "k", tree: tree)
        let record = try fixture.store.addRecord(Fixtures.entry(name: "r", roots: [tree]), bytes: [1])
        try fixture.write("store/" + Layout.blob(Digest(of: Array("content".utf8)), isExecutable: false), "CONTENT")

        let found = try fixture.store.fsck(repair: false)
        #expect(found.problems.map(\.kind) == [.corruptBlob])
        #expect(!found.isSound)
        #expect(try fixture.store.contains(Digest(of: Array("content".utf8))))

        let repaired = try fixture.store.fsck(repair: true)
        #expect(Set(repaired.problems.map(\.kind)) == [.corruptBlob, .missing, .checkout])
        #expect(try !fixture.exists(checkout))
        #expect(try fixture.open("store/quarantine").entries().count == 1)
        #expect(try fixture.store.memo(kind: "k", key: "k") == nil)
        // The record stays, and says what is not there, until the content comes back.
        #expect(try fixture.store.records().map(\.digest) == [record])
        #expect(try fixture.store.fsck(repair: true).problems.map(\.isRepaired) == [false])
        #expect(try fixture.ingest("in") == tree)
        #expect(try fixture.store.fsck(repair: false).problems.isEmpty)
        #expect(try fixture.read(fixture.store.checkout(tree) + "/a") == Array("content".utf8))
    }

    /// A checkout's paths are longer than those that were taken in, because it is somewhere in the store, and longer again
    /// where a source lies below other folders.
    @Test func aCheckoutHasLongerPathsThanTheKernelTakes() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let folder = try fixture.makeFar("in", bytes: IngestOptions.pathLimit - 2)
        try folder.open("f", [.write, .create]).writeAll([1])
        var tree = try fixture.ingest("in")
        for _ in 0..<30 {
            let name = String(repeating: "o", count: 200)
            tree = try store.write(Directory(directories: [.init(name: name, tree: tree)]))
        }
        let before = try store.usage()
        _ = try store.checkout(tree)
        #expect(try store.usage().checkouts.files == before.checkouts.files + 1)
        #expect(try store.usage().blobs == before.blobs)
        #expect(try store.fsck(repair: false).problems.isEmpty)
        let watch = try InputWatch(store: store, inputs: [.init(place: "/in", tree: tree)])
        let findings = try watch.look(.full)
        #expect(findings.difference == nil && findings.hashed == 1)

        var inner = try fixture.open("store/" + Layout.tree(tree))
        while let entry = try inner.entries().first, try inner.status(of: entry.name).kind == .directory {
            inner = try inner.open(entry.name, .directory)
        }
        try inner.makeSymlink("extra", target: "x")
        #expect(try store.fsck(repair: false).problems.map(\.kind) == [.checkout])
        #expect(try watch.look(.full).difference?.path.hasPrefix("/in/ooo") == true)
        #expect(try store.fsck(repair: true).isSound)
    }

    @Test func findsEveryOtherKind() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        try fixture.write("in/a", "a")
        let tree = try fixture.ingest("in")
        let checkout = try store.checkout(tree)
        let inside = try Descriptor.workingDirectory.open(checkout, .directory)
        try inside.makeSymlink("extra", target: "x")
        let blob = try store.write([1])
        try Descriptor.workingDirectory.setPermissions(
            of: "\(store.path)/\(Layout.blob(blob, isExecutable: false))", 0o600)
        try fixture.write("store/blobs/\(blob.hex.prefix(2))/README", "x")
        let record = try store.addRecord(Fixtures.entry(name: "r"), bytes: [2])
        try fixture.write("store/" + Layout.record(record), "")
        try store.setCachedRecord(action: Digest(of: [3]), record: Digest(of: [99]))
        try fixture.write("store/index.sqlite", [UInt8](repeating: 1, count: 5000))
        let found = try store.fsck(repair: false)
        #expect(Set(found.problems.map(\.kind)) == [.attributes, .stranger, .missing, .name, .checkout, .index])
        let repaired = try store.fsck(repair: true)
        #expect(repaired.isSound, "\(repaired.problems)")
        #expect(try store.fsck(repair: false).problems.isEmpty)
    }

    /// A name that somebody gave the last time that there is.
    @Test(.enabled(if: TestFolder.hasMemory, "no other file system keeps such times"), arguments: [Int64.max, .min])
    func anyTimeOfUseIsATime(seconds: Int64) throws {
        let fixture = try StoreFixture(inMemory: true)
        let store = fixture.store
        let tree = try store.write(Directory.empty)
        try store.setMemo(kind: "k", key: "k", tree: tree)
        let memo = "\(store.path)/\(Layout.memo(kind: "k", key: "k"))"
        try Descriptor.workingDirectory.setTimes(of: memo, FileTime(seconds: seconds))
        #expect(try fixture.status(memo).modified.seconds == seconds)
        #expect(try store.memo(kind: "k", key: "k") == tree)
        #expect(try store.gc(GCOptions(graceSeconds: 0)).memos == 0)
    }
}
