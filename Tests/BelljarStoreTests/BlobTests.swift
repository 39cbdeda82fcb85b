import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarStore

@Suite struct BlobTests {
    @Test func keepsBytesUnderTheirDigest() throws {
        let fixture = try StoreFixture()
        let digest = try fixture.store.write(Array("hello\n".utf8))
        #expect(digest.hex == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")
        #expect(try fixture.store.contains(digest))
        #expect(try fixture.store.size(of: digest) == 6)
        #expect(try fixture.store.read(digest, limit: 6) == Array("hello\n".utf8))
        #expect(try fixture.store.open(digest).readAll(limit: 6) == Array("hello\n".utf8))
        let status = try fixture.status("\(fixture.store.path)/blobs/58/\(digest.hex)")
        #expect(status.permissions == 0o644)
        #expect(status.modified.seconds == 315_619_200)
        #expect(try fixture.reopened().read(digest, limit: 6) == Array("hello\n".utf8))
    }

    @Test func theExecutableVariantCountsToo() throws {
        let fixture = try StoreFixture()
        let digest = try fixture.store.write([1, 2], isExecutable: true)
        #expect(
            try fixture.status("\(fixture.store.path)/blobs/\(digest.hex.prefix(2))/\(digest.hex).x").permissions
                == 0o755)
        #expect(try fixture.store.read(digest, limit: 2) == [1, 2])
        #expect(try fixture.store.write([1, 2]) == digest)
        #expect(try fixture.blobPaths().count == 1)
    }

    @Test func saysWhatIsMissingOrTooLarge() throws {
        let fixture = try StoreFixture()
        let absent = Digest(of: [9])
        #expect(try !fixture.store.contains(absent))
        #expect(try fixture.store.size(of: absent) == nil)
        #expect(throws: BelljarError.self) { try fixture.store.read(absent, limit: 1) }
        let present = try fixture.store.write([1, 2, 3])
        let error = #expect(throws: BelljarError.self) { try fixture.store.read(present, limit: 2) }
        #expect(error?.answer == "it has more than 2 bytes")
    }

    @Test func noticesChangedContent() throws {
        let fixture = try StoreFixture()
        let digest = try fixture.store.write([1, 2, 3])
        try fixture.write("store/blobs/\(digest.hex.prefix(2))/\(digest.hex)", [3, 2, 1])
        let error = #expect(throws: BelljarError.self) { try fixture.store.read(digest, limit: 3) }
        #expect(error?.code == .integrity)
        #expect(error?.remedy?.contains("fsck") == true)
    }

    @Test func aWriterWithAnotherDigestKeepsNothing() throws {
        let fixture = try StoreFixture()
        let expected = Digest(of: Array("wanted".utf8))
        let writer = try fixture.store.makeWriter()
        try writer.write(Array("given".utf8))
        #expect(writer.count == 5)
        let error = #expect(throws: BelljarError.self) { try writer.commit(expected: expected) }
        #expect(error?.code == .integrity)
        #expect(error?.answer.contains(expected.description) == true)
        #expect(error?.answer.contains(Digest(of: Array("given".utf8)).description) == true)
        #expect(try fixture.blobPaths().isEmpty)
    }

    @Test func aWriterStreams() throws {
        let fixture = try StoreFixture()
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        do {
            let writer = try fixture.store.makeWriter()
            for start in stride(from: 0, to: bytes.count, by: 7001) {
                try writer.write(Array(bytes[start..<min(start + 7001, bytes.count)]))
            }
            #expect(try fixture.blobPaths().isEmpty)
            #expect(try writer.commit(expected: Digest(of: bytes)) == Digest(of: bytes))
            let dropped = try fixture.store.makeWriter()
            try dropped.write([1])
        }
        #expect(try fixture.blobPaths().count == 1)
        #expect(try fixture.store.read(Digest(of: bytes), limit: 1 << 20) == bytes)
    }

    @Test func aBatchShowsNothingBeforeItsCommit() throws {
        let fixture = try StoreFixture()
        let batch = try fixture.store.makeBatch()
        let digest = try batch.write([1])
        let tree = try batch.write(Directory(files: [.init(name: "f", digest: digest, size: 1, isExecutable: false)]))
        let record = try batch.addRecord(Fixtures.entry(name: "r", roots: [tree]), bytes: [2])
        try batch.setCachedRecord(action: Digest(of: [7]), record: record)
        #expect(try batch.contains(digest))
        #expect(try !fixture.store.contains(digest))
        #expect(try fixture.store.records().isEmpty)
        try batch.commit()
        #expect(try fixture.store.directory(tree).files.first?.digest == digest)
        #expect(try fixture.store.records().map(\.digest) == [record])
        #expect(try fixture.store.cachedRecord(action: Digest(of: [7])) == record)
        do { _ = try fixture.store.makeBatch().write([3, 3]) }
        #expect(try !fixture.store.contains(Digest(of: [3, 3])))
    }

    @Test func threadsWriteTheSameAtOnce() async throws {
        let fixture = try StoreFixture()
        let digests = try await withThrowingTaskGroup(of: Digest.self) { group in
            for number in 0..<32 {
                group.addTask { try fixture.store.write([UInt8(number % 4), 1], isExecutable: number % 8 > 3) }
            }
            return try await group.reduce(into: Set<Digest>()) { $0.insert($1) }
        }
        #expect(digests.count == 4)
        for digest in digests { #expect(try fixture.store.read(digest, limit: 2).last == 1) }
    }
}

/// What is left of a commit that ends half way.
@Suite struct HalfCommitTests {
    /// A file at the folder of one blob makes the commit end at just that blob. Whoever finds a directory in a store
    /// takes what is in it for granted, so the directory must not have come first. Many rounds, because a wrong order
    /// can come out right by chance.
    @Test func aDirectoryNeverComesBeforeItsContent() throws {
        for round in 0..<20 {
            let fixture = try StoreFixture()
            let content = Array("content \(round)".utf8)
            let digest = Digest(of: content)
            let batch = try fixture.store.makeBatch()
            try batch.write(content)
            let file = Directory.File(name: "f", digest: digest, size: UInt64(content.count), isExecutable: false)
            let tree = try batch.write(Directory(files: [file]))
            guard tree.digest.hex.prefix(2) != digest.hex.prefix(2) else { continue }
            try fixture.write("store/blobs/\(digest.hex.prefix(2))", "in the way")
            #expect(throws: BelljarError.self) { try batch.commit() }
            #expect(try !fixture.store.contains(tree.digest), "round \(round)")
        }
    }
}
