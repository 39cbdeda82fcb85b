internal import BelljarControls
internal import BelljarKernel

/// Control `clock`: timers. The kernel carries those out that are set to a length, and PID 1 takes down that they are.
///
/// A point of the wall clock is not the kernel's: a timer that is a descriptor is set to what is left until then, and one of
/// timer_create(2) is carried out by PID 1 (`CarriedTimers`).
extension Worker {
    /// setitimer(ITIMER_REAL, new, old)
    func setIntervalTimer() throws(Refusal) {
        guard call.argument(1) != 0 else { return try arm(.interval, ArmedTimers.Setting(length: 0)) }
        let zero = WallTime(seconds: 0, fraction: 0)
        let interval = try read(WallTime.self, at: call.argument(1), or: zero)
        let value = try read(WallTime.self, at: call.argument(1) &+ 16, or: zero)
        // What the kernel refuses changes nothing.
        guard [interval, value].allSatisfy({ $0.seconds >= 0 && 0..<1_000_000 ~= $0.fraction }) else { return }
        try arm(
            .interval,
            ArmedTimers.Setting(
                length: Self.length(value, unit: 1000), interval: Self.length(interval, unit: 1000)))
    }

    /// timerfd_settime(descriptor, flags, new, old)
    ///
    /// Until a point of the wall clock: done on a copy of the descriptor, with the time that is left. That somebody sets the clock
    /// (TFD_TIMER_CANCEL_ON_SET) never happens.
    func setTimerDescriptor() throws(Refusal) -> Reply {
        guard call.int(1) & ~3 == 0, let setting = try timerSetting() else { return .proceed }
        let name = ArmedTimers.Name.descriptor(call.int(0))
        guard isToPoint, setting.isArmed else { return try noting(name, setting.lengths) }
        guard let clock = clockOfDescriptor(call.int(0)) else { return .proceed }
        guard Self.wallClocks.contains(clock) else { return try noting(name, lengths(setting)) }
        let (left, point) = try timeLeft(until: setting.value)
        try arm(name, ArmedTimers.Setting(length: left, point: point, interval: setting.lengths.interval))
        let timer = try copyOfDescriptor(call.int(0))
        let old: TimerDescriptor.Setting
        do throws(KernelError) {
            old = try TimerDescriptor.set(
                timer,
                to: [
                    setting.interval.seconds, setting.interval.fraction, Int64(left / 1_000_000_000),
                    Int64(left % 1_000_000_000),
                ])
        } catch { throw .errno(error.errno) }
        if call.argument(3) != 0 { try write(old, to: call.argument(3)) }
        return .success
    }

    /// timer_settime(timer, flags, new, old)
    func setTimer() throws(Refusal) -> Reply {
        guard let setting = try timerSetting() else { return .proceed }
        let number = call.int(0)
        guard let made = MadeTimer.all(of: call.thread) else {
            guard isToPoint, setting.isArmed else { return .proceed }
            throw listener.isWaiting(call.id) ? .errno(.EOPNOTSUPP) : .gone
        }
        guard let timer = made.first(where: { $0.number == number }) else { return .proceed }
        // The time that a process has used is no time that passes.
        guard Self.passingClocks.contains(timer.clock) else { return .proceed }
        var lengths = lengths(setting)
        let isToWallTime = isToPoint && setting.isArmed && Self.wallClocks.contains(timer.clock)
        if isToWallTime {
            let (left, point) = try timeLeft(until: setting.value)
            lengths = ArmedTimers.Setting(length: left, point: point, interval: setting.lengths.interval)
        } else {
            // PID 1 also has to say what was left of one that it carries out.
            let carried = call.argument(3) == 0 ? nil : try shared.clocks.carried(call.caller, number)
            guard carried != nil else { return try noting(.timer(number), lengths) }
        }
        guard let carried = try shared.clocks.carry(call.caller, timer, lengths, among: made) else {
            throw .errno(.EAGAIN)
        }
        if let next = carried.next {
            timekeeper.look(Look(next: next, target: Look.Target(number: carried.process, isAtTimers: true)))
        }
        if call.argument(3) != 0 { try write(TimerSetting(carried.old), to: call.argument(3)) }
        return .success
    }

