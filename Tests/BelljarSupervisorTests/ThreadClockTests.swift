import BelljarKernel
import Testing

@testable import BelljarSupervisor

@Suite struct ThreadClockTests {
    private static let second: UInt64 = 1_000_000_000
    private static let start: UInt64 = 5_000_000_000

    @Test func standsStillForALongTime() {
        var clock = ThreadClock(time: Self.start)
        for _ in 0..<ThreadClock.patience where clock.read() != Self.start { Issue.record("it moved") }
        #expect(clock.read() == Self.start + ThreadClock.step)
        #expect(clock.read() == Self.start + 2 * ThreadClock.step)
    }

    @Test func readingsInALoopCanShareAMillisecond() {
        var clock = ThreadClock(time: Self.start)
        for _ in 0..<ThreadClock.patience { _ = clock.read() }
        // Two, and one between them, as who compares clocks reads them.
        let readings = (0..<12).map { _ in clock.read() / 1_000_000 }
        #expect(zip(readings, readings.dropFirst(2)).contains { $0 == $1 })
        // And a loop that waits for another second comes to its end.
        var rounds = 0
        while clock.read() < Self.start + Self.second, rounds < 20_000 { rounds += 1 }
        #expect(rounds < 20_000)
    }

    @Test func aDeadlineCountsFromTheFirstWait() {
        var clock = ThreadClock(time: Self.start)
        let deadline = clock.read() + 300_000_000
        #expect(clock.wait(for: deadline, monotonic: 5_000, readings: 1) == 300_005_000)
        // Taken up again.
        #expect(clock.wait(for: deadline, monotonic: 90_000_000, readings: 1) == 300_005_000)
        // Another thread has read the clock meanwhile.
        #expect(clock.wait(for: deadline, monotonic: 95_000_000, readings: 7) == 300_005_000)
        // Read again, so what was found is a new deadline.
        #expect(clock.read() + 300_000_000 == deadline)
        #expect(clock.wait(for: deadline, monotonic: 100_000_000, readings: 8) == 400_000_000)
    }

