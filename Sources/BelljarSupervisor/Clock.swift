internal import BelljarControls
internal import BelljarKernel

/// Control `clock`: the wall clocks stand still at the end of the epoch's second.
///
/// A loop that waits for the clock would never end, so after many readings in a row by one process the clock begins to
/// move, by an amount that depends on the number of readings alone.
extension Worker {
    /// Readings of one process before the clock moves.
    private static var patience: UInt64 { 10_000 }
    /// Nanoseconds that every further reading adds.
    private static var step: UInt64 { 1_000_000 }

    struct Time: BitwiseCopyable {
        var seconds: Int64
        var fraction: Int64
    }

    /// clock_gettime(clock, time)
    func clockTime() throws(Refusal) -> Reply {
        try write(try now(), to: call.argument(1))
        return .success
    }

    /// gettimeofday(time, zone)
    func timeOfDay() throws(Refusal) -> Reply {
        if call.argument(0) != 0 {
            let now = try now()
            try write(Time(seconds: now.seconds, fraction: now.fraction / 1000), to: call.argument(0))
        }
        // Minutes west of Greenwich and the kind of daylight saving time: none.
        if call.argument(1) != 0 { try write(UInt64(0), to: call.argument(1)) }
        return .success
    }

    /// time(seconds)
    func time() throws(Refusal) -> Reply {
        let seconds = try now().seconds
        if call.argument(0) != 0 { try write(seconds, to: call.argument(0)) }
        return .value(seconds)
    }

    func now() throws(Refusal) -> Time {
        let reads = try shared.processes.with(thread: call.thread) { entry in
            entry.clockReads += 1
            return entry.clockReads
        }
        let extra = reads > Self.patience ? (reads - Self.patience) &* Self.step : 0
        let nanoseconds = UInt64(World.clockNanoseconds) + extra
        return Time(
            seconds: Int64(shared.world.epoch + nanoseconds / 1_000_000_000),
            fraction: Int64(nanoseconds % 1_000_000_000))
    }
}
