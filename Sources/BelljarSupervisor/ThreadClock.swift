internal import BelljarControls
internal import BelljarKernel

/// A point on a wall clock as system calls take and give it: `struct timespec`, or `struct timeval` where the fraction
/// counts microseconds.
struct WallTime: BitwiseCopyable, Equatable {
    /// Since 1970.
    var seconds: Int64
    var fraction: Int64

    /// Whether the kernel takes it for a point in time (timespec64_valid): from 1970 on.
    var isValid: Bool { seconds >= 0 && 0..<1_000_000_000 ~= fraction }

    /// Nanoseconds since the beginning of a second, which is as far as the supervisor counts: 0 for everything before
    /// it, and a point that nobody waits for (292 years later) for everything after that.
    func offset(from second: UInt64) -> UInt64 {
        guard let start = Int64(exactly: second), seconds >= start else { return 0 }
        let (whole, isTooLong) = (seconds - start).multipliedReportingOverflow(by: 1_000_000_000)
        guard !isTooLong else { return UInt64(Int64.max) }
        return min(UInt64(whole) + UInt64(clamping: fraction), UInt64(Int64.max))
    }

    /// The inverse.
    init(second: UInt64, offset: UInt64) {
        seconds = Int64(clamping: second.addingReportingOverflow(offset / 1_000_000_000).partialValue)
        fraction = Int64(offset % 1_000_000_000)
    }

    init(seconds: Int64, fraction: Int64) {
        (self.seconds, self.fraction) = (seconds, fraction)
    }
}

/// What one thread has seen of the wall clocks. Points are nanoseconds since the beginning of the epoch's second.
///
/// Waiting moves them, and nothing else does: by what was asked for, not by how long it took.
///
/// * A wait of a certain length that came to its end adds that length and a microsecond more. That of an `AwaitedTime` is told to
///   `Clocks`. Nobody is ever woken at the very point on a machine, so programs compute with floating point numbers that what was
///   slept is not less than what was asked for: without more, `time.time() - start` is 0.2999999523 after a sleep of 0.3.
/// * Of several short waits with nothing between them, the first is one that everybody counts. The others are how programs look
///   again and again whether something else is done (rsync, for its own processes), and how often they do follows from how
///   busy the host is. So they are the thread's own until it reads the clock. Whoever else would see them, as the time of a file or
///   from a process that is over, counts them in whole half seconds: a progress bar takes its time.
/// * A wait for events of less than a millisecond is not looked at. After a thousand of them without a move of the clock, each counts.
/// * A thread that asked to be woken at a point of the wall clock, and was not woken by anything else before, sees that point
///   and a microsecond more. Else `while (now() < deadline) wait_until(deadline)`, which is how C++ and Boost wait, would never
///   end.
/// * A loop that reads the clock until it moves would never end. After 100,000 readings without any other move every further
///   one adds a tenth of a millisecond, for this thread alone. So such a loop ends after about as long as it would elsewhere (a
///   reading takes 5 to 10 us). Fewer readings would do for the loop, but what a logger or a virtual machine writes would change
///   too, and differ if it has several threads that read. With steps of a whole millisecond no two readings would show the same
///   one, and there are loops that wait for that (Tcl's test of its clocks).
struct ThreadClock {
    /// Readings before the clock moves.
    static let patience: UInt64 = 100_000
    /// What every further reading adds, in nanoseconds.
    static let step: UInt64 = 100_000
    /// What follows a point that was waited for, in nanoseconds: more than the steps of a double that counts seconds, 238 ns in
    /// this century.
    static let moment: UInt64 = 1000

    /// A point of the wall clock, and the monotonic clock's at the same time: what a thread that does not look at the
    /// clock can take for the time that passes.
    private struct Anchor {
        var wall: UInt64
        var monotonic: UInt64
        /// Readings of the process until then.
        var readings: UInt64
    }

