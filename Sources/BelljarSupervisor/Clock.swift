internal import BelljarControls
internal import BelljarKernel

/// Control `clock`: the wall clocks begin at the epoch, and move by what is waited for and by nothing else (`Clocks`).
///
/// The other clocks run for real from 0, in a time namespace: programs measure and wait with them, and do not end if
/// they stand still.
extension Worker {
    /// clock_gettime(clock, time)
    func clockTime() throws(Refusal) -> Reply {
        switch call.int(0) {
        // CLOCK_MONOTONIC_RAW runs as CLOCK_MONOTONIC does, as on a host whose clock needs no correction.
        case 4: try write(WallTime(second: 0, offset: Host.monotonicNanoseconds()), to: call.argument(1))
        // The auxiliary clocks are as in a kernel without them.
        case 16...23: throw .errno(.EINVAL)
        default: try write(try now(), to: call.argument(1))
        }
        return .success
    }

    /// gettimeofday(time, zone)
    func timeOfDay() throws(Refusal) -> Reply {
        if call.argument(0) != 0 {
            let now = try now()
            try write(WallTime(seconds: now.seconds, fraction: now.fraction / 1000), to: call.argument(0))
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

    /// Reads the wall clock for the caller.
    private func now() throws(Refusal) -> WallTime {
        let offset = try shared.clocks.read(call.caller)
        shared.files.noteReading()
        return WallTime(second: shared.world.epoch, offset: offset)
    }

    /// times(buffer): what it returns is the time since the host was started, and becomes the monotonic clock. How long
    /// the process has computed is told as it is.
    func times() throws(Refusal) -> Reply {
        if call.argument(0) != 0 {
            guard let file = try? Descriptor.workingDirectory.open("/proc/\(call.thread)/stat"),
                let count = try? unsafe file.read(into: room),
                let ticks = unsafe ProcessTimes(UnsafeRawBufferPointer(rebasing: room[..<count]))
            else { throw listener.isWaiting(call.id) ? .violation("its times cannot be read") : .gone }
            try write(ticks, to: call.argument(0))
        }
        return .value(Int64(Host.monotonicNanoseconds() / (1_000_000_000 / Machine.ticksPerSecond)))
    }
}

/// `struct tms`: processor time of a process and of its ended children, in ticks.
struct ProcessTimes: BitwiseCopyable, Equatable {
    private(set) var user: Int64 = 0
    private(set) var system: Int64 = 0
    private(set) var childrenUser: Int64 = 0
    private(set) var childrenSystem: Int64 = 0

    /// - Parameter text: of /proc/PID/stat, where these are the fields 14 to 17; nil if there are fewer.
    init?(_ text: UnsafeRawBufferPointer) {
        // The second field is the program's name in parentheses, which may hold anything.
        guard let nameEnd = unsafe text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        // A blank and the third field follow.
        var field = 2
        var number: Int64 = 0
        for index in nameEnd + 1..<text.count {
            let byte = unsafe text[index]
            guard byte == UInt8(ascii: " ") else {
                number = number &* 10 &+ Int64(byte) &- Int64(UInt8(ascii: "0"))
                continue
            }
            switch field {
            case 14: user = number
            case 15: system = number
            case 16: childrenUser = number
            case 17:
                childrenSystem = number
                return
            default: break
            }
            field += 1
            number = 0
        }
        return nil
    }
}
