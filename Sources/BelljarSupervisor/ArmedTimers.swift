/// The timers of a process that are to fire, and let time pass then.
///
/// The first time that a timer fires counts, whatever the process does meanwhile. One that fires again and again counts each time
/// that its process was seen to wait for that a little before, and for nothing else (`TimerSight`): so loops that let a
/// timer wake them come to their end, and of programs that compute or wait for others, and only look after themselves by a timer, no
/// length ever becomes part of the time.
struct ArmedTimers {
    /// Which timer: ITIMER_REAL, or the number of a timer or of its descriptor.
    enum Name: Hashable {
        case interval
        case timer(Int32)
        case descriptor(Int32)
    }

    /// What a timer is set to, in nanoseconds.
    struct Setting: Equatable {
        /// Until it fires; 0 if it is not to.
        var length: UInt64
        /// What passes until then, if that is not the length.
        var counts: UInt64?
        /// What the wall clock shows then, if it was set to that.
        var point: UInt64?
        /// From then on; 0 if it does so only once.
        var interval: UInt64 = 0
    }

    struct Timer {
        let name: Name
        /// That set it.
        let thread: Int32
        let interval: UInt64
        fileprivate let start: UInt64
        /// When it fires, on the monotonic clock.
        let end: UInt64
        /// What the wall clock shows when it fires.
        fileprivate let time: UInt64
        /// Whether it has fired before.
        fileprivate var isAgain = false
        /// Whether it was looked at, and how it was then.
        fileprivate var isSeen = false
        fileprivate var isAwaited = false

        fileprivate init(_ name: Name, _ setting: Setting, by thread: Int32, start: UInt64, base: UInt64) {
            (self.name, self.thread, interval, self.start) = (name, thread, setting.interval, start)
            let (end, isTooLong) = start.addingReportingOverflow(setting.length)
            self.end = isTooLong ? .max : end
            let (time, isTooLate) = base.addingReportingOverflow(setting.counts ?? setting.length)
            self.time = setting.point.map { max($0, base) } ?? (isTooLate ? .max : time)
        }

        /// When to look for its process, on the monotonic clock: an eighth before the end, as for waits (`AwaitedTime`), but for a short timer
        /// no later than a quarter of a second before it, or in its middle: on a busy host the timekeeper comes so late.
        fileprivate var look: UInt64 { end - max((end - start) / 8, min((end - start) / 2, Self.lateness)) }

        /// When the timekeeper has something to do about it.
        fileprivate var next: UInt64 { isSeen ? end : look }

        /// Whether it fires often enough to be looked at each time, and not too often.
        var isRepeated: Bool { interval >= Self.shortestInterval }

        private static let lateness: UInt64 = 250_000_000
        private static let shortestInterval: UInt64 = 10_000_000
    }

    /// How a timer was found to be.
    enum Sight {
        /// Taken back without a word: its descriptor was closed, or it was deleted.
        case gone
        case there(isAwaited: Bool)
    }

    /// Besides ITIMER_REAL. More than a program has open, as a rule; further ones do not count. Each takes less than the kernel
    /// needs for it.
    static let maximumCount = 1024

    private var timers: [Name: Timer] = [:]

    /// Whether one that is not known can be kept.
    func hasRoom(for name: Name) -> Bool {
        name == .interval || timers[name] != nil
            || timers.count - (timers[.interval] == nil ? 0 : 1) < Self.maximumCount
    }

    /// - Parameter base: what the wall clock shows.
    /// - Returns: when its process is to be looked for, on the monotonic clock, if it fires and can be kept.
    mutating func set(
        _ name: Name, _ setting: Setting, by thread: Int32 = 0, base: UInt64, now: UInt64
    ) -> UInt64? {
        guard setting.length > 0, hasRoom(for: name) else {
            timers[name] = nil
            return nil
        }
        let timer = Timer(name, setting, by: thread, start: now, base: base)
        timers[name] = timer
        return timer.look
    }

    /// What is left of a timer until it fires.
    func left(of name: Name, now: UInt64) -> Setting? {
        timers[name].map { Setting(length: $0.end > now ? $0.end - now : 0, interval: $0.interval) }
    }

    /// When there is something to do, on the monotonic clock.
    var next: UInt64? { timers.values.lazy.map(\.next).min() }

    /// Those that it is time to look at.
    func unseen(_ now: UInt64) -> [Timer] {
        timers.values.filter { !$0.isSeen && $0.look <= now && (now < $0.end || $0.isAgain) }
    }

    /// All of them.
    var all: [Timer] { Array(timers.values) }

    /// Takes down how timers were found to be, unless they were set again or have fired since.
    mutating func saw(_ found: [(Timer, Sight)]) {
        for (timer, sight) in found {
            guard var known = timers[timer.name], known.start == timer.start, known.end == timer.end else { continue }
            switch sight {
            case .gone: timers[timer.name] = nil
            case .there(let isAwaited):
                (known.isSeen, known.isAwaited) = (true, isAwaited)
                timers[timer.name] = known
            }
        }
    }

    /// Takes out those that a dead process has not lived to see. Whoever comes later than a timer's end knows nothing: then it
    /// has fired, because most of whom a timer ends are gone at once (timeout(1)).
    mutating func forget(_ now: UInt64) {
        for timer in timers.values where now < timer.end || timer.isAgain { timers[timer.name] = nil }
    }

    /// Lets those fire whose time has come.
    ///
    /// - Parameter base: what the wall clock shows now.
    /// - Returns: what it shows then.
    mutating func fire(_ now: UInt64, base: UInt64) -> UInt64? {
        let fired = timers.values.filter { $0.end <= now }
        var time: UInt64?
        for timer in fired where !timer.isAgain || timer.isAwaited { time = max(time ?? 0, timer.time) }
        for timer in fired {
            timers[timer.name] = timer.isRepeated ? Self.again(timer, now, max(base, time ?? 0)) : nil
        }
        return time
    }

    /// A timer that has fired, until it does so the next time. What it missed it does not make up for.
    private static func again(_ timer: Timer, _ now: UInt64, _ base: UInt64) -> Timer {
        let last = timer.end + (now - timer.end) / timer.interval * timer.interval
        let setting = Setting(length: timer.interval, interval: timer.interval)
        var again = Timer(timer.name, setting, by: timer.thread, start: last, base: base)
        (again.isAgain, again.isAwaited) = (true, timer.isAwaited)
        return again
    }
}
