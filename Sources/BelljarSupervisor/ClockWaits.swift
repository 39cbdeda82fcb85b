internal import BelljarControls
internal import BelljarKernel

/// Control `clock`: waits until a point of the wall clock take the time between what the clock shows and that point.
///
/// The kernel would compare the point with the host's clock. So the call is held by the `Timekeeper`, which answers when
/// the time is over, or tells the caller to look again where a call may do that. What has no answer but the kernel's
/// own is let through when nothing is to wait for any more: a lock with priority inheritance (FUTEX_LOCK_PI) is let
/// through once it is free, and a caller that then loses the race for it is told by the kernel that its time is over.
///
/// What the kernel refuses whatever the time is, it refuses by itself.
extension Worker {
    /// clock_nanosleep(clock, TIMER_ABSTIME, request, remain)
    func sleepUntil() throws(Refusal) -> Reply {
        let (deadline, end, now) = try beginWait(untilTimeAt: call.argument(2))
        return end <= now ? .success : try hold(.sleep, deadline, end, now)
    }

    /// futex(word, operation, value, time, second word, bits), with a point of the wall clock.
    func waitForWord() throws(Refusal) -> Reply {
        let (address, operation) = (call.argument(0), call.int(1))
        guard address % 4 == 0 else { return .proceed }
        let word = try word(at: address)
        switch operation & 0x7f {
        // FUTEX_WAIT_BITSET
        case 9:
            guard call.int(5) != 0 else { return .proceed }
            return try wait(for: address, holding: word, .woken)
        // FUTEX_WAIT_REQUEUE_PI
        case 11:
            guard call.argument(4) % 4 == 0, call.argument(4) != address else { return .proceed }
            return try wait(for: address, holding: word, .tooLate)
        // FUTEX_LOCK_PI, which with FUTEX_CLOCK_REALTIME does not exist, and FUTEX_LOCK_PI2.
        case 6 where operation & 0x100 == 0, 13:
            let owner = Int32(bitPattern: word & 0x3fff_ffff)
            guard owner != 0, owner != call.thread, Timekeeper.isAlive(owner) else { return .proceed }
            let (deadline, end, now) = try beginWait(untilTimeAt: call.argument(3))
            guard end > now else { throw .errno(ErrorCode.timedOut) }
            return try hold(.lock(address: address), deadline, end, now)
        default: return .proceed
        }
    }

    private func wait(for address: UInt64, holding word: UInt32, _ change: HeldCall.Change) throws(Refusal) -> Reply {
        let value = UInt32(bitPattern: call.int(2))
        let (deadline, end, now) = try beginWait(untilTimeAt: call.argument(3))
        guard word == value else { throw .errno(ErrorCode.tryAgain) }
        guard end > now else { throw .errno(ErrorCode.timedOut) }
        return try hold(.word(address: address, value: value, change), deadline, end, now)
    }

    private func word(at address: UInt64) throws(Refusal) -> UInt32 {
        do throws(Refusal) { return try read(UInt32.self, at: address, or: 0) } catch { throw Self.leftToKernel(error) }
    }

    /// futex_waitv(waiters, count, flags, time, CLOCK_REALTIME)
    func waitForWords() throws(Refusal) -> Reply {
        let count = Int(call.int(1))
        guard 1...FutexWaiter.maximumCount ~= count, call.int(2) == 0 else { return .proceed }
        var isChanged = false
        for index in 0..<count {
            let address = call.argument(0) &+ UInt64(index * MemoryLayout<FutexWaiter>.size)
            let waiter: FutexWaiter
            do throws(Refusal) {
                waiter = try read(FutexWaiter.self, at: address, or: .blank)
            } catch { throw Self.leftToKernel(error) }
            guard waiter.isValid else { return .proceed }
            if UInt64(try word(at: waiter.address)) != waiter.value { isChanged = true }
        }
        let (deadline, end, now) = try beginWait(untilTimeAt: call.argument(3))
        guard !isChanged else { throw .errno(ErrorCode.tryAgain) }
        guard end > now else { throw .errno(ErrorCode.timedOut) }
        return try hold(.words(address: call.argument(0), count: count), deadline, end, now)
    }

    /// mq_timedreceive(queue, message, length, priority, time) and mq_timedsend, which the timekeeper carries out.
    func waitForQueue(isReceiving: Bool) throws(Refusal) -> Reply {
        let (deadline, end, now) = try beginWait(untilTimeAt: call.argument(4))
        return try hold(.queue(isReceiving: isReceiving), deadline, max(end, now), now)
    }

    // MARK: Common

    /// - Returns: the deadline on the wall clock and on the monotonic clock, which shows `now`; see `ThreadClock`.
    /// - Throws: `proceed` for what is no time.
    private func beginWait(
        untilTimeAt address: UInt64
    ) throws(Refusal) -> (deadline: UInt64, end: UInt64, now: UInt64) {
        let time: WallTime
        do throws(Refusal) {
            time = try read(WallTime.self, at: address, or: WallTime(seconds: 0, fraction: 0))
        } catch { throw Self.leftToKernel(error) }
        guard time.isValid else { throw .proceed }
        let deadline = time.offset(from: shared.world.epoch)
        let now = Host.monotonicNanoseconds()
        let end = try shared.clocks.clock(of: call.caller) { clock, readings in
            clock.wait(for: deadline, monotonic: now, readings: readings)
        }
        return (deadline, end, now)
    }

    /// The kernel finds by itself what cannot be read.
    static func leftToKernel(_ refusal: Refusal) -> Refusal {
        if case .errno = refusal { return .proceed }
        return refusal
    }

