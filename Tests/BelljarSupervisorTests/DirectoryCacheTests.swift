import BelljarKernel
import Testing

@testable import BelljarSupervisor

/// Listings, their positions, and what is left of them when there is no room.
@Suite struct DirectoryCacheTests {
    private final class Folder {
        let path: String
        private let name: String
        private let parent: Descriptor
        let directory: Descriptor

        init() throws {
            let temporary = Host.environment("TMPDIR") ?? "/tmp"
            name = "belljar-directories-\(UInt64.random(in: 0 ... .max))"
            path = temporary + "/" + name
            parent = try Descriptor.workingDirectory.open(temporary, [.directory, .followingLinks])
            directory = try Descriptor.makeDirectories(path)
        }

        deinit { try? parent.removeTree(name) }

        func make(_ names: [String]) throws {
            for name in names { _ = try directory.open(name, [.write, .create]) }
        }

        func snapshot(_ order: DirectorySnapshot.Order = .byName) throws -> DirectorySnapshot {
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
            defer { room.deallocate() }
            let own = try directory.open(".", .directory)
            return try #require(try .read(own, order, size: .ordinary, room: room))
        }
    }

    private func names(_ snapshot: DirectorySnapshot) -> [String] {
        (0..<snapshot.count).map { String(decoding: snapshot.name($0), as: UTF8.self) }
    }

    private static func directory(_ number: UInt64) -> DirectoryIdentity { .init(device: 1, inode: number) }

    @Test func namesAreInOrder() throws {
        let folder = try Folder()
        let odd = ["!", "-", "..a", "...", "B", "a", "a0", "aa", "b", "é", String(repeating: "n", count: 255)]
        try folder.make(odd.reversed())
        let expected = [".", ".."] + odd.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        #expect(names(try folder.snapshot()) == expected)
        #expect(Set(names(try folder.snapshot(.unknown))) == Set(expected))
    }

    @Test func numbersComeLastAndByTheirValue() throws {
        let folder = try Folder()
        try folder.make(["10", "9", "1x", "self", "100", "0", "fs"])
        #expect(names(try folder.snapshot(.byNumber)) == [".", "..", "1x", "fs", "self", "0", "9", "10", "100"])
    }

    @Test func positionsFollowFromTheNames() throws {
        let (one, two) = (try Folder(), try Folder())
        for folder in [one, two] { try folder.make((0..<3000).map { "n\($0)" }) }
        let cache = DirectoryCache()
        let first = cache.enter(try one.snapshot(), of: Self.directory(1))
        let second = cache.enter(try two.snapshot(), of: Self.directory(2))
        #expect(first.base == second.base)
        #expect(first.position(after: 3001) == DirectoryCache.end)
        for index in [0, 1, 1500, 3000] {
            let position = first.position(after: index)
            #expect(position < DirectoryCache.end && position > 0)
            let found = try #require(cache.find(Self.directory(1), at: position))
            #expect(found.index == index + 1)
        }
        #expect(cache.find(Self.directory(3), at: first.position(after: 0)) == nil)
        #expect(cache.find(Self.directory(1), at: 5) == nil)

        // The same again is the same listing; another one has other positions.
        #expect(cache.enter(try one.snapshot(), of: Self.directory(1)).base == first.base)
        try one.make(["new"])
        let changed = cache.enter(try one.snapshot(), of: Self.directory(1))
        #expect(changed.base != first.base)
        #expect(cache.find(Self.directory(1), at: first.position(after: 7))?.listing.snapshot.count == 3002)
        #expect(cache.find(Self.directory(1), at: changed.position(after: 7))?.listing.snapshot.count == 3003)
    }

    /// What is given up is found again behind the last name that was given, also when that name is gone.
    @Test func aListingThatWasGivenUpGoesOn() throws {
        let folder = try Folder()
        try folder.make((100..<200).map { "n\($0)" })
        let cache = DirectoryCache()
        let listing = cache.enter(try folder.snapshot(), of: Self.directory(1))
        cache.advance(listing, to: 40)
        let position = listing.position(after: 39)
        #expect(cache.lastName(Self.directory(1), before: position) == nil)
        for number in 2..<1000 { _ = cache.enter(try folder.snapshot(), of: Self.directory(UInt64(number))) }
        #expect(cache.find(Self.directory(1), at: position) == nil)
        let name = try #require(cache.lastName(Self.directory(1), before: position))
        #expect(String(decoding: name, as: UTF8.self) == "n137")

        try folder.directory.unlink("n137")
        try folder.directory.unlink("n139")
        let snapshot = try folder.snapshot()
        #expect(names(snapshot)[snapshot.index(after: name, .byName)] == "n138")
        #expect(snapshot.index(after: Array("n199".utf8), .byName) == snapshot.count)
        #expect(snapshot.index(after: Array("zzz".utf8), .byName) == snapshot.count)
        #expect(snapshot.index(after: Array("zzz".utf8), .unknown) == 0)
    }
}
