import BelljarKernel
import Testing

@testable import BelljarSupervisor

/// Timers that are set: when they count, which are forgotten, and which PID 1 carries out.
@Suite struct TimerTests {
    private static let second: UInt64 = 1_000_000_000

    private static func once(_ length: UInt64) -> ArmedTimers.Setting { ArmedTimers.Setting(length: length) }

    private static func again(_ length: UInt64, _ interval: UInt64) -> ArmedTimers.Setting {
        ArmedTimers.Setting(length: length, interval: interval)
    }

    @Test func oneFiresOnce() {
        var timers = ArmedTimers()
        #expect(timers.set(.interval, Self.once(800), base: 7, now: 1000) == 1400)
        #expect(timers.left(of: .interval, now: 1300) == Self.once(500))
        #expect(timers.fire(1799, base: 7) == nil)
        #expect(timers.fire(1800, base: 7) == 807)
        #expect(timers.fire(1800, base: 7) == nil)
        // Set again and taken back.
        #expect(timers.set(.timer(3), Self.once(800), base: 7, now: 1000) == 1400)
        #expect(timers.set(.timer(3), Self.once(0), base: 7, now: 1100) == nil)
        #expect(timers.fire(9000, base: 7) == nil)
        // Of what was meant to be more when it was asked for.
        let meant = ArmedTimers.Setting(length: 900, counts: 1000)
        #expect(timers.set(.descriptor(3), meant, base: 7, now: 0) != nil)
        #expect(timers.fire(900, base: 7) == 1007)
        #expect(timers.set(.interval, Self.once(.max), base: 7, now: 9) != nil)
        #expect(timers.fire(.max - 1, base: 7) == nil)
    }

    @Test func theTimerOfAProcessAlwaysHasRoom() {
        var timers = ArmedTimers()
        for number in 0..<Int32(ArmedTimers.maximumCount) {
            guard timers.hasRoom(for: .descriptor(number)) else {
                Issue.record("\(number) is too many")
                return
            }
            _ = timers.set(.descriptor(number), Self.once(5), base: 0, now: 0)
        }
        let others = [ArmedTimers.Name.descriptor(-1), .timer(0), .descriptor(5), .interval]
        #expect(others.map { timers.hasRoom(for: $0) } == [false, false, true, true])
        #expect(timers.set(.timer(0), Self.once(5), base: 0, now: 0) == nil)
        #expect(timers.set(.interval, Self.once(8), base: 0, now: 0) == 4)
        // Those that were closed make room.
        timers.saw(timers.all.filter { $0.name == .descriptor(3) }.map { ($0, .gone) })
        #expect(others.map { timers.hasRoom(for: $0) } == [true, true, true, true])
    }

