import Testing

@testable import BelljarInit

@Suite struct LimitWatchTests {
    private func stat(_ name: String, threads: Int = 3, pages: Int = 250) -> [UInt8] {
        let fields =
            ["S"] + (4...19).map { _ in "7" } + ["\(threads)", "0", "99", "123456", "\(pages)", "18446744073709551615"]
        return Array("42 (\(name)) \(fields.joined(separator: " "))\n".utf8)
    }

    /// A build names its programs as it likes.
    @Test(arguments: ["cc1", "a b", ") R 1 1 1", "((", "", "\u{e9}\n"]) func namesHoldNothingUp(name: String) throws {
        let found = try #require(ProcessFolder.parse(stat: stat(name)))
        #expect(found.threads == 3)
        #expect(found.pages == 250)
    }

    @Test func whatIsNoStatusIsNothing() {
        #expect(ProcessFolder.parse(stat: []) == nil)
        #expect(ProcessFolder.parse(stat: Array(stat("x").prefix(30))) == nil)
        #expect(ProcessFolder.parse(stat: Array("1 (x) S 1 2".utf8)) == nil)
    }

    /// However long a look takes, the next one comes: what a build can make long is no reason to look away.
    @Test func pausesHaveAnEnd() {
        #expect(LimitWatch.pause(afterLookOf: 0, isClose: false) == 250)
        #expect(LimitWatch.pause(afterLookOf: 0, isClose: true) == 50)
        #expect(LimitWatch.pause(afterLookOf: 20, isClose: true) == 400)
        for milliseconds in [50, 51, 3000, 1 << 40] as [UInt64] {
            #expect(LimitWatch.pause(afterLookOf: milliseconds, isClose: false) == 1000)
            #expect(LimitWatch.pause(afterLookOf: milliseconds, isClose: true) == 1000)
        }
    }

    /// However many processes share memory, a look ends, and the next one goes on: all are asked once.
    @Test func looksHaveAnEnd() {
        var (walk, now, asked) = (SharedMemoryWalk((1...700).map { [$0] }), UInt64(0), Set<Int32>())
        var looks = 0
        while !walk.isDone(limit: 7000) {
            let begun = now
            walk.go(limit: 7000, until: begun + 200, clock: { now }) {
                now += 30
                asked.insert($0[0])
                return 10
            }
            looks += 1
            #expect(now - begun < 230)
        }
        #expect(asked.count == 700 && walk.sum == 7000 && looks == 100 && walk.looks == looks)
        // Where the time is up already, it goes on all the same.
        var late = SharedMemoryWalk([[1], [2]])
        for _ in 0..<2 { late.go(limit: 9, until: 0, clock: { 5 }) { _ in 1 } }
        #expect(late.isDone(limit: 9) && late.sum == 2)
    }

    @Test func whatIsTooMuchEndsAWalk() {
        var (walk, now) = (SharedMemoryWalk((1...700).map { [$0] }), UInt64(0))
        while !walk.isDone(limit: 1000) {
            walk.go(limit: 1000, until: now + 200, clock: { now }) { _ in
                now += 30
                return 100
            }
        }
        #expect(walk.sum > 1000 && walk.sum < 1400 && walk.looks > 1)
    }

    @Test func sharesAreSummedInBytes() {
        let text = "55d0-7ffe ---p 00000000 00:00 0    [rollup]\nRss:    2048 kB\nPss:    1000 kB\nPss_Dirty:  1 kB\n"
        #expect(ProcessFolder.parse(rollup: Array(text.utf8)) == 1_024_000)
        #expect(ProcessFolder.parse(rollup: Array("Rss: 1 kB\n".utf8)) == nil)
    }
}