    @Test func deadlinesInARowTakeNoLongerThanTheLast() {
        var clock = ThreadClock(time: Self.start)
        let first = clock.read()
        for count in 1...10 as ClosedRange<UInt64> {
            let deadline = first + count * 10_000_000
            #expect(
                clock.wait(for: deadline, monotonic: count * 10_100_000, readings: 1) == 10_100_000 + count * 10_000_000
            )
            clock.ranOut(deadline)
        }
        #expect(clock.read() == first + 100_000_000 + ThreadClock.moment)
    }

    /// Found by another thread, after this one's wait was over.
    @Test func anothersDeadlineCountsFromNow() {
        var clock = ThreadClock(time: Self.start)
        let deadline = Self.start + 300_000_000
        #expect(clock.wait(for: deadline, monotonic: 0, readings: 1) == 300_000_000)
        #expect(clock.wait(for: deadline + 1, monotonic: 100_000_000, readings: 2) == 400_000_001)
        #expect(clock.wait(for: deadline, monotonic: 200_000_000, readings: 3) == 500_000_000)
    }

    @Test func whatIsOverIsOver() {
        var clock = ThreadClock(time: Self.start)
        #expect(clock.wait(for: Self.start, monotonic: 7, readings: 0) == 0)
        #expect(clock.wait(for: 0, monotonic: 7, readings: 0) == 0)
        clock.ranOut(0)
        #expect(clock.read() == Self.start)
    }

    @Test func aClockThatWasWaitedForShowsIt() {
        var clock = ThreadClock(time: Self.start)
        clock.ranOut(Self.start + 5 * Self.second)
        #expect(clock.read() == Self.start + 5 * Self.second + ThreadClock.moment)
        clock.ranOut(Self.start + Self.second)
        #expect(clock.read() == Self.start + 5 * Self.second + ThreadClock.moment)
    }

    @Test func aWaitOfACertainLengthAddsThat() {
        var clock = ThreadClock(time: Self.start)
        func wait(_ length: UInt64, isSleep: Bool) -> AwaitedTime {
            AwaitedTime(
                call: Notification(), length: length, counts: length, isSleep: isSleep, start: 100, clock: clock)
        }
        clock.waited(wait(250_000_000, isSleep: true))
        #expect(clock.read() == Self.start + 250_000_000 + ThreadClock.moment)
        // Files count in microseconds, and are not to be older than now.
        clock.waited(wait(1, isSleep: true))
        #expect(clock.read() == Self.start + 250_000_000 + 2 * ThreadClock.moment + 1000)
        clock.waited(wait(.max, isSleep: true))
        #expect(clock.read() > Self.start)
        // What somebody may have been woken from has to have been seen in the middle.
        var event = wait(1000, isSleep: false)
        #expect(!event.isOver(1100) && event.look == 350)
        #expect(wait(20_000_000, isSleep: false).look == 10_000_100)
        event.isThere(.unknown)
        #expect(event.isOver(1100) && !event.isOver(1099))
        #expect(event.look == 975)
        #expect(wait(1000, isSleep: true).isOver(1100))
        // On a busy host a thread can be late for its wait, and is then looked for again.
        #expect(!event.computes(5_000_000))
        event.ran = 5_000_000
        #expect(!event.computes(5_100_000) && event.computes(5_100_001))
        #expect(wait(160_000_000, isSleep: true).again == 10_000_000 && event.again == 1_000_000)
    }

    /// Nobody else counts short waits one after the other, but in whole half seconds; the thread does when it reads the clock.
    @Test func shortWaitsInALoopAreTheThreadsOwn() {
        var clock = ThreadClock(time: Self.start)
        func wait(_ milliseconds: UInt64) {
            let length = milliseconds * 1_000_000
            clock.waited(
                AwaitedTime(
                    call: Notification(), length: length, counts: length, isSleep: true, start: 0, clock: clock))
        }
        for _ in 0..<5 { wait(20) }
        let one = Self.start + 20_000_000 + ThreadClock.moment
        #expect(clock.now == one && clock.settled == one)
        #expect(clock.shown == Self.start + 5 * (20_000_000 + ThreadClock.moment))
        for _ in 0..<24 { wait(20) }
        #expect(clock.settled == one + 500_000_000)
        // A long one counts for everybody, without the short ones before it.
        wait(100)
        #expect(clock.now == one + 100_000_000 + ThreadClock.moment)
        #expect(clock.read() == Self.start + 29 * (20_000_000 + ThreadClock.moment) + 100_000_000 + ThreadClock.moment)
        // One after each reading or change of a file counts.
        let now = clock.now
        wait(20)
        clock.change()
        wait(20)
        #expect(clock.now == now + 2 * (20_000_000 + ThreadClock.moment))
    }

    /// Waiting for one's own threads takes as long as they work, which is no time that others may see.
    @Test(
        arguments: [
            ([.unknown, .unknown], false, false), ([.other, .other], true, false), ([.none, .other], true, false),
            ([.other, .none], true, false), ([.other, .process], true, false), ([.none, .none], false, true),
            ([.unknown, .none], false, false), ([.other], true, false), ([], false, false),
        ] as [([Activity], Bool, Bool)])
    func waitsAreForWorkOrForTheTime(_ activities: [Activity], _ isForWork: Bool, _ isIdle: Bool) {
        var clock = ThreadClock(time: Self.start)
        func wait(isSleep: Bool) -> AwaitedTime {
            var wait = AwaitedTime(
                call: Notification(), length: 20_000_000, counts: 20_000_000, isSleep: isSleep, start: 0,
                clock: clock)
            for activity in activities { wait.isThere(activity) }
            return wait
        }
        #expect(wait(isSleep: false).isForWork == isForWork && wait(isSleep: false).isIdle == isIdle)
        #expect(wait(isSleep: true).isForWork == isForWork)
        let one = 20_000_000 + ThreadClock.moment
        for _ in 0..<26 { clock.waited(wait(isSleep: false)) }
        // The thread itself counts work in half seconds, and others do so what could be a loop that looks again and again.
        let shown = isForWork ? 500_000_000 : 26 * one
        #expect(clock.shown - Self.start == shown)
        #expect(clock.settled - Self.start == (isForWork ? 0 : isIdle ? 26 * one : one + 500_000_000))
    }

    @Test func whatASignalInterruptsGoesOn() {
        let second = Self.second
        func sleep(_ length: UInt64, at start: UInt64, isSleep: Bool = true) -> AwaitedTime {
            AwaitedTime(
                call: Notification(), length: length, counts: length, isSleep: isSleep, start: start,
                clock: ThreadClock(time: 7))
        }
        let first = sleep(second, at: 0)
        #expect(first.isContinued(by: sleep(second / 2, at: second / 2)))
        #expect(first.isContinued(by: sleep(second / 2, at: second / 2 + 1_000_000)))
        #expect(!first.isContinued(by: sleep(second, at: second / 2)))
        #expect(!first.isContinued(by: sleep(second / 2, at: second / 2, isSleep: false)))
        var rest = sleep(second / 2, at: second / 2)
        rest.goOn(from: first)
        #expect(rest.counts == second && rest.end == second)
        // Little by little, nobody goes on with something else.
        var (wait, steps) = (sleep(.max, at: 0), 0)
        while wait.length > second {
            var next = sleep(wait.length / 64 * 63, at: 0)
            guard wait.isContinued(by: next) else { break }
            next.goOn(from: wait)
            (wait, steps) = (next, steps + 1)
        }
        #expect(steps == 1)
    }

    @Test func countlessShortWaitsForEventsPass() {
        var clock = ThreadClock(time: Self.start)
        for _ in 0..<1000 { clock.waitsShortly(500_000) }
        #expect(clock.shown == Self.start)
        for _ in 0..<10 { clock.waitsShortly(500_000) }
        #expect(clock.read() == Self.start + 10 * (500_000 + ThreadClock.moment))
    }

    /// In the last millisecond of a second a change could be older than what was read before it.
    @Test func nobodyIsWokenInTheLastPhaseOfASecond() {
        #expect(ThreadClock.after(998_000_000) == 998_001_000)
        #expect(ThreadClock.after(998_999_000) == 999_000_000)
        #expect(ThreadClock.after(998_999_001) == 1_000_000_000)
        #expect(ThreadClock.after(999_999_999) == 1_000_001_000)
        #expect(ThreadClock.after(1_000_000_000) == 1_000_001_000)
    }

    /// Seconds since 1970 in a double, as scripts count them, are rounded.
    @Test(arguments: [1_700_000_000, 4_000_000_000] as [UInt64])
    func whatWasSleptIsNotLessThanWhatWasAskedFor(_ epoch: UInt64) {
        func seconds(_ time: UInt64) -> Double { Double(epoch) + Double(time) / 1e9 }
        for milliseconds in 1...3000 as ClosedRange<UInt64> {
            let begin = milliseconds * 1_234_000, length = milliseconds * 1_000_000
            var clock = ThreadClock(time: begin)
            clock.waited(
                AwaitedTime(
                    call: Notification(), length: length, counts: length, isSleep: true, start: 0, clock: clock))
            #expect(seconds(clock.now) - seconds(begin) >= Double(milliseconds) / 1000)
        }
    }

    @Test func aLoopThatWaitsBeginsToCountAnew() {
        var clock = ThreadClock(time: Self.start)
        for _ in 0..<ThreadClock.patience { _ = clock.read() }
        clock.move(to: Self.start + 1000)
        #expect(clock.read() == Self.start + 1000)
        clock.move(to: Self.start)
        #expect(clock.read() == Self.start + 1000)
    }

    @Test(arguments: [
        (1, 100), (100_001, 200), (400_000, 500), (500_001, 1_000), (999_000, 1_000), (1_000_000, 1_000),
        (1_000_001, 2_000), (4_600_000, 5_000), (9_990_000, 10_000),
        (24_900_000, 50_000), (90_000_000, 100_000), (99_000_000, 100_000), (249_000_000, 250_000),
        (980_000_000, 1_000_000),
        (1_499_000_000, 1_500_000), (59_700_000_000, 60_000_000),
    ]) func lengthsAreThoseThatPeopleWrite(_ left: UInt64, _ microseconds: UInt64) {
        #expect(AwaitedTime.wanted(left) == microseconds * 1000)
    }

    @Test func noDeadlineIsTooFar() {
        var clock = ThreadClock(time: Self.start)
        let never = WallTime(seconds: .max, fraction: 999_999_999).offset(from: 0)
        #expect(never == UInt64(Int64.max))
        #expect(clock.wait(for: never, monotonic: .max - 5, readings: 0) == .max)
        #expect(WallTime(seconds: .max, fraction: 0).offset(from: .max) == 0)
        #expect(WallTime(seconds: 5, fraction: 1).offset(from: 6) == 0)
        #expect(WallTime(seconds: 7, fraction: 1).offset(from: 6) == Self.second + 1)
        #expect(WallTime(second: 6, offset: Self.second + 1) == WallTime(seconds: 7, fraction: 1))
        #expect(WallTime(second: .max, offset: 0).seconds == .max)
    }

    @Test(arguments: [(0, 0, true), (0, 999_999_999, true), (-1, 0, false), (0, -1, false), (0, 1_000_000_000, false)])
    func onlySomePointsAreValid(_ seconds: Int64, _ fraction: Int64, _ isValid: Bool) {
        #expect(WallTime(seconds: seconds, fraction: fraction).isValid == isValid)
    }

    @Test func timesOfAProcessAreRead() throws {
        let text = Array("42 (a) b (c) R 1 42 42 0 -1 4194304 96 0 0 0 123 45 6 7 20 0 1 0 3".utf8)
        let times = try #require(text.withUnsafeBytes { ProcessTimes($0) })
        #expect((times.user, times.system) == (123, 45))
        #expect((times.childrenUser, times.childrenSystem) == (6, 7))
        for cut in ["42 (a", "42 (a) R 1 42", ""] {
            #expect(Array(cut.utf8).withUnsafeBytes { ProcessTimes($0) } == nil)
        }
    }
}
