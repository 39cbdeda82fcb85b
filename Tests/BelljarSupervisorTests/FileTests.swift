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

    @Test func stampsBecomeNanoseconds() {
        let table: [(UInt64, UInt32, UInt64)] = [
            (0, 0, 0), (0, 1, 1000), (0, 46_875, 46_875_000), (0, 46_876, 46_875_001), (0, 1_048_575, 47_876_700),
            (50_000, 2, 50_002_000), (7_000_000, 1, 7_000_001_000), (990_000, 18, 990_018_000),
            (990_000, 19, 990_018_001), (999_000, 501, 999_500_001),
        ]
        for (time, count, expected) in table { #expect(Stamp(time: time, count: count).nanoseconds == expected) }
        #expect(Stamp(time: 0, count: 7).nanoseconds(step: 999) == 7999)
        #expect(Stamp(time: 0, count: 46_875).nanoseconds(step: 999) == 46_875_000)
        #expect(
            Stamp(time: 5, count: 1) > Stamp(time: 4, count: 9) && Stamp(time: 5, count: 1) < Stamp(time: 5, count: 2))
    }

    /// What the kernel refuses must not be remembered: gnulib's tests look.
    @Test func timesHaveFractionsOfASecond() {
        #expect(TimeForm.nanoseconds.wanted(seconds: 7, fraction: 0x3fff_ffff) == .now)
        #expect(TimeForm.nanoseconds.wanted(seconds: 7, fraction: 0x3fff_fffe) == .unchanged)
        let last = FileFacts.Moment(seconds: 7, nanoseconds: 999_999_999)
        #expect(TimeForm.nanoseconds.wanted(seconds: 7, fraction: 999_999_999) == .at(last))
        for fraction in [1_000_000_000, -1, 0x3fff_fffd, .max] as [Int64] {
            #expect(TimeForm.nanoseconds.wanted(seconds: 7, fraction: fraction) == .refused)
        }
        let micro = FileFacts.Moment(seconds: -7, nanoseconds: 999_999_000)
        #expect(TimeForm.microseconds.wanted(seconds: -7, fraction: 999_999) == .at(micro))
        for fraction in [1_000_000, -1, 0x3fff_ffff] as [Int64] {
            #expect(TimeForm.microseconds.wanted(seconds: 7, fraction: fraction) == .refused)
        }
    }

    /// A second has an end, and no phase goes beyond it.
    @Test(arguments: [0, 250_000, 123_457, 3_790_000] as [UInt64]) func phasesFollowEachOther(_ first: UInt64) {
        var (time, phases) = (first, 0)
        while Stamp.next(after: time) != time {
            let next = Stamp.next(after: time)
            #expect(next > time && next / 1_000_000 == first / 1_000_000)
            // All changes of a phase are between the readings before and after it.
            let last = Stamp(time: time, count: Stamp.room(in: time)).nanoseconds
            #expect(last > time * 1000 && last < Stamp.reading(after: time))
            #expect(Stamp.reading(after: time) == next * 1000)
            (time, phases) = (next, phases + 1)
        }
        #expect(time % 1_000_000 == 999_000 && 9950..<10_000 ~= phases)
        let reading = Stamp.reading(after: time)
        // Also as a double of seconds that is rounded to microseconds.
        #expect(reading % 1_000_000_000 == 999_999_000)
        let rounded = (Double(1_700_000_000 * 1_000_000_000 + reading % 1_000_000_000) / 1e9 * 1e6).rounded()
        #expect(rounded < 1_700_000_001e6)
        // Hundreds of thousands of changes, in their order, between the last phase's beginning and what clocks show then.
        #expect(Stamp.room(in: time) > 400_000)
        #expect(Stamp(time: time, count: Stamp.room(in: time)).nanoseconds < reading)
        #expect(Int(1_700_000_000 + Double(reading) / 1e9) == 1_700_000_000 + Int(reading / 1_000_000_000))
        // What is changed at a moment in it is of that phase.
        #expect(Stamp.phase(at: reading / 1000) == time && Stamp.phase(at: time - 1) == time - 1)
    }

    @Test func changesAreCountedByPhase() {
        var log = ChangeLog()
        #expect(log.next(at: 0, now: 1) == Stamp(time: 0, count: 1))
        #expect(log.next(at: 50_000, now: 1) == Stamp(time: 50_000, count: 1))
        #expect(log.next(at: 0, now: 1) == Stamp(time: 0, count: 2))
        #expect(log.highest == Stamp(time: 50_000, count: 1))
        // A full phase is followed by the next, and a full second by nothing.
        var last = log.next(at: 998_980, now: 1)
        #expect(last.time == 998_980)
        var isOrdered = true
        let rooms = Stamp.room(in: 998_980) + Stamp.room(in: 999_000)
        for _ in 1..<rooms {
            let next = log.next(at: 998_980, now: 1)
            isOrdered = isOrdered && next > last
            last = next
        }
        #expect(isOrdered)
        #expect(last == Stamp(time: 999_000, count: Stamp.room(in: 999_000)))
        #expect(log.next(at: 999_996, now: 1) == last)
        // As many phases as there are do not take more and more memory.
        for phase in 0..<200_000 as Range<UInt64> { _ = log.next(at: 2_000_000 + phase, now: 1) }
        let again = log.next(at: 0, now: 1)
        #expect(again.time == 0 && again.count > 2)
    }

    @Test func positionsFollowFromTimes() {
        var log = ChangeLog()
        #expect(log.position(at: 0).isNone)
        for time in stride(from: Int64(1_000_000_000), to: 2_000_000_000, by: 10_000_000) {
            _ = log.next(at: 0, now: time)
        }
        #expect(log.highest.count == 100)
        #expect(log.position(at: 999_999_999).isNone)
        #expect(log.position(at: 1_500_000_000).count == 51)
        #expect(log.position(at: 1_549_999_999).count == 51)
        // More samples than there is room for: the older ones get coarser, and stay in order.
        for time in stride(from: Int64(2_000_000_000), to: 1_000_000_000_000, by: 50_000_000) {
            _ = log.next(at: 0, now: time)
        }
        let positions = stride(from: Int64(0), to: 1_000_000_000_000, by: 1_000_000_000).map { log.position(at: $0) }
        #expect(positions == positions.sorted())
        #expect(log.highest == log.position(at: .max))
    }

    @Test func filesAreFoundAgain() {
        var table = FileTable()
        for key in 1...UInt64(FileTable.maximumCount) {
            let slot = table.enter(key)
            table[slot].modified = Stamp(time: key)
            #expect(table.inode(of: slot, wanted: key) == key)
        }
        for key in stride(from: 1, through: UInt64(FileTable.maximumCount), by: 997) {
            #expect(table.find(key).map { table[$0].modified } == Stamp(time: key))
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

    private static func state(hasFineTimes: Bool = true) -> FileState {
        FileState(hasFineTimes: hasFineTimes, epoch: 0)
    }

    @Test func openingIsNoChangeUntilItIsOne() {
        var state = Self.state()
        state.change(5, state.log.next(at: 0, now: 1000))
        state.change(6, state.log.next(at: 0, now: 1000))
        state.open(5, state.log.next(at: 0, now: 1000), time: 900, now: 1000)
        #expect(state.shown(5, time: 900) == 1000)
        #expect(state.shown(5, time: 901) == 3000)
        // A kernel that counts ticks cannot tell.
        var coarse = Self.state(hasFineTimes: false)
        coarse.change(5, coarse.log.next(at: 0, now: 1000))
        coarse.open(5, coarse.log.next(at: 0, now: 1000), time: 900, now: 1000)
        #expect(coarse.shown(5, time: 900) == 2000)
    }

    @Test func whatIsWrittenLaterMovesNoOther() {
        var state = Self.state()
        state.change(5, state.log.next(at: 0, now: 1000))
        state.change(6, state.log.next(at: 0, now: 1000))
        #expect(state.shown(5, time: 1000) == 1000)
        // An hour later, through what was opened then.
        #expect(state.shown(5, time: 3_600_000_000_000) == 1001)
        #expect(state.shown(5, time: 3_600_000_000_000) == 1001)
        #expect(state.shown(5, time: 3_700_000_000_000) == 1002)
        #expect(state.shown(6, time: 1000) == 2000)
        #expect(state.log.highest.count == 2)
        // Opened again it keeps that, until it is written to.
        state.open(5, state.log.next(at: 0, now: 4_000_000_000_000), time: 3_700_000_000_000, now: 4_000_000_000_000)
        #expect(state.shown(5, time: 3_700_000_000_000) == 1002)
        #expect(state.shown(5, time: 4_000_000_000_000) == 3000)
    }

    /// Somebody has a file open, waits, and writes to it.
    @Test func whatIsWrittenAfterALongWaitIsAsNewAsThat() {
        var state = Self.state()
        state.change(5, state.log.next(at: 0, now: 1000))
        state.note(5, opener: 77)
        #expect(state.opener(of: 5) == 77 && state.opener(of: 6) == 0)
        let landmark = Landmark(time: 3_000_000_000, real: 50_000_000_000)
        #expect(state.shown(5, time: 1000, landmark) == 1000)
        // Before the wait was over.
        #expect(state.shown(5, time: 40_000_000_000, landmark) == 1001)
        #expect(state.shown(5, time: 50_000_000_000, landmark) == 3_000_000_001)
        #expect(state.shown(5, time: 50_000_000_001, landmark) == 3_000_000_002)
        // When nobody knows of the wait any more it stays what it was.
        #expect(state.shown(5, time: 50_000_000_001) == 3_000_000_002)
    }

    @Test func anOpenFileMovesByItsSizeWhereTimesAreTicks() {
        var state = Self.state(hasFineTimes: false)
        state.change(5, state.log.next(at: 0, now: 1000))
        #expect(state.shown(5, time: 1000, size: 0, isOpen: true) == 1000)
        #expect(state.shown(5, time: 1000, size: 1, isOpen: true) == 1001)
        #expect(state.shown(5, time: 5000, size: 1, isOpen: true) == 1001)
        #expect(state.shown(5, time: 5000, size: 2, isOpen: true) == 1002)
    }

    @Test func timesThatWereSetHoldUntilTheFileIsWrittenTo() {
        var state = Self.state()
        state.change(5, state.log.next(at: 0, now: 1000))
        state.set(5, time: 500)
        state.open(5, state.log.next(at: 0, now: 2000), time: 500, now: 2000)
        #expect(state.shown(5, time: 500) == nil)
        #expect(state.shown(5, time: 2000) == 2000)
    }

    /// Times of use and of change are apart from that of content.
    @Test func allTimesAreKept() {
        var state = Self.state()
        state.make(5, state.log.next(at: 0, now: 1000))
        var shown = state.shownAll(5, time: 1000)
        #expect((shown.modified, shown.changed, shown.accessed) == (1000, 1000, 1000))
        state.set(5, .none, state.log.next(at: 50_000, now: 1000))
        shown = state.shownAll(5, time: 1000)
        #expect((shown.modified, shown.changed, shown.accessed) == (1000, 50_001_000, 1000))
        #expect(shown.latest == Stamp(time: 50_000, count: 1))
        let set = TimesToSet(modified: .at(800), accessed: .elsewhere(-7_500_000_000))
        state.set(5, set, state.log.next(at: 50_000, now: 1000))
        shown = state.shownAll(5, time: 800)
        #expect((shown.modified, shown.changed, shown.accessed) == (nil, 50_002_000, -7_500_000_000))
        state.set(5, TimesToSet(modified: .unchanged, accessed: .now), state.log.next(at: 50_000, now: 1000))
        shown = state.shownAll(5, time: 800)
        #expect((shown.modified, shown.changed, shown.accessed) == (nil, 50_003_000, 50_003_000))
    }

    /// Whoever changes a file makes it newer than it was, even if less time has passed for them.
    @Test func noChangeMakesAFileOlder() {
        var state = Self.state()
        state.change(5, state.log.next(at: 5_000_000, now: 1000))
        let next = state.next(for: 5, at: 0, now: 1000)
        #expect(next == Stamp(time: 5_000_000, count: 2))
        #expect(state.next(for: 6, at: 0, now: 1000) == Stamp(time: 0, count: 2))
    }

    /// Somebody changes a file until it is a second older than another, and never waits.
    @Test func aLoopThatChangesAFileEnds() {
        var state = Self.state()
        var turns = 0
        while state.shown(5, time: Int64(turns)) ?? 0 < 1_000_000_000, turns < 10_000 {
            state.change(5, state.next(for: 5, at: 0, now: Int64(turns)))
            turns += 1
        }
        #expect(turns > 1000 && turns < 2000)
    }
}

extension FileState {
    /// As a program that looks at the file is shown it; nil for a time that was set.
    fileprivate mutating func shown(
        _ key: UInt64, time: Int64, _ landmark: Landmark = Landmark(), size: UInt64 = 0, isOpen: Bool = false
    ) -> UInt64? {
        show(key, time: time, size: size, .natural, isOpen: isOpen, landmark).modified
    }

    fileprivate mutating func shownAll(_ key: UInt64, time: Int64) -> Shown {
        show(key, time: time, size: 0, .natural, isOpen: false, Landmark())
    }
}
