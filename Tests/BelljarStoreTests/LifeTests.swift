import BelljarControls
import BelljarKernel
import BelljarModel
import GRDB
import Testing

@testable import BelljarStore

@Suite struct NameTests {
    @Test func remembers() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let tree = try store.write(Directory(symlinks: [.init(name: "l", target: "t")]))
        #expect(try store.memo(kind: "unpack", key: "k") == nil)
        try store.setMemo(kind: "unpack", key: "k", tree: tree)
        #expect(try store.memo(kind: "unpack", key: "k") == tree)
        #expect(try store.memo(kind: "unpack", key: "other") == nil)
        #expect(try store.memo(kind: "other", key: "k") == nil)
        let lost = TreeDigest(digest: Digest(of: [1]), size: 1)
        try store.setMemo(kind: "unpack", key: "lost", tree: lost)
        #expect(try store.memo(kind: "unpack", key: "lost") == nil)

        let lock = Digest(of: Array("lock".utf8))
        try store.setToolchain(name: "debian", lock: lock, image: tree)
        #expect(try fixture.reopened().toolchainImage(lock: lock) == tree)
        #expect(try store.toolchainImage(lock: Digest(of: [])) == nil)
    }

    @Test func aTornNameCountsAsNone() throws {
        let fixture = try StoreFixture()
        let tree = try fixture.store.write(.empty)
        try fixture.store.setMemo(kind: "k", key: "k", tree: tree)
        let record = try fixture.store.write([1])
        let action = Digest(of: [2])
        try fixture.store.setCachedRecord(action: action, record: record)
        #expect(try fixture.store.cachedRecord(action: action) == record)
        try fixture.write("store/" + Layout.memo(kind: "k", key: "k"), "{\"tree\":{\"dig")
        try fixture.write("store/" + Layout.action(action), record.hex)
        #expect(try fixture.store.memo(kind: "k", key: "k") == nil)
        #expect(try fixture.store.cachedRecord(action: action) == nil)
    }

    @Test func listsRecordsNewestFirst() throws {
        let fixture = try StoreFixture()
        var digests: [Digest] = []
        for created in [200, 100, 300] as [UInt64] {
            let entry = Fixtures.entry(name: "r\(created)", created: created, blobs: [Digest(of: [9])])
            digests.append(try fixture.store.addRecord(entry, bytes: Array("record \(created)".utf8)))
        }
        let listed = try fixture.store.records()
        #expect(listed.map(\.created) == [300, 200, 100])
        #expect(listed.map(\.digest) == [digests[2], digests[0], digests[1]])
        #expect(listed[0].blobs == [Digest(of: [9])])
        #expect(try fixture.store.read(digests[0], limit: 99) == Array("record 200".utf8))
        // Another process adds one; this one sees it.
        _ = try fixture.reopened().addRecord(Fixtures.entry(name: "late", created: 400), bytes: [4])
        #expect(try fixture.store.records().map(\.name) == ["late", "r300", "r200", "r100"])
    }

    /// A quick build follows another within a second, and `show` by name has to find the later one.
    @Test func recordsOfOneSecondAreInTheirOrder() throws {
        let fixture = try StoreFixture()
        for nanoseconds in [5, 999_999_999, 0, 70, 6] as [UInt32] {
            let entry = Fixtures.entry(name: "n\(nanoseconds)", nanoseconds: nanoseconds)
            _ = try fixture.store.addRecord(entry, bytes: Array("record \(nanoseconds)".utf8))
        }
        let names = ["n999999999", "n70", "n6", "n5", "n0"]
        #expect(try fixture.store.records().map(\.name) == names)
        // The same without the index: a folder in its place cannot be opened.
        try fixture.store.index.reset()
        try fixture.write("store/index.sqlite/file", "")
        #expect(try fixture.reopened().records().map(\.name) == names)
        #expect(fixture.notices.all.count == 1)
    }

    /// Equal builds of one second have one record, and its file and the index go on saying the same of it.
    @Test(arguments: [
        // When, a rebuild or not, and what is listed in the end.
        [(5, false), (9, false)], [(9, false), (5, true)], [(5, true), (9, false)], [(5, true), (9, true)],
    ])
    func aRecordThatIsAddedAgainIsListedOnce(_ additions: [(nanoseconds: UInt32, isRebuild: Bool)]) throws {
        let fixture = try StoreFixture()
        let original = Digest(of: [7])
        for addition in additions {
            var entry = Fixtures.entry(name: "r", nanoseconds: addition.nanoseconds)
            entry.rebuildOf = addition.isRebuild ? original : nil
            let digest = try fixture.store.addRecord(entry, bytes: [1])
            #expect(try fixture.store.records() == [fixture.store.recordEntry(digest)])
        }
        let isBuild = additions.contains { !$0.isRebuild }
        #expect(try fixture.store.records().map(\.rebuildOf) == [isBuild ? nil : original])
        #expect(try fixture.store.fsck(repair: false).problems.isEmpty)
    }

    @Test func theIndexComesBackFromTheFiles() throws {
        let fixture = try StoreFixture()
        for number in 0..<5 {
            _ = try fixture.store.addRecord(
                Fixtures.entry(name: "r\(number)", created: UInt64(number)), bytes: [UInt8(number)])
        }
        let listed = try fixture.store.records()
        #expect(listed.count == 5)
        for suffix in ["", "-wal", "-shm"] {
            try Descriptor.workingDirectory.removeTree("\(fixture.store.path)/index.sqlite\(suffix)")
        }
        #expect(try fixture.reopened().records() == listed)
        #expect(fixture.notices.all.isEmpty)
        // Not a database at all, one whose pages are damaged, and one that was cut off.
        let sound = try fixture.read("\(fixture.store.path)/index.sqlite")
        #expect(sound.count > 5000)
        let rubbish: [[UInt8]] = [
            Array(repeating: 0x5a, count: 8192), sound.enumerated().map { $0.offset > 100 ? 0xa5 : $0.element },
            Array(sound.prefix(5000)), Array(sound.prefix(50)),
        ]
        for (round, content) in rubbish.enumerated() {
            for suffix in ["-wal", "-shm"] {
                try Descriptor.workingDirectory.removeTree("\(fixture.store.path)/index.sqlite\(suffix)")
            }
            try fixture.write("store/index.sqlite", content)
            #expect(try fixture.reopened().records() == listed)
            #expect(fixture.notices.all.count == round + 1)
        }
    }

    /// What SQLite itself copes with: an empty file, and a journal that belongs to nothing.
    @Test func anEmptyIndexAndAStrayJournal() throws {
        let fixture = try StoreFixture()
        _ = try fixture.store.addRecord(Fixtures.entry(name: "r"), bytes: [1])
        try fixture.write("store/index.sqlite", "")
        try fixture.write("store/index.sqlite-wal", [UInt8](repeating: 0x5a, count: 10_000))
        let store = try fixture.reopened()
        #expect(try store.records().map(\.name) == ["r"])
        #expect(try store.fsck(repair: false).problems.isEmpty)
    }

    /// SQLite finds nothing wrong with these tables, which belljar never makes.
    @Test(arguments: [
        "'%', 1, 0, 'r', NULL", "NULL, 1, 0, 'r', '{}'", "'%', 1, 0, 'r', x'ff00'", "'%', 1, 0, 'r', '{}'",
        "'r', 1, 0, 'r', '{}'",
    ])
    func anIndexOfSomebodyElse(_ row: String) throws {
        let fixture = try StoreFixture()
        let record = try fixture.store.addRecord(Fixtures.entry(name: "r"), bytes: [1])
        let listed = try fixture.store.records()
        func replace() throws {
            let database = try DatabaseQueue(path: "\(fixture.store.path)/index.sqlite")
            try database.write { database in
                try database.execute(
                    sql: """
                        DROP TABLE record;
                        CREATE TABLE record (digest, created, nanoseconds, name, entry);
                        INSERT INTO record VALUES (\(row.replacing("%", with: record.hex)));
                        """)
            }
            try database.close()
        }
        try replace()
        let store = try fixture.reopened()
        #expect(try store.fsck(repair: false).problems.map(\.kind) == [.index])
        #expect(try store.records() == listed)
        #expect(fixture.notices.all.count == 1)
        try replace()
        #expect(try fixture.reopened().fsck(repair: true).isSound)
        #expect(try fixture.reopened().fsck(repair: false).problems.isEmpty)
    }

    /// The check says so before anybody asks for records, and mends it.
    @Test(arguments: [0x00, 0x5a, 0xff] as [UInt8])
    func fsckMendsTheIndex(_ byte: UInt8) throws {
        let fixture = try StoreFixture()
        for number in 0..<50 {
            _ = try fixture.store.addRecord(
                Fixtures.entry(name: "r\(number)", created: UInt64(number)), bytes: [UInt8(number)])
        }
        let listed = try fixture.store.records()
        let path = "\(fixture.store.path)/index.sqlite"
        let damaged = try fixture.read(path).enumerated().map { $0.offset > 4096 ? byte : $0.element }
        for suffix in ["-wal", "-shm"] { try Descriptor.workingDirectory.removeTree(path + suffix) }
        try fixture.write("store/index.sqlite", damaged)
        let store = try fixture.reopened()
        #expect(try store.fsck(repair: false).problems.map(\.kind) == [.index])
        #expect(try store.fsck(repair: true).isSound)
        #expect(try fixture.reopened().records() == listed)
        #expect(try store.fsck(repair: false).problems.isEmpty)
    }

    /// The right version with other tables: SQLite finds nothing wrong with it, and answers every question with an error.
    @Test func anIndexWithOtherTables() throws {
        let fixture = try StoreFixture()
        let record = try fixture.store.addRecord(Fixtures.entry(name: "r"), bytes: [1])
        let path = fixture.store.path + "/index.sqlite"
        func replace() throws {
            _ = try fixture.reopened().records()
            let bytes = try fixture.read(path).replacing(Array("record".utf8), with: Array("recorx".utf8))
            try fixture.write("store/index.sqlite", bytes)
        }
        try replace()
        #expect(try fixture.reopened().records().map(\.digest) == [record])
        #expect(fixture.notices.all.map { $0.contains("its tables are not belljar's") } == [true])
        try replace()
        #expect(try fixture.reopened().fsck(repair: false).problems.map(\.kind) == [.index])
        #expect(try fixture.reopened().fsck(repair: true).isSound)
        #expect(try fixture.reopened().fsck(repair: false).problems.isEmpty)
    }

    /// What is no file is damage too, whatever SQLite makes of it.
    @Test func fsckMendsAFolderInTheIndexsPlace() throws {
        let fixture = try StoreFixture()
        _ = try fixture.store.addRecord(Fixtures.entry(name: "r"), bytes: [1])
        try fixture.write("store/index.sqlite/file", "")
        let found = try fixture.store.fsck(repair: false).problems
        #expect(found.map { "\($0.kind) \($0.finding)" } == ["index a directory"])
        #expect(try fixture.store.fsck(repair: true).isSound)
        #expect(try fixture.status(fixture.store.path + "/index.sqlite").kind == .regular)
        #expect(try fixture.reopened().records().map(\.name) == ["r"])
        #expect(fixture.notices.all.isEmpty)
    }

    /// Whatever keeps SQLite from reading a file that may well be sound is the host's, and never ends in a repair.
    @Test(.disabled(if: Host.effectiveUid == 0, "root may read every file"))
    func anIndexThatCannotBeReadIsNoDamage() throws {
        let fixture = try StoreFixture()
        _ = try fixture.store.addRecord(Fixtures.entry(name: "r"), bytes: [1])
        let path = fixture.store.path + "/index.sqlite"
        _ = try fixture.store.records()
        let inode = try fixture.status(path).inode
        try Descriptor.workingDirectory.setPermissions(of: path, 0)
        for repair in [false, true] {
            let error = #expect(throws: BelljarError.self) { try fixture.reopened().fsck(repair: repair) }
            #expect(error?.code == .host)
            #expect(error?.answer == "unable to open database file (SQLite 14)")
            #expect(error?.remedy?.contains("ulimit -n") == true)
        }
        try Descriptor.workingDirectory.setPermissions(of: path, 0o644)
        #expect(try fixture.reopened().fsck(repair: false).problems.isEmpty)
        #expect(try fixture.status(path).inode == inode)
    }
}

