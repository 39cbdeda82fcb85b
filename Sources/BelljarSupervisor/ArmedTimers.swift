/// The timers of a process that have not fired since they were set.
struct ArmedTimers {
    /// Which timer: ITIMER_REAL, or the number of a timer or of its descriptor.
    enum Name: Hashable {
        case interval
        case timer(Int32)
        case descriptor(Int32)
    }

    private struct Timer {
        let name: Name
        let start: UInt64
        let end: UInt64
        /// What the wall clock shows when it fires.
        let time: UInt64
        /// When to look for its process, on the monotonic clock: an eighth before the end, as for waits (`AwaitedTime`), but a short timer
        /// no later than a quarter of a second before it, or in its middle: on a busy host the timekeeper comes so late.
        var look: UInt64 { end - max((end - start) / 8, min((end - start) / 2, Self.lateness)) }

        private static let lateness: UInt64 = 250_000_000
    }

    /// Nobody waits for more at once.
    private static let maximumCount = 16

    private var timers: [Timer] = []

    /// - Returns: when its process is to be looked for, on the monotonic clock, if it fires and can be kept.
    mutating func set(_ name: Name, length: UInt64, base: UInt64, now: UInt64) -> UInt64? {
        timers.removeAll { $0.name == name }
        let (end, isTooLong) = now.addingReportingOverflow(length)
        guard length > 0, !isTooLong, timers.count < Self.maximumCount else { return nil }
        let timer = Timer(name: name, start: now, end: end, time: base &+ length)
        timers.append(timer)
        return timer.look
    }

    /// When to look once more for a process that was there, on the monotonic clock.
    func next(after now: UInt64) -> UInt64? { timers.lazy.filter { $0.look <= now }.map(\.end).min() }

    /// Takes out those that a dead process has not lived to see: it was looked for in time, and was gone. Whoever comes later than a
    /// timer's end knows nothing: then it has fired, because most of whom a timer ends are gone at once (timeout(1)).
    mutating func forget(_ now: UInt64) { timers.removeAll { $0.look <= now && now < $0.end } }

    /// Takes out those that have fired.
    ///
    /// - Returns: what the clock shows then.
    mutating func fire(_ now: UInt64) -> UInt64? {
        guard !timers.isEmpty else { return nil }
        let time = timers.lazy.filter { $0.end <= now }.map(\.time).max()
        if time != nil { timers.removeAll { $0.end <= now } }
        return time
    }
}