    /// timer_gettime(timer, value)
    func timeOfTimer() throws(Refusal) -> Reply {
        let number = call.int(0)
        guard let left = try shared.clocks.carried(call.caller, number) else { return .proceed }
        guard let made = MadeTimer.all(of: call.thread), made.contains(where: { $0.number == number }) else {
            // Deleted, which the kernel says.
            try shared.clocks.forgetCarried(call.caller, number)
            return .proceed
        }
        try write(TimerSetting(left), to: call.argument(1))
        return .success
    }

    /// CLOCK_REALTIME, CLOCK_REALTIME_ALARM, CLOCK_TAI
    static var wallClocks: [Int32] { [0, 8, 11] }
    /// These, and CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_BOOTTIME_ALARM.
    static var passingClocks: [Int32] { [0, 1, 7, 8, 9, 11] }

    /// TIMER_ABSTIME and TFD_TIMER_ABSTIME
    private var isToPoint: Bool { call.int(1) & 1 != 0 }

    // MARK: Settings

    /// `struct itimerspec`
    private struct TimerSetting: BitwiseCopyable {
        var interval = WallTime(seconds: 0, fraction: 0)
        var value = WallTime(seconds: 0, fraction: 0)

        init() {}

        init(_ setting: ArmedTimers.Setting) {
            interval = WallTime(second: 0, offset: setting.interval)
            value = WallTime(second: 0, offset: setting.length)
        }

        var isArmed: Bool { value != WallTime(seconds: 0, fraction: 0) }

        var lengths: ArmedTimers.Setting {
            ArmedTimers.Setting(
                length: Worker.length(value, unit: 1), interval: isArmed ? Worker.length(interval, unit: 1) : 0)
        }
    }

    /// What a timer is to be set to; nil for what the kernel refuses.
    private func timerSetting() throws(Refusal) -> TimerSetting? {
        do throws(Refusal) {
            let setting = try read(TimerSetting.self, at: call.argument(2), or: TimerSetting())
            return setting.interval.isValid && setting.value.isValid ? setting : nil
        } catch { throw Self.leftToKernel(error) }
    }

    /// For a clock that runs: of a point of it, what is left, which was meant to be a little more.
    private func lengths(_ setting: TimerSetting) -> ArmedTimers.Setting {
        var lengths = setting.lengths
        guard isToPoint, setting.isArmed else { return lengths }
        let now = Host.monotonicNanoseconds()
        lengths.length = lengths.length > now ? lengths.length - now : 1
        lengths.counts = lengths.length > 1 ? AwaitedTime.wanted(lengths.length) : 0
        return lengths
    }

    /// Nanoseconds until a timer is to fire, at least one, and no more than a hundred years, which the kernel can count
    /// from now; and what the wall clock shows then.
    private func timeLeft(until time: WallTime) throws(Refusal) -> (length: UInt64, point: UInt64) {
        let deadline = time.offset(from: shared.world.epoch)
        let now = Host.monotonicNanoseconds()
        let end = try shared.clocks.clock(of: call.caller) { clock, readings in
            clock.setTimer(to: deadline, monotonic: now, readings: readings)
        }
        return (end <= now ? 1 : min(end - now, 100 * 365 * 86400 * 1_000_000_000), deadline)
    }

    private func clockOfDescriptor(_ descriptor: Int32) -> Int32? {
        let name = "clockid: "
        let lines = procText("/proc/\(call.thread)/fdinfo/\(descriptor)")?.split(separator: UInt8(ascii: "\n")) ?? []
        return lines.first { $0.starts(with: name.utf8) }.flatMap {
            Int32(String(decoding: $0.dropFirst(name.utf8.count), as: UTF8.self))
        }
    }

    // MARK: Arming

    /// Takes down what the kernel is about to carry out.
    private func noting(_ name: ArmedTimers.Name, _ setting: ArmedTimers.Setting) throws(Refusal) -> Reply {
        do throws(Refusal) { try arm(name, setting) } catch { throw Self.leftToKernel(error) }
        return .proceed
    }

    func arm(_ name: ArmedTimers.Name, _ setting: ArmedTimers.Setting) throws(Refusal) {
        var armed = try shared.clocks.setTimer(call.caller, name, setting)
        if armed.isFull {
            // Closed ones are noticed when it is their time, or when there are so many of them.
            let seen = TimerSight.look(at: shared.clocks.timers(of: armed.process), of: armed.process)
            shared.clocks.sawTimers(of: armed.process, seen)
            armed = try shared.clocks.setTimer(call.caller, name, setting)
        }
        guard let next = armed.next else { return }
        timekeeper.look(Look(next: next, target: Look.Target(number: armed.process, isAtTimers: true)))
    }
}
