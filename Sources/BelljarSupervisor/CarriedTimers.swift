/// Timers of a process (timer_create(2)) that PID 1 carries out in the kernel's place: those that were set to a point of the
/// wall clock, and what they are set to after that until they have fired.
///
/// Only the process itself can have the kernel set such a timer, and then to what stands in its own memory, where nothing of the
/// host's clock is to be seen. So the kernel's timer stays as it is, and the `Timekeeper` sends the signal.
struct CarriedTimers {
    /// One whose time has come.
    struct Expired {
        let timer: MadeTimer
        /// Whether it has fired before.
        let isAgain: Bool
    }

    private struct Carried {
        let timer: MadeTimer
        let interval: UInt64
        var end: UInt64
        var isAgain = false
    }

    /// A process has a few. Further ones are refused (EAGAIN).
    static let maximumCount = 1024

    private var timers: [Int32: Carried] = [:]

    /// Sets a timer, or takes it back if its length is 0.
    ///
    /// - Parameter made: those that the process has; what it has deleted is forgotten.
    /// - Returns: false if there are too many.
    mutating func set(
        _ timer: MadeTimer, _ setting: ArmedTimers.Setting, now: UInt64, among made: [MadeTimer]
    ) -> Bool {
        guard setting.length > 0 else {
            timers[timer.number] = nil
            return true
        }
        if timers.count >= Self.maximumCount {
            let numbers = Set(made.map(\.number))
            timers = timers.filter { numbers.contains($0.key) }
            guard timers.count < Self.maximumCount || timers[timer.number] != nil else { return false }
        }
        let (end, isTooLong) = now.addingReportingOverflow(setting.length)
        timers[timer.number] = Carried(timer: timer, interval: setting.interval, end: isTooLong ? .max : end)
        return true
    }

    mutating func remove(_ number: Int32) { timers[number] = nil }

    /// Takes a timer back, unless its number is another's by now.
    mutating func remove(_ timer: MadeTimer) {
        if timers[timer.number]?.timer == timer { timers[timer.number] = nil }
    }

    /// What is left of a timer; nil if the kernel carries it out.
    func left(of number: Int32, now: UInt64) -> ArmedTimers.Setting? {
        timers[number].map {
            // One that fires right now has not fired yet.
            ArmedTimers.Setting(length: $0.end > now ? $0.end - now : 1, interval: $0.interval)
        }
    }

    /// When the next one fires, on the monotonic clock.
    var next: UInt64? { timers.values.lazy.map(\.end).min() }

    /// Lets those fire whose time has come, in that order.
    mutating func fire(_ now: UInt64) -> [Expired] {
        let fired = timers.values.filter { $0.end <= now }.sorted {
            ($0.end, $0.timer.number) < ($1.end, $1.timer.number)
        }
        for var timer in fired {
            let number = timer.timer.number
            guard timer.interval > 0 else {
                timers[number] = nil
                continue
            }
            let missed = (now - timer.end) / timer.interval
            let (end, isTooLong) = timer.end.addingReportingOverflow(
                (missed + 1).multipliedReportingOverflow(by: timer.interval).partialValue)
            (timer.end, timer.isAgain) = (isTooLong ? .max : end, true)
            timers[number] = timer
        }
        return fired.map { Expired(timer: $0.timer, isAgain: $0.isAgain) }
    }
}