@Suite struct OpeningTests {
    @Test func refusesANewerStore() throws {
        let fixture = try StoreFixture()
        try fixture.write("store/version", "2\n")
        try fixture.write("store/lease", "format 2\n")
        let error = #expect(throws: BelljarError.self) { try fixture.reopened() }
        #expect(error?.code == .host)
        #expect(error?.answer.contains("newer belljar (format 2, this one knows 1)") == true)
        #expect(error?.remedy?.contains("BELLJAR_STORE") == true)
        #expect(try fixture.read("\(fixture.store.path)/version") == Array("2\n".utf8))
    }

    /// With nothing else that says the format, as in stores of older versions: belljar cannot know whether the version is
    /// damaged, says so, and says how to mend it by hand. It never tells anybody to remove a store.
    @Test(arguments: ["", "0\n", "one\n", "1", "\u{0}", "2\n"])
    func refusesAnUnknownStore(version: String) throws {
        let fixture = try StoreFixture()
        try fixture.write("store/lease", "")
        try fixture.write("store/version", version)
        for mending in [false, true] {
            let error = #expect(throws: BelljarError.self) {
                try Store(path: fixture.store.path, owner: nil, mending: mending)
            }
            #expect(error?.code == (["0\n", "2\n"].contains(version) ? .host : .integrity))
            #expect(error?.remedy?.contains("printf '1\\n' > \(fixture.store.path)/version") == true)
            #expect(error?.remedy?.contains("remove") == false)
        }
        try fixture.write("store/version", "1\n")
        #expect(try fixture.reopened().fsck(repair: false).problems.isEmpty)
    }

    /// One bit of `version`, any of them. The other file that says the format tells it from a store of another version.
    @Test(arguments: 0..<16) func mendsAVersionWithAFlippedBit(bit: Int) throws {
        let fixture = try StoreFixture()
        let blob = try fixture.store.write([1, 2, 3])
        var bytes = Array("1\n".utf8)
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        try fixture.write("store/version", bytes)
        let error = #expect(throws: BelljarError.self) { try fixture.reopened() }
        #expect(error?.code == .integrity)
        #expect(error?.remedy?.contains("run `belljar store fsck --repair`; nothing") == true)
        #expect(try fixture.read("\(fixture.store.path)/version") == bytes)
        let report = try Store(path: fixture.store.path, owner: nil, mending: true).fsck(repair: true)
        #expect(report.problems.map(\.path) == ["version"])
        #expect(report.isSound)
        let mended = try fixture.reopened()
        #expect(try mended.contains(blob))
        #expect(try mended.fsck(repair: false).problems.isEmpty)
    }

    @Test func mendsALeaseThatSaysSomethingElse() throws {
        let fixture = try StoreFixture()
        try fixture.write("store/lease", "fornat 1\n")
        #expect(try fixture.reopened().fsck(repair: false).problems.map(\.path) == ["lease"])
        #expect(try fixture.reopened().fsck(repair: true).isSound)
        #expect(try fixture.reopened().fsck(repair: false).problems.isEmpty)
    }

    @Test func refusesAFolderWithOtherFiles() throws {
        let fixture = try StoreFixture()
        try fixture.write("mine/thesis.txt", "x")
        let error = #expect(throws: BelljarError.self) { try Store(path: fixture.folder + "/mine", owner: nil) }
        #expect(error?.answer.contains("thesis.txt") == true)
        #expect(try fixture.open("mine").entries().count == 1)
        #expect(throws: BelljarError.self) { try Store(path: "relative", owner: nil) }
    }

    /// Who only reads names a store that is there.
    @Test func nothingIsMadeForWhoReads() throws {
        let fixture = try StoreFixture()
        try fixture.write("full/x", "x")
        _ = try Descriptor.makeDirectories(fixture.folder + "/empty")
        for name in ["missing", "empty", "full", "full/x", "full/x/y"] {
            let error = #expect(throws: BelljarError.self) {
                try Store(path: "\(fixture.folder)/\(name)", owner: nil, making: false)
            }
            #expect(error?.code == .usage && error?.remedy != nil, "\(name)")
        }
        #expect(try fixture.open("empty").entries().isEmpty)
        #expect(try fixture.open("full").entries().count == 1)
        #expect((try? fixture.open("missing")) == nil)
        #expect(throws: Never.self) { try Store(path: fixture.store.path, owner: nil, making: false) }
    }

    /// Not a thing is made in a folder before its owner is known to be the right one.
    @Test(.enabled(if: Host.effectiveUid == 0, "only root can give folders away"), arguments: [nil, 4711])
    func aRefusalChangesNothingAsRoot(buildUid: UInt32?) throws {
        let fixture = try StoreFixture()
        try fixture.makeDirectory("theirs").setOwner(uid: 4712, gid: 4712)
        let before = try fixture.status(fixture.folder + "/theirs")
        let owner = buildUid.map { Account(uid: $0, gid: $0) }
        let error = #expect(throws: BelljarError.self) { try Store(path: fixture.folder + "/theirs", owner: owner) }
        #expect(error?.code == .host)
        #expect(error?.answer == "it belongs to uid 4712, and this belljar keeps its store as uid \(buildUid ?? 0)")
        #expect(error?.remedy?.contains("BELLJAR_STORE, or run as that user (as root: --build-uid 4712)") == true)
        #expect(try fixture.open("theirs").entries().isEmpty)
        #expect(try fixture.status(fixture.folder + "/theirs") == before)
    }

    /// Root's own empty folder, and the build account's, are what they were made for.
    @Test(.enabled(if: Host.effectiveUid == 0, "only root can give folders away"), arguments: [0, 4711])
    func anEmptyFolderIsTakenAsRoot(uid: UInt32) throws {
        let fixture = try StoreFixture()
        try fixture.makeDirectory("empty").setOwner(uid: uid, gid: uid)
        let store = try Store(path: fixture.folder + "/empty", owner: Account(uid: 4711, gid: 4711))
        #expect(try fixture.status(store.path).uid == 4711)
        #expect(try store.fsck(repair: false).isSound)
    }

    @Test func finishesAStoreThatWasHalfMade() throws {
        let fixture = try StoreFixture()
        try Descriptor.workingDirectory.unlink("\(fixture.store.path)/version")
        try Descriptor.workingDirectory.removeDirectory("\(fixture.store.path)/memos")
        #expect(try fixture.reopened().write([1]) == Digest(of: [1]))
        #expect(try fixture.read("\(fixture.store.path)/version") == Array("1\n".utf8))
    }

    @Test func isPrivate() throws {
        let fixture = try StoreFixture()
        #expect(try fixture.status(fixture.store.path).permissions == 0o700)
        let temporary = try fixture.store.makeTemporaryFolder()
        #expect(try fixture.status(temporary.path).permissions == 0o700)
        #expect(temporary.path.hasPrefix(fixture.store.path + "/tmp/"))
    }

    @Test(.enabled(if: Host.effectiveUid == 0, "only root can give files away"))
    func everythingBelongsToTheOwnerAsRoot() throws {
        let fixture = try StoreFixture()
        let path = fixture.folder + "/owned"
        let store = try Store(path: path, owner: Account(uid: 65_534, gid: 65_533))
        try fixture.write("in/d/f", "x", mode: 0o755)
        try fixture.open("in/d").makeSymlink("l", target: "f")
        let tree = try store.ingest(directory: fixture.open("in"), options: IngestOptions())
        _ = try store.checkout(tree)
        let record = try store.addRecord(Fixtures.entry(name: "r", roots: [tree]), bytes: [1])
        try store.setCachedRecord(action: Digest(of: [2]), record: record)
        try store.setMemo(kind: "k", key: "k", tree: tree)
        _ = try store.records()
        let temporary = try store.makeTemporaryFolder()
        var waiting = [path]
        while let next = waiting.popLast() {
            // The lock files of temporary folders are nobody's business but this process's.
            if next.hasSuffix(".lock") { continue }
            let status = try fixture.status(next)
            #expect(status.uid == 65_534 && status.gid == 65_533, "\(next)")
            guard status.kind == .directory else { continue }
            waiting += try Descriptor.workingDirectory.open(next, .directory).entries()
                .map { "\(next)/\(String(decoding: $0.name, as: UTF8.self))" }
        }
        withExtendedLifetime(temporary) {}
        #expect(try store.fsck(repair: false).problems.isEmpty)
        let error = #expect(throws: BelljarError.self) { try Store(path: path, owner: nil) }
        #expect(error?.answer.contains("belongs to uid 65534") == true)
    }

    @Test func aTemporaryFolderGoesWithItsOwner() throws {
        let fixture = try StoreFixture()
        var path = ""
        do {
            let temporary = try fixture.store.makeTemporaryFolder()
            path = temporary.path
            try fixture.write("\(path.dropFirst(fixture.folder.count + 1))/deep/file", "x")
        }
        #expect(try !path.isEmpty && !fixture.exists(path))
    }

    @Test func leftoversOfTheDeadGoAndThoseOfTheLivingStay() throws {
        let fixture = try StoreFixture()
        let living = try fixture.store.makeTemporaryFolder()
        try fixture.write("store/tmp/4711-1/1/half", "x")
        try fixture.write("store/tmp/4711-1.lock", "")
        try fixture.write("store/tmp/stray/file", "x")
        _ = try fixture.reopened()
        #expect(try fixture.exists(living.path))
        #expect(try fixture.leftovers().allSatisfy { $0.hasPrefix("\(Host.processId)-") })
    }
}
