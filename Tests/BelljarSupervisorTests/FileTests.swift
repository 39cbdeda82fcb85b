import BelljarKernel
import Testing

@testable import BelljarSupervisor

/// The pure parts of what a build sees of files.
@Suite struct FileTests {
    private static func number(_ path: String) -> PathNumber {
        unsafe Array(path.utf8).withUnsafeBytes { unsafe PathNumber($0) }
    }

    @Test func numbersFollowFromPaths() {
        let name = Array("passwd".utf8)
        let appended = unsafe name.withUnsafeBytes { unsafe Self.number("/etc").appending($0) }
        #expect(appended.inode == Self.number("/etc/passwd").inode)
        let below = unsafe name.withUnsafeBytes { unsafe Self.number("/").appending($0) }
        #expect(below.inode == Self.number("/passwd").inode)
        // The numbers are part of what builds can write down, so they never change.
        #expect(Self.number("/etc/passwd").inode == 1765563794)
        #expect(Self.number("/etc/passwd").fileInode == 1765563795)
        // Nothing that keeps its number has that of what comes to be at its first place.
        #expect(PathNumber.next(after: Self.number("/build/a").fileInode) % 2 == 1)
        #expect(PathNumber.next(after: Self.number("/build/a").inode) % 2 == 0)
        let numbers = (0..<200_000).map { Self.number("/build/file\($0)").inode }
        #expect(numbers.allSatisfy { $0 > 0 && $0 < 1 << 32 })
        // Some want the same one.
        #expect(Set(numbers).count < numbers.count)
    }

    @Test func noTwoPathsAreGivenOneNumber() {
        var given = GivenNumbers()
        let paths = (0..<200_000).map { Self.number("/build/file\($0)") }
        let numbers = paths.map { given.number(of: $0, on: 7) }
        #expect(Set(numbers).count == numbers.count)
        #expect(paths.map { given.number(of: $0, on: 7) } == numbers)
        // Nearly all have what their path says, in whatever order they are asked for.
        #expect(zip(paths, numbers).count { $0.inode != $1 } < 30)
        // On another mount they may have the same ones.
        #expect(given.number(of: paths[5], on: 8) == paths[5].inode)
        // What is more than can be kept is still the same each time.
        let more = (0..<100_000).map { given.number(of: Self.number("/more/\($0)"), on: 7) }
        #expect((0..<100_000).map { given.number(of: Self.number("/more/\($0)"), on: 7) } == more)
        #expect(given.count == GivenNumbers.maximumCount)
    }

    @Test func numbersOfResolvedPathsAreKept() {
        func text(_ path: String, followsLink: Bool = true) -> UInt64 {
            unsafe Array(path.utf8).withUnsafeBytes { unsafe PathNumberCache.text($0, followsLink: followsLink) }
        }
        let cache = PathNumberCache()
        #expect(cache.find(text("/usr/bin/cc"), file: 7) == nil)
        cache.keep(text("/usr/bin/cc"), file: 7, inode: 70)
        cache.keep(text("/usr/bin/cc", followsLink: false), file: 8, inode: 80)
        #expect(cache.find(text("/usr/bin/cc"), file: 7) == 70)
        #expect(cache.find(text("/usr/bin/cc", followsLink: false), file: 8) == 80)
        // The path leads elsewhere now, or another has its place.
        #expect(cache.find(text("/usr/bin/cc"), file: 9) == nil)
        #expect(cache.find(text("/usr/bin/cd"), file: 7) == nil)
    }