    private var reads: UInt64 = 0
    /// Without what readings have added.
    private(set) var time: UInt64
    /// Waits for events that were too short to be looked at, since anything else moved the clock.
    private var shortWaits: UInt64 = 0
    /// A wait that ended before its time.
    var interrupted: AwaitedTime?
    /// Where short waits have brought it that nobody else counts, and waits while others of its process worked.
    private var waited: UInt64 = 0
    private var waitedForWork: UInt64 = 0
    /// Whether there was one since it read the clock or changed a file.
    private var hasWaited = false
    private var anchor: Anchor?
    /// What the last wait was for, if that did not run out; else 0.
    private var awaited: UInt64 = 0
    /// What a timer was last set to, and the point on the monotonic clock when it fires.
    private var timer: UInt64 = 0
    private var timerEnd: UInt64 = 0
    /// The last long wait that it knows of.
    var landmark = Landmark()
    /// What the thread waits for as far as is known.
    var wait: AwaitedTime?
    /// When the timekeeper looks at the thread again, on the monotonic clock; 0 for never.
    var nextLook: UInt64 = 0

    init(time: UInt64 = 0) { self.time = time }

    /// Waits that a program could be making again and again.
    static let shortWait: UInt64 = 50_000_000
    /// In which others count these.
    private static let wholes: UInt64 = 500_000_000
    /// Waits of less than a millisecond without any move of the clock, before each counts.
    private static let shortPatience: UInt64 = 1000

    /// What the clock shows the thread.
    var shown: UInt64 { max(now, waited, wholes(of: waitedForWork)) }

    /// Where the clock is for others.
    var settled: UInt64 { wholes(of: waited) }

    private func wholes(of point: UInt64) -> UInt64 { now + (max(now, point) - now) / Self.wholes * Self.wholes }

    /// What the clock shows, without short waits.
    var now: UInt64 { time + (reads > Self.patience ? (reads - Self.patience) * Self.step : 0) }

    /// Moves the clock to where it is for others, if that is later.
    mutating func move(to known: UInt64) {
        guard known > now else { return }
        time = known
        reads = 0
        shortWaits = 0
    }

    /// Reads the clock. What is waited for from now on counts from now.
    mutating func read() -> UInt64 {
        if shown > now { (time, reads) = (shown, 0) }
        hasWaited = false
        reads += 1
        anchor = nil
        awaited = 0
        return now
    }

    /// Begins a change of a file.
    mutating func change() {
        move(to: settled)
        hasWaited = false
    }

    /// Begins a wait, or goes on with one.
    ///
    /// A wait takes the time between what the clock shows and its deadline, counted from the first wait after the
    /// thread has read the clock: so a wait that is taken up again ends when it should, and a sequence of deadlines
    /// that the thread counts on by itself takes no longer than its last one. The same deadline after another thread
    /// has read the clock is taken for the same wait, unless that has run out; another deadline is taken for one that
    /// this other thread found, and counts from now.
    ///
    /// - Parameters:
    ///   - deadline: the point that is waited for.
    ///   - monotonic: now, in nanoseconds.
    ///   - readings: of the process until now.
    /// - Returns: the point on the monotonic clock when the wait is over; 0 if the deadline is over already.
    mutating func wait(for deadline: UInt64, monotonic: UInt64, readings: UInt64) -> UInt64 {
        var start = Anchor(wall: shown, monotonic: monotonic, readings: readings)
        if let known = anchor, known.readings == readings || awaited == deadline { start = known }
        anchor = start
        awaited = deadline
        guard deadline > start.wall else { return 0 }
        let (end, isTooLong) = start.monotonic.addingReportingOverflow(deadline - start.wall)
        return isTooLong ? .max : end
    }

    /// Sets a timer. One that is set to the same point again after it has fired was set by somebody who does not see
    /// that the point is over, and who then has to see it.
    ///
    /// - Returns: as from `wait`.
    mutating func setTimer(to deadline: UInt64, monotonic: UInt64, readings: UInt64) -> UInt64 {
        let isAgain = timer == deadline && monotonic >= timerEnd
        let end = wait(for: deadline, monotonic: monotonic, readings: readings)
        awaited = 0
        if isAgain, end > monotonic { ranOut(deadline) }
        (timer, timerEnd) = (deadline, end)
        return end
    }

    /// A wait is over because its deadline is.
    mutating func ranOut(_ deadline: UInt64) {
        awaited = 0
        move(to: Self.after(deadline))
    }