    /// Short ones are looked at in their middle, longer ones a quarter of a second or an eighth before their end, and then at their end.
    @Test func timersAreLookedAtBeforeTheyCount() throws {
        var timers = ArmedTimers()
        #expect(timers.set(.interval, Self.once(Self.second), base: 0, now: 0) == Self.second * 3 / 4)
        #expect(timers.set(.interval, Self.once(80 * Self.second), base: 0, now: 0) == 70 * Self.second)
        #expect(timers.set(.descriptor(4), Self.once(800), base: 0, now: 1000) == 1400)
        #expect(timers.next == 1400)
        #expect(timers.unseen(1399).isEmpty)
        let seen = try #require(timers.unseen(1400).first)
        #expect(seen.name == .descriptor(4))
        timers.saw([(seen, .there(isAwaited: false))])
        #expect(timers.next == 1800 && timers.unseen(1400).isEmpty)
        // It was set again meanwhile.
        _ = timers.set(.descriptor(4), Self.once(800), base: 0, now: 1500)
        timers.saw([(seen, .gone)])
        #expect(timers.left(of: .descriptor(4), now: 1500) == Self.once(800))
        timers.saw([(try #require(timers.unseen(1900).first), .gone)])
        #expect(timers.fire(9000, base: 0) == nil)
    }

    /// A process that is dead has not lived to see its timers; whoever comes after the end of one does not know.
    @Test func timersOfTheDeadAreForgotten() {
        var timers = ArmedTimers()
        _ = timers.set(.interval, Self.once(800), base: 7, now: 1000)
        _ = timers.set(.timer(1), Self.once(8000), base: 7, now: 1000)
        timers.forget(1800)
        #expect(timers.fire(9000, base: 7) == 807)
    }

    /// What fires again counts as often as its process was last seen to wait for it, and each time as much.
    @Test func onesThatRepeatCountForWhoWaits() throws {
        var timers = ArmedTimers()
        let tenth = Self.second / 10
        _ = timers.set(.interval, Self.again(2 * tenth, tenth), base: 7, now: 0)
        // Whatever the process does, once.
        #expect(timers.fire(2 * tenth, base: 7) == 7 + 2 * tenth)
        #expect(timers.next == 2 * tenth + tenth / 2)
        #expect(timers.fire(3 * tenth, base: 7 + 2 * tenth) == nil)
        func see(_ now: UInt64, isAwaited: Bool) throws {
            timers.saw([(try #require(timers.unseen(now).first), .there(isAwaited: isAwaited))])
        }
        try see(3 * tenth + tenth / 2, isAwaited: true)
        #expect(timers.next == 4 * tenth)
        // The clock was moved by something else meanwhile.
        #expect(timers.fire(4 * tenth, base: 900 * tenth) == 7 + 3 * tenth)
        // Nobody looked in time, and two periods are over.
        #expect(timers.fire(6 * tenth, base: 900 * tenth) == 901 * tenth)
        #expect(timers.left(of: .interval, now: 6 * tenth) == Self.again(tenth, tenth))
        try see(6 * tenth + tenth / 2, isAwaited: false)
        #expect(timers.fire(7 * tenth, base: 901 * tenth) == nil)
        // Too often to be looked at.
        _ = timers.set(.interval, Self.again(5, 5), base: 0, now: 0)
        #expect(timers.fire(5, base: 0) == 5)
        #expect(timers.next == nil)
    }

    private static let text = """
        ID: 0
        signal: 14/0000000000000000
        notify: signal/pid.5
        ClockID: 0
        ID: 7
        signal: 35/0123456789abcdef
        notify: signal/tid.6
        ClockID: 11
        ID: 8
        signal: 0/0
        notify: none/pid.5
        ClockID: -38

        """

    @Test func timersOfAProcessAreRead() {
        let timers = MadeTimer.all(Array(Self.text.utf8))
        #expect(timers.map(\.number) == [0, 7, 8])
        #expect(timers.map(\.signal) == [14, 35, 0])
        #expect(timers.map(\.value) == [0, 0x0123_4567_89ab_cdef, 0])
        #expect(timers.map(\.receiver) == [.process, .thread(6), .nobody])
        #expect(timers.map(\.clock) == [0, 11, -38])
        #expect(MadeTimer.all(Array("signal: 1/2\n\nID: x\nClockID: 3\n".utf8)).isEmpty)
    }

    @Test func carriedOnesFireInTheirOrder() {
        let made = MadeTimer.all(Array(Self.text.utf8))
        var timers = CarriedTimers()
        let isFirstSet = timers.set(made[0], Self.once(500), now: 0, among: made)
        #expect(isFirstSet)
        let isSecondSet = timers.set(made[1], Self.again(300, 100), now: 0, among: made)
        #expect(isSecondSet)
        #expect(timers.left(of: 7, now: 100) == Self.again(200, 100))
        #expect(timers.left(of: 7, now: 300) == Self.again(1, 100))
        #expect(timers.left(of: 8, now: 0) == nil)
        #expect(timers.next == 300)
        var due = timers.fire(299)
        #expect(due.isEmpty)
        due = timers.fire(300)
        #expect(due.map(\.timer) == [made[1]] && due.map(\.isAgain) == [false])
        #expect(timers.next == 400)
        // What was missed is over.
        due = timers.fire(650)
        #expect(due.map(\.timer) == [made[1], made[0]] && due.map(\.isAgain) == [true, false])
        #expect(timers.next == 700)
        let isTakenBack = timers.set(made[1], Self.once(0), now: 650, among: made)
        #expect(isTakenBack)
        #expect(timers.next == nil)
    }

    @Test func onlySoManyAreCarried() {
        let made = (0...Int32(CarriedTimers.maximumCount)).map { MadeTimer(number: $0) }
        var timers = CarriedTimers()
        for timer in made.dropLast() {
            let isSet = timers.set(timer, Self.once(5), now: 0, among: made)
            #expect(isSet)
        }
        let last = made[CarriedTimers.maximumCount]
        let isOneTooManySet = timers.set(last, Self.once(5), now: 0, among: made)
        #expect(!isOneTooManySet)
        // What the process has deleted makes room.
        let isLastSet = timers.set(last, Self.once(5), now: 0, among: Array(made.dropFirst()))
        #expect(isLastSet)
        #expect(timers.left(of: 0, now: 0) == nil && timers.left(of: 1, now: 0) != nil)
    }

    private static func look(_ number: Int32, at next: UInt64) -> Look {
        Look(next: next, target: Look.Target(number: number, isAtTimers: true))
    }

    /// The numbers of the processes that are looked at.
    private static func take(_ looks: inout Looks, _ now: UInt64) -> Int32? { looks.removeFirst(now)?.target.number }

    @Test func nobodyIsLookedAtTwice() {
        var looks = Looks()
        let isFirst = looks.insert(Self.look(1, at: 50))
        #expect(isFirst)
        let isAhead = looks.insert(Self.look(2, at: 40))
        #expect(isAhead)
        let isLater = looks.insert(Self.look(1, at: 60))
        #expect(!isLater)
        let movesAhead = looks.insert(Self.look(1, at: 30))
        #expect(movesAhead)
        #expect(looks.count == 2 && looks.next == 30)
        #expect(Self.take(&looks, 29) == nil)
        #expect(Self.take(&looks, 100) == 1)
        #expect(Self.take(&looks, 100) == 2)
        #expect(Self.take(&looks, 100) == nil && looks.count == 0)
    }

    /// Each an earlier one than before, as a process can ask for without end.
    @Test func manyLooksAtOneTakeNoRoom() {
        var looks = Looks()
        for round in 0..<100_000 as Range<UInt64> { _ = looks.insert(Self.look(1, at: 1_000_000 - round)) }
        _ = looks.insert(Self.look(2, at: 10))
        #expect(looks.count == 2 && looks.size < 10_000)
        #expect(Self.take(&looks, .max) == 2)
        let last = looks.removeFirst(.max)
        #expect(last?.next == 900_001)
        #expect(Self.take(&looks, .max) == nil)
    }

    @Test func theDeadAreNotLookedAt() {
        var looks = Looks()
        var number: Int32 = 0
        var suspects: [Look] = []
        while suspects.isEmpty, number < 100_000 {
            number += 1
            _ = looks.insert(Self.look(number, at: UInt64(number)))
            suspects = looks.suspects()
        }
        #expect(number < 10_000 && suspects.count == Int(number))
        suspects = looks.suspects()
        #expect(suspects.isEmpty)
        let dead = (1..<number).map { Self.look($0, at: UInt64($0)) }
        // Its number is somebody else's by now.
        _ = looks.removeFirst(1)
        _ = looks.insert(Self.look(1, at: 7_000_000))
        looks.remove(dead)
        #expect(looks.count == 2)
        #expect(Self.take(&looks, .max) == number)
        #expect(Self.take(&looks, .max) == 1)
    }
}