    private func hold(
        _ matter: HeldCall.Matter, _ deadline: UInt64, _ end: UInt64, _ now: UInt64
    ) throws(Refusal) -> Reply {
        guard timekeeper.hold(HeldCall(call, matter, deadline: deadline, end: end, now: now)) else {
            throw .violation("more calls wait for the clock than can be held")
        }
        return .held
    }

    // MARK: Timers

    /// timerfd_settime(descriptor, TFD_TIMER_ABSTIME, new, old): done on a copy of the descriptor, with the time that is
    /// left. That somebody sets the clock (TFD_TIMER_CANCEL_ON_SET) never happens.
    func setTimerDescriptor() throws(Refusal) -> Reply {
        guard call.int(1) & ~3 == 0, let setting = try timerSetting(),
            let clock = try number(after: "clockid: ", in: "/proc/\(call.thread)/fdinfo/\(call.int(0))"),
            Self.wallClocks.contains(clock)
        else { return .proceed }
        let left = setting.isArmed ? try timeLeft(until: setting.value) : 0
        try arm(.descriptor(call.int(0)), length: left)
        let timer = try copyOfDescriptor(call.int(0))
        let old: TimerDescriptor.Setting
        do throws(KernelError) {
            old = try TimerDescriptor.set(
                timer,
                to: [
                    setting.interval.seconds, setting.interval.fraction, Int64(left / 1_000_000_000),
                    Int64(left % 1_000_000_000),
                ])
        } catch { throw .errno(error.number) }
        if call.argument(3) != 0 { try write(old, to: call.argument(3)) }
        return .success
    }

    /// timer_settime(timer, TIMER_ABSTIME, new, old)
    ///
    /// Nobody but the process itself can set such a timer, so the kernel has to do it, with the same point in time on the
    /// host's clock. The caller's structure holds that for the moment that the call takes, and is restored by the
    /// `Timekeeper`.
    func setTimer() throws(Refusal) -> Reply {
        guard let setting = try timerSetting(), setting.isArmed else { return .proceed }
        guard let clock = try clockOfTimer(call.int(0)) else { return .proceed }
        guard Self.wallClocks.contains(clock) else { return .proceed }
        guard let ran = ThreadTime(call.thread) else { throw .gone }
        let left = try timeLeft(until: setting.value)
        try arm(.timer(call.int(0)), length: left)
        let real = Host.nanoseconds(ofClock: Int32(clock))
        let translated = WallTime(second: 0, offset: real.addingReportingOverflow(left).partialValue)
        let address = call.argument(2) &+ UInt64(MemoryLayout<WallTime>.size)
        let borrowed = HeldCall.Borrowed(
            address: address, original: setting.value, translated: translated, ran: ran.cpu)
        let now = Host.monotonicNanoseconds()
        do throws(Refusal) { try write(translated, to: address) } catch {
            // A constant: there is no way to set a timer to it.
            guard case .errno = error else { throw error }
            throw .errno(ErrorCode.notSupported)
        }
        _ = try hold(.borrowed(borrowed), 0, .max, now)
        return .proceed
    }

    /// CLOCK_REALTIME, CLOCK_REALTIME_ALARM, CLOCK_TAI
    static var wallClocks: [UInt64] { [0, 8, 11] }

    /// `struct itimerspec`
    struct TimerSetting: BitwiseCopyable {
        var interval = WallTime(seconds: 0, fraction: 0)
        var value = WallTime(seconds: 0, fraction: 0)

        var isArmed: Bool { value != WallTime(seconds: 0, fraction: 0) }
    }

    /// What a timer is to be set to; nil for what the kernel refuses.
    func timerSetting() throws(Refusal) -> TimerSetting? {
        do throws(Refusal) {
            let setting = try read(TimerSetting.self, at: call.argument(2), or: TimerSetting())
            return setting.interval.isValid && setting.value.isValid ? setting : nil
        } catch { throw Self.leftToKernel(error) }
    }

    /// Nanoseconds until a timer is to fire, at least one, and no more than a hundred years, which the kernel can count
    /// from now.
    private func timeLeft(until time: WallTime) throws(Refusal) -> UInt64 {
        let deadline = time.offset(from: shared.world.epoch)
        let now = Host.monotonicNanoseconds()
        let end = try shared.clocks.clock(of: call.caller) { clock, readings in
            clock.setTimer(to: deadline, monotonic: now, readings: readings)
        }
        return end <= now ? 1 : min(end - now, 100 * 365 * 86400 * 1_000_000_000)
    }

    /// The clock of one of the caller's timers; nil if it has no such timer.
    func clockOfTimer(_ timer: Int32) throws(Refusal) -> UInt64? {
        guard let text = try text(of: "/proc/\(call.thread)/timers") else { throw .errno(ErrorCode.notSupported) }
        var isTimer = false
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count == 2, let number = UInt64(String(decoding: words[1], as: UTF8.self)) else { continue }
            switch String(decoding: words[0], as: UTF8.self) {
            case "ID:": isTimer = number == UInt64(UInt32(bitPattern: timer))
            case "ClockID:" where isTimer: return number
            default: continue
            }
        }
        return nil
    }

    private func number(after name: String, in path: String) throws(Refusal) -> UInt64? {
        for line in try text(of: path)?.split(separator: UInt8(ascii: "\n")) ?? [] {
            let line = String(decoding: line, as: UTF8.self)
            if line.hasPrefix(name) { return UInt64(line.dropFirst(name.count)) }
        }
        return nil
    }

    /// A short file of /proc; nil if there is none.
    private func text(of path: String) throws(Refusal) -> [UInt8]? {
        guard let file = try? Descriptor.workingDirectory.open(path) else { return nil }
        return try? file.readAll(limit: 1 << 20)
    }
}