    @Test func ordinalsBecomeNanoseconds() {
        let table: [(UInt32, UInt32)] = [
            (0, 0), (1, 1000), (900_000, 900_000_000), (900_001, 900_000_001), (100_899_998, 999_999_998),
            (.max, 999_999_998),
        ]
        for (number, expected) in table { #expect(Ordinal(number: number).nanoseconds == expected) }
        #expect(Ordinal(number: 7, step: 999).nanoseconds == 7999)
        #expect(Ordinal(number: 899_999, step: 999).nanoseconds == 899_999_999)
        #expect(Ordinal(number: 900_000, step: 999).nanoseconds == 900_000_000)
    }

    @Test func positionsFollowFromTimes() {
        var log = ChangeLog()
        #expect(log.position(at: 0) == 0)
        for time in stride(from: Int64(1_000_000_000), to: 2_000_000_000, by: 10_000_000) { _ = log.next(now: time) }
        #expect(log.count == 100)
        #expect(log.position(at: 999_999_999) == 0)
        #expect(log.position(at: 1_500_000_000) == 51)
        #expect(log.position(at: 1_549_999_999) == 51)
        // More samples than there is room for: the older ones get coarser, and stay in order.
        for time in stride(from: Int64(2_000_000_000), to: 1_000_000_000_000, by: 50_000_000) {
            _ = log.next(now: time)
        }
        let positions = stride(from: Int64(0), to: 1_000_000_000_000, by: 1_000_000_000).map { log.position(at: $0) }
        #expect(positions == positions.sorted())
        #expect(log.count == log.position(at: .max))
    }

    @Test func filesAreFoundAgain() {
        var table = FileTable()
        for key in 1...UInt64(FileTable.maximumCount) {
            let slot = table.enter(key)
            table[slot].ordinal = UInt32(key)
            #expect(table.inode(of: slot, wanted: key) == key)
        }
        for key in stride(from: 1, through: UInt64(FileTable.maximumCount), by: 997) {
            #expect(table.find(key).map { table[$0].ordinal } == UInt32(key))
        }
        // One more takes the place of the oldest.
        let slot = table.enter(1 << 40)
        #expect(table.find(1) == nil && table.find(2) != nil && table.find(1 << 40) == slot)
        #expect(table.inode(of: slot, wanted: 1) == 1)
    }

    @Test func numbersOfLivingFilesAreTaken() {
        var table = FileTable()
        let first = table.enter(10)
        #expect(table.inode(of: first, wanted: 77) == 77)
        let second = table.enter(11)
        #expect(table.inode(of: second, wanted: 77) == PathNumber.next(after: 77))
        table.forget(10)
        let third = table.enter(12)
        #expect(table.inode(of: third, wanted: 77) == 77)
        // One that is there after all has a number of its own.
        table.revive(first)
        #expect(table[first].inode == 0 && table.inode(of: first, wanted: 77) != 77)
        table.forget(10)
        // Files that are long dead make room.
        for key in UInt64(100)..<5000 {
            _ = table.enter(key)
            table.forget(key)
        }
        #expect(table.find(10) == nil && table.find(4999) != nil && table.find(11) == second)
        #expect(table.count < 1100)
    }

    @Test func mountsHaveConstantNumbers() {
        let text = """
            157 130 0:42 / / ro,nosuid,nodev,relatime - overlay none ro
            158 157 0:39 /dev /dev ro,nosuid - tmpfs none rw
            159 158 0:6 /null /dev/null rw,nosuid - devtmpfs devtmpfs rw
            166 157 0:49 / /proc rw,nosuid - proc none rw
            168 166 0:39 /empty /proc/acpi ro - tmpfs none rw
            182 157 0:39 /build /build rw,nosuid - tmpfs none rw
            190 157 8:1 /x /inputs/b ro - ext4 none rw
            191 157 8:1 /y /inputs/a ro - ext4 none rw
            192 157 0:50 / /work rw shared:5 master:6 - overlay none rw
            """
        let map = MountMap(Array(text.utf8))
        #expect(
            [157, 158, 159, 166, 168, 182, 190, 191, 7].map { map.mount($0).device }
                == [
                    32, 36, 36, 39, 39, 33, 65, 64, 31,
                ].map { 0x7_0000 + $0 })
        #expect(map.mount(192).isLayered && map.mount(157).isLayered && !map.mount(182).isLayered)
        #expect(map.mount(157).kind == .fixed && map.mount(182).kind == .changeable)
        #expect(map.mount(168).kind == .processes && map.mount(7).kind == .unknown)
    }

    @Test func deviceNumbersAreEncoded() {
        let table: [(UInt64, UInt64, UInt64)] = [(0, 33, 33), (1, 3, 259), (8, 256, 0x100800), (0, 300, 0x10002c)]
        for (major, minor, expected) in table { #expect(StatusStructure.encode(major << 32 | minor) == expected) }
        #expect(MemoryLayout<StatusStructure>.size == 144 && MemoryLayout<FileFacts>.size == 256)
    }

    @Test func openingIsNoChangeUntilItIsOne() {
        var state = FileState(hasFineTimes: true)
        state.change(5, state.log.next(now: 1000))
        let other = state.log.next(now: 1000)
        state.change(6, other)
        state.open(5, state.log.next(now: 1000), time: 900, now: 1000)
        #expect(state.shown(5, time: 900) == Ordinal(number: 1))
        #expect(state.shown(5, time: 901) == Ordinal(number: 3))
        // A kernel that counts ticks cannot tell.
        var coarse = FileState(hasFineTimes: false)
        coarse.change(5, coarse.log.next(now: 1000))
        coarse.open(5, coarse.log.next(now: 1000), time: 900, now: 1000)
        #expect(coarse.shown(5, time: 900) == Ordinal(number: 2))
    }

    @Test func whatIsWrittenLaterMovesNoOther() {
        var state = FileState(hasFineTimes: true)
        state.change(5, state.log.next(now: 1000))
        state.change(6, state.log.next(now: 1000))
        #expect(state.shown(5, time: 1000) == Ordinal(number: 1))
        // An hour later, through what was opened then.
        #expect(state.shown(5, time: 3_600_000_000_000) == Ordinal(number: 1, step: 1))
        #expect(state.shown(5, time: 3_600_000_000_000) == Ordinal(number: 1, step: 1))
        #expect(state.shown(5, time: 3_700_000_000_000) == Ordinal(number: 1, step: 2))
        #expect(state.shown(6, time: 1000) == Ordinal(number: 2))
        #expect(state.log.count == 2)
        // Opened again it keeps that, until it is written to.
        state.open(5, state.log.next(now: 4_000_000_000_000), time: 3_700_000_000_000, now: 4_000_000_000_000)
        #expect(state.shown(5, time: 3_700_000_000_000) == Ordinal(number: 1, step: 2))
        #expect(state.shown(5, time: 4_000_000_000_000) == Ordinal(number: 3))
    }

    @Test func timesThatWereSetHoldUntilTheFileIsWrittenTo() {
        var state = FileState(hasFineTimes: true)
        state.change(5, state.log.next(now: 1000))
        state.set(5, time: 500)
        state.open(5, state.log.next(now: 2000), time: 500, now: 2000)
        #expect(state.shown(5, time: 500) == nil)
        #expect(state.shown(5, time: 2000) == Ordinal(number: 2))
    }
}

extension FileState {
    /// As a program that looks at the file by its name is shown it; nil for a time that was set.
    fileprivate mutating func shown(_ key: UInt64, time: Int64) -> Ordinal? {
        switch show(key, time: time, keeps: true) {
        case .ordinal(let ordinal): ordinal
        case .explicit: nil
        }
    }
}
