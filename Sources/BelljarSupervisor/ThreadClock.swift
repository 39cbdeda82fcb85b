internal import BelljarControls

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
/// The clocks stand still at the end of that second. Two things move them, for the thread that does them alone, and
/// both by amounts that follow from what the thread does and not from how long that takes:
///
/// * A loop that reads the clock until it moves would never end. After 100,000 readings every further one adds a
///   millisecond. So such a loop ends after about as long as it would elsewhere (a reading takes 5 to 10 us), and 60
///   seconds more take it another 60,000 readings. Fewer would do for the loop, but what a logger or a virtual machine
///   writes would change too, and differ if it has several threads that read.
/// * A thread that asked to be woken at a point of the wall clock, and was not woken by anything else before, sees
///   that point and a microsecond more. Else `while (now() < deadline) wait_until(deadline)`, which is how C++ and
///   Boost wait, would never end.
///
/// It is for the thread alone because other threads of the same process would see more or less of it, depending on how
/// they are scheduled; what a program writes down is most often written by a thread that never waits for the clock.
/// Relative sleeps move nothing.
struct ThreadClock {
    /// Readings before the clock moves.
    static let patience: UInt64 = 100_000
    /// What every further reading adds, in nanoseconds.
    static let step: UInt64 = 1_000_000
    /// What follows a point that was waited for, in nanoseconds.
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
    private var base = UInt64(World.clockNanoseconds)
    private var anchor: Anchor?
    /// What the last wait was for, if that did not run out; else 0.
    private var awaited: UInt64 = 0
    /// What a timer was last set to, and the point on the monotonic clock when it fires.
    private var timer: UInt64 = 0
    private var timerEnd: UInt64 = 0

    /// What the clock shows.
    var now: UInt64 { base + (reads > Self.patience ? (reads - Self.patience) * Self.step : 0) }

    /// Reads the clock. What is waited for from now on counts from now.
    mutating func read() -> UInt64 {
        reads += 1
        anchor = nil
        awaited = 0
        return now
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
        var start = Anchor(wall: now, monotonic: monotonic, readings: readings)
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
        let after = deadline + Self.moment
        if after > now { base += after - now }
    }
}
