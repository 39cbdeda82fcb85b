import BelljarControls
import BelljarKernel
import Testing

@testable import BelljarSupervisor

/// What callers say about themselves has an end, and no number of theirs is one too many.
@Suite struct BoundsTests {
    private static let odd: [UInt64] = [
        0, 1, 7, 8, 127, 4095, 1 << 31, 1 << 47, 1 << 63, 0x7fff_ffff_f000, UInt64(Int64.max), .max - 16, .max - 7,
        .max,
    ]

    private static func bytes(_ words: [UInt64]) -> [UInt8] {
        words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    }

    @Test func noNumberInAVectorIsTooLarge() throws {
        for random in Self.odd {
            for name in Self.odd {
                for address in Self.odd {
                    let stack = Self.bytes([33, 5, 25, random, 31, name, 0, 0]) + [UInt8](repeating: 0xaa, count: 200)
                    unsafe stack.withUnsafeBytes { stack in
                        guard let vector = unsafe AuxiliaryVector(stack) else { return }
                        guard let start = unsafe ProgramStart(stack, at: address, vector) else { return }
                        var key = StreamKey(seed: [])
                        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: stack.count, alignment: 16)
                        defer { unsafe copy.deallocate() }
                        unsafe copy.copyMemory(from: stack)
                        unsafe start.absorb(into: &key, copy)
                    }
                }
            }
        }
    }

    @Test func aVectorHasAnEnd() {
        func read(pairs: Int) -> Bool {
            let words = [UInt64](repeating: 7, count: 2 * pairs) + [0, 0]
            return unsafe Self.bytes(words).withUnsafeBytes { unsafe AuxiliaryVector($0) } != nil
        }
        #expect(read(pairs: 40))
        #expect(!read(pairs: 64))
    }

    @Test func aSearchHasAnEnd() throws {
        #expect(throws: Refusal.self) { _ = try WordSearch(0, in: [0..<WordSearch.maximumBytes + 1]) }
        #expect(throws: Refusal.self) { _ = try WordSearch(0, in: [0..<UInt64.max, 5..<9]) }
        #expect(throws: Refusal.self) {
            _ = try WordSearch(0, in: [0..<WordSearch.maximumBytes, 0..<1])
        }
        var search = try WordSearch(0, in: [0..<4096])
        let zeros = [UInt8](repeating: 0, count: 8 * WordSearch.maximumCount)
        unsafe try zeros.withUnsafeBytes { try unsafe search.look(at: $0, from: .max - 7) }
        #expect(search.found.count == WordSearch.maximumCount)
        #expect(throws: Refusal.self) {
            unsafe try zeros.withUnsafeBytes { try unsafe search.look(at: $0, from: 0) }
        }
    }

    /// A build sets the times of its files to whatever it likes, and kernels before 6.13 count them in ticks.
    @Test(arguments: [Int64.min, .min + 1, -1, 0, .max]) func noTimeOfAFileIsTooFar(time: Int64) {
        var state = FileState(hasFineTimes: false, epoch: 0)
        let now: Int64 = 1_700_000_000_000_000_000
        state.open(7, state.log.next(at: 0, now: now), time: time, now: now)
        let landmark = Landmark(time: 5000, real: .max)
        let shown = state.show(7, time: time, size: 0, .natural, isOpen: false, landmark)
        #expect(shown.modified != nil, "the time was set by nobody")
    }

    @Test func aDirectoryIsReadUpToASize() throws {
        let name = "belljar-bounds-\(UInt64.random(in: 0 ... .max))"
        let temporary = Host.environment("TMPDIR") ?? "/tmp"
        let parent = try Descriptor.workingDirectory.open(temporary, [.directory, .followingLinks])
        let folder = try Descriptor.makeDirectories(temporary + "/" + name)
        defer { try? parent.removeTree(name) }
        let padding = String(repeating: "n", count: 240)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe room.deallocate() }
        func read(_ size: DirectorySnapshot.Size) throws -> DirectorySnapshot? {
            unsafe try .read(try folder.open(".", .directory), .byName, size: size, room: room)
        }
        for index in 0..<4000 { _ = try folder.open(padding + "\(index)", [.write, .create]) }
        #expect(try read(.ordinary)?.count == 4002)
        for index in 4000..<4400 { _ = try folder.open(padding + "\(index)", [.write, .create]) }
        #expect(try read(.ordinary) == nil)
        let large = try #require(try read(.large))
        #expect(large.count == 4402)
        // Read as one piece of just the size that it needs.
        #expect(large.size < 2 * 4402 * 256)
        let cache = DirectoryCache()
        let directory = DirectoryIdentity(device: 1, inode: 1)
        let listing = cache.enter(large, of: directory)
        cache.advance(listing, to: 7)
        cache.giveUpLarge()
        #expect(cache.find(directory, at: listing.position(after: 6)) == nil)
        #expect(cache.lastName(directory, before: listing.position(after: 6)) == large.name(6))
    }

    @Test func oneDescriptorIsHeldForEachDirectory() throws {
        func hold() throws -> Int32 { try Descriptor.workingDirectory.open("/", .directory).release() }
        var state = FileState(hasFineTimes: true, epoch: 0)
        for index in 0..<1000 { #expect(state.remember(7, Ownership(uid: UInt32(1 + index % 2)), try hold())) }
        #expect(state.pins.count == 1)
        #expect(state.remember(7, Ownership(), try hold()))
        #expect(state.pins.count == 0 && state.owners.isEmpty)
    }

    /// Nobody tells when a file that has no name is gone.
    @Test func ofFilesWithoutNamesTheLastOnesHaveOwners() {
        var state = FileState(hasFineTimes: true, epoch: 0)
        for key in 1...5000 as ClosedRange<UInt64> {
            for uid in 1...2 as ClosedRange<UInt32> {
                let isRemembered = state.remember(key, Ownership(uid: uid), nil, hasName: false)
                #expect(isRemembered)
            }
            // This one is given a name.
            if key == 2000 { state.nameless.remove(key) }
        }
        let owners = state.owners
        #expect(owners.count == NamelessOwners.maximumCount + 1)
        #expect(owners[5000]?.uid == 2 && owners[2000]?.uid == 2 && owners[2001] == nil)
    }
}