    /// A wait was taken up again when it was over.
    ///
    /// - Parameter end: what `wait` returned.
    mutating func cameBack(for deadline: UInt64, after end: UInt64) {
        if end > 0 { ranOut(deadline) }
    }

    /// A wait of a certain length came to its end.
    mutating func waited(_ wait: AwaitedTime) {
        if wait.isForWork {
            waitedForWork = min(Self.end(max(waitedForWork, shown), wait.counts), UInt64(Int64.max))
            // A program that divides by what a wait took needs something to divide by.
            if !hasWaited { waited = max(waited, Self.after(shown)) }
            return hasWaited = true
        }
        let own = Self.end(wait.shown, wait.counts)
        let isShort = wait.counts <= Self.shortWait && !wait.isIdle
        defer { hasWaited = isShort }
        guard !isShort || !hasWaited else { return waited = max(waited, own) }
        // What began then and waits for a point counts from there still: the kernel's clock went on as well.
        move(to: Self.end(wait.base, wait.counts))
        if waited > wait.base { waited = max(waited, own) }
        guard wait.counts >= Landmark.shortest, landmark.time < time else { return }
        let late = Int64(clamping: Host.monotonicNanoseconds()) &- Int64(clamping: wait.end)
        landmark = Landmark(time: time, real: Int64(clamping: Host.realNanoseconds()) &- late)
    }

    /// A wait for events that is too short for anybody to see whether it comes to its end. A loop of these until a deadline has to
    /// reach it.
    mutating func waitsShortly(_ length: UInt64) {
        shortWaits += 1
        if shortWaits > Self.shortPatience { waited = min(Self.end(shown, length), UInt64(Int64.max)) }
    }

    static func end(_ base: UInt64, _ length: UInt64) -> UInt64 {
        let (end, isTooLong) = base.addingReportingOverflow(length)
        return after(isTooLong ? .max : end)
    }

    /// What a clock shows once a point that was waited for is over: a whole microsecond, as files count in these. From the last
    /// phase of a second, in which a change can be older than a reading before it, it is the next second.
    static func after(_ point: UInt64) -> UInt64 {
        // Half of what the type holds is more than 200 years.
        let time = (min(point, UInt64(Int64.max)) + moment + 999) / 1000
        return (time % 1_000_000 > Stamp.last ? (time / 1_000_000 + 1) * 1_000_000 : time) * 1000
    }
}

/// A point in time at which a long wait was over: what the wall clock showed then, in nanoseconds, and what the host's did, since
/// 1970. So what the kernel says of when a file was written to tells whether that was before or after the wait.
struct Landmark: BitwiseCopyable {
    var time: UInt64 = 0
    var real: Int64 = .max

    /// Waits that are longer than kernels' ticks, by far.
    static let shortest: UInt64 = 50_000_000
    /// How much earlier a change can be to the kernel than it was: more than its longest tick.
    static let slack: Int64 = 10_000_000

    /// Whether a file that was changed at this time on the host's clock was changed after it.
    func isBefore(_ real: Int64) -> Bool { self.real <= real &+ Self.slack }
}

/// A wait of a certain length that the kernel carries out.
struct AwaitedTime {
    let call: Notification
    /// Nanoseconds that it lasts, and that pass for whoever waits so long.
    let length: UInt64
    private(set) var counts: UInt64
    /// Whether there is nothing that it waits for but the time.
    let isSleep: Bool
    /// When it began, on the monotonic clock, and where the wall clock was for others, for the thread, and for all of its process.
    let start: UInt64
    private(set) var base: UInt64
    private(set) var shown: UInt64
    let known: UInt64
    /// Whether its process is not known to have any other thread.
    let isAlone: Bool
    /// Whether the thread was still there in the middle of it.
    private(set) var isHalfOver = false
    /// What went on besides when it was looked at.
    private var activities: (first: Activity, last: Activity) = (.unknown, .unknown)
    /// Processor time that the thread had had when it was first seen to want some instead of waiting.
    var ran: UInt64?

