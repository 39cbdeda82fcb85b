internal import BelljarControls
internal import BelljarKernel

/// Control `clock`: waits of a certain length, which the kernel carries out. PID 1 only takes down that they begin: if
/// they come to their end, that time has passed for the caller.
extension Worker {
    /// A call that waits, or sets a timer.
    func waiting(_ name: NotifiedCall) throws(Refusal) -> Reply {
        let isAbsolute = call.int(1) & 1 != 0
        switch name {
        // The clocks of alarms, which a build does not have (`SeccompProfile.clocksOfAlarms`).
        case .clock_nanosleep where call.int(0) & ~1 == 8: throw .errno(.EOPNOTSUPP)
        // A point of the wall clock, which is not the kernel's.
        case .clock_nanosleep where isAbsolute && Self.wallClocks.contains(call.int(0)):
            return try sleepUntil()
        case .timer_settime: return try setTimer()
        case .timerfd_settime: return try setTimerDescriptor()
        // FUTEX_LOCK_PI has no flag for the clock, and the wall clock.
        case .futex where call.int(1) & 0x100 != 0 || call.int(1) & 0x7f == 6: return try waitForWord()
        case .futex_waitv where call.int(4) == 0: return try waitForWords()
        default: break
        }
        do throws(Refusal) { try noting(name) } catch { throw Self.leftToKernel(error) }
        return .proceed
    }

    private func noting(_ name: NotifiedCall) throws(Refusal) {
        switch name {
        case .clock_nanosleep: try noteSleep()
        case .nanosleep: try note(try length(at: call.argument(0)), isSleep: true)
        case .poll: try note(milliseconds: call.int(2), isSleep: call.argument(1) == 0)
        case .ppoll: try note(try length(at: call.argument(2)), isSleep: call.argument(1) == 0)
        case .select: try note(try length(at: call.argument(4), unit: 1000), isSleep: selectsNothing)
        case .pselect6: try note(try length(at: call.argument(4)), isSleep: selectsNothing)
        case .epoll_wait, .epoll_pwait: try note(milliseconds: call.int(3), isSleep: false)
        case .epoll_pwait2, .semtimedop: try note(try length(at: call.argument(3)), isSleep: false)
        case .rt_sigtimedwait: try note(try length(at: call.argument(2)), isSleep: false)
        // FUTEX_WAIT alone knows lengths.
        case .futex where call.int(1) & 0x7f == 0: try note(try length(at: call.argument(3)), isSleep: false)
        case .futex, .futex_waitv: try note(until: call.argument(3), isSleep: false)
        case .alarm:
            try arm(.interval, ArmedTimers.Setting(length: UInt64(UInt32(bitPattern: call.int(0))) * 1_000_000_000))
        case .setitimer: try setIntervalTimer()
        default: break
        }
    }

    /// clock_nanosleep(clock, flags, time, remain), of clocks that run while nobody computes.
    private func noteSleep() throws(Refusal) {
        guard Self.clocksOfSleep.contains(call.int(0)) else { return }
        if call.int(1) & 1 != 0 {
            try note(until: call.argument(2), isSleep: true)
        } else {
            try note(try length(at: call.argument(2)), isSleep: true)
        }
    }

    /// CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI
    static var clocksOfSleep: [Int32] { [0, 1, 7, 11] }

    /// Whether select(2) has nothing to look at.
    private var selectsNothing: Bool {
        call.int(0) == 0 || (1...3).allSatisfy { call.argument($0) == 0 }
    }

    // MARK: Lengths

    private func note(milliseconds: Int32, isSleep: Bool) throws(Refusal) {
        try note(UInt64(max(milliseconds, 0)) * 1_000_000, isSleep: isSleep)
    }

    /// - Parameter isSleep: whether there is nothing to wait for but the time. Else most programs have a point of the monotonic
    ///   clock in mind, and say what is left until that.
    private func note(_ length: UInt64, isSleep: Bool) throws(Refusal) {
        let counts = isSleep ? length : AwaitedTime.wanted(length)
        try note(length, counts: counts, isSleep: isSleep, start: Host.monotonicNanoseconds())
    }

    private func note(_ length: UInt64, counts: UInt64, isSleep: Bool, start: UInt64) throws(Refusal) {
        guard length > 0 else { return }
        guard isSleep || length >= AwaitedTime.shortest else {
            return try shared.clocks.waitShortly(call.caller, counts)
        }
        let next = try shared.clocks.wait(call, length: length, counts: counts, isSleep: isSleep, start: start)
        if let next { timekeeper.look(Look(next: next, target: Look.Target(number: call.thread, isAtTimers: false))) }
    }

    /// Reads `struct timespec`, or `struct timeval`, of which a unit has so many nanoseconds; 0 for none.
    func length(at address: UInt64, unit: Int64 = 1) throws(Refusal) -> UInt64 {
        guard address != 0 else { return 0 }
        let time = try read(WallTime.self, at: address, or: WallTime(seconds: 0, fraction: 0))
        // A whole second of nanoseconds is refused by the kernel. select(2) takes more than one of microseconds.
        guard unit > 1 || time.fraction < 1_000_000_000 else { return 0 }
        return Self.length(time, unit: unit)
    }

    static func length(_ time: WallTime, unit: Int64) -> UInt64 {
        let (fraction, isTooMuch) = time.fraction.multipliedReportingOverflow(by: unit)
        guard time.seconds >= 0, fraction >= 0, !isTooMuch else { return 0 }
        let (whole, isTooLong) = UInt64(time.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (length, isLonger) = whole.addingReportingOverflow(UInt64(fraction))
        return isTooLong || isLonger ? .max : length
    }

    /// Notes a wait until a point of the monotonic clock.
    private func note(until address: UInt64, isSleep: Bool) throws(Refusal) {
        let end = try length(at: address)
        let now = Host.monotonicNanoseconds()
        guard end > now else { return }
        try note(end - now, counts: AwaitedTime.wanted(end - now), isSleep: isSleep, start: now)
    }
}

extension AwaitedTime {
    /// The length, in nanoseconds, that somebody wanted of whom a little less is left: 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50 or 100
    /// milliseconds, fifties up to a second, and half seconds from there.
    ///
    /// The caller has read the monotonic clock a moment ago, which nobody was asked about, and added what it wants to wait. So less
    /// is left now, and how much less says how busy the host is. What was wanted is taken to be the next number that people
    /// write.
    static func wanted(_ left: UInt64) -> UInt64 {
        let millisecond: UInt64 = 1_000_000
        for length in [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] as [UInt64] where left <= length * millisecond / 10 {
            return length * millisecond / 10
        }
        let unit: UInt64 = left <= 1000 * millisecond ? 50 : 500
        let (length, isTooLong) = left.addingReportingOverflow(unit * millisecond - 1)
        return isTooLong ? .max : length / (unit * millisecond) * (unit * millisecond)
    }
}
