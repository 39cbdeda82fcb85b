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
        return try isOver(deadline, end, now) ? .success : try hold(.sleep, deadline, end, now)
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
            guard try !isOver(deadline, end, now) else { throw .errno(.ETIMEDOUT) }
            return try hold(.lock(address: address), deadline, end, now)
        default: return .proceed
        }
    }

    private func wait(for address: UInt64, holding word: UInt32, _ change: HeldCall.Change) throws(Refusal) -> Reply {
        let value = UInt32(bitPattern: call.int(2))
        let (deadline, end, now) = try beginWait(untilTimeAt: call.argument(3))
        guard word == value else { throw .errno(.EAGAIN) }
        guard try !isOver(deadline, end, now) else { throw .errno(.ETIMEDOUT) }
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
        guard !isChanged else { throw .errno(.EAGAIN) }
        guard try !isOver(deadline, end, now) else { throw .errno(.ETIMEDOUT) }
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

    /// Whether there is nothing to wait for any more. A caller that is woken for nothing takes its wait up again, and on a busy host
    /// it comes back when that is over: then it has waited until the deadline, as one that is held until then has.
    private func isOver(_ deadline: UInt64, _ end: UInt64, _ now: UInt64) throws(Refusal) -> Bool {
        guard end <= now else { return false }
        try shared.clocks.clock(of: call.caller) { clock, _ in clock.cameBack(for: deadline, after: end) }
        return true
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
            throw .violation("more system calls are waiting for the clock than belljar can hold")
        }
        return .held
    }
}