    init(
        call: Notification, length: UInt64, counts: UInt64, isSleep: Bool, start: UInt64, clock: ThreadClock,
        known: UInt64 = 0, isAlone: Bool = true
    ) {
        (self.call, self.length, self.counts, self.isSleep) = (call, length, counts, isSleep)
        (self.start, base, shown, self.known, self.isAlone) = (start, clock.now, clock.shown, known, isAlone)
        let (end, isTooLong) = start.addingReportingOverflow(length)
        goal = (isTooLong ? .max : end, length)
    }

    /// Takes down that the thread was still there in the middle of it.
    mutating func isThere(_ activity: Activity) {
        activities = isHalfOver ? (activities.first, activity) : (activity, activity)
        isHalfOver = true
    }

    /// Whether nobody was waited for but the time, by all of the process.
    var isIdle: Bool {
        switch activities.last {
        case .process: activities.first != .other
        case .none: activities.first == .none || activities.first == .process
        case .unknown, .other: false
        }
    }

    /// Whether other threads of the process were at work, or may have been: how long they are is no time that passes. A long sleep
    /// is none for work.
    var isForWork: Bool {
        let isShort = counts <= ThreadClock.shortWait
        guard isShort || !isSleep else { return false }
        if activities.first == .other || activities.last == .other { return true }
        return activities.last == .unknown && !isAlone && isShort
    }

    /// When to see whether the thread still is there, on the monotonic clock: in the middle, and a little before the end. In short ones
    /// earlier, because nobody comes at the very moment.
    var look: UInt64 {
        let first = length < 20 * Self.shortest ? length / 4 : length / 2
        return start &+ (isHalfOver ? length - length / 8 : first)
    }

    /// How much later to look once more for a thread that may not have come to its wait yet: on a busy host that can take longer than
    /// the wait.
    var again: UInt64 { max(length / 16, Self.shortest) }

    /// Whether a thread that was seen to want a processor has been busy since then, so that it was woken. Beginning to wait takes a
    /// few microseconds.
    func computes(_ ran: UInt64) -> Bool { self.ran.map { ran > $0 + Self.beginning } ?? false }

    private static let beginning: UInt64 = 100_000

    /// When it is over, on the monotonic clock.
    var end: UInt64 {
        let (end, isTooLong) = start.addingReportingOverflow(length)
        return isTooLong ? .max : end
    }

    /// Whether it came to its end, for a thread that is known to be out of it and was not seen to be so before. What may be
    /// woken early has to have been seen in the middle, else computing after that would be taken for waiting.
    func isOver(_ now: UInt64) -> Bool { now >= end && (isSleep || isHalfOver) }

    /// When it would be over, and how long it was to last, for the first of those that it goes on with.
    private var goal: (end: UInt64, length: UInt64)

    /// Whether another wait goes on with one that was not over, because it ends when that would have: after a signal, or an event.
    func isContinued(by other: AwaitedTime) -> Bool {
        let difference = other.end > goal.end ? other.end - goal.end : goal.end - other.end
        return other.isSleep == isSleep && difference <= Self.delay + goal.length / 64
    }

    /// Takes over where the clock was when such a sleep began, and what counts for it.
    mutating func goOn(from before: AwaitedTime) {
        (base, shown, counts, goal) = (before.base, before.shown, before.counts, before.goal)
    }

    /// More than it takes to handle a signal and go on, in nanoseconds.
    private static let delay: UInt64 = 5_000_000

    /// Waits that are too short to be looked at, in nanoseconds.
    static let shortest: UInt64 = 1_000_000
    /// Longer sleeps of one thread are time that passes for all of its process. Shorter ones are how virtual machines and
    /// sanitizers look after themselves in a loop, which counts how long the process really runs.
    static let background: UInt64 = 100_000_000
    /// Others are that if nothing else goes on, which is looked for if they are this long.
    static let shortestIdle: UInt64 = 5_000_000

    /// Whether it matters whether anything else goes on.
    var asksForActivity: Bool { counts >= Self.shortestIdle && !(isSleep && counts > Self.background) }
}

/// What goes on while a thread waits.
enum Activity {
    /// It is alone in its process, and other processes are at work; or nobody has looked.
    case unknown
    /// All threads of its process wait for each other or for the time. Others may be at work.
    case process
    /// All threads of all processes wait: nothing happens before the first of them has waited long enough.
    case none
    /// Something else.
    case other
}
