internal import BelljarControls
internal import BelljarKernel

/// A timer that a process has made (timer_create(2)), as /proc/PID/timers describes it.
struct MadeTimer: Equatable {
    /// Whom it signals.
    enum Receiver: Equatable {
        case nobody
        case process
        case thread(Int32)
    }

    let number: Int32
    private(set) var signal: Int32 = 0
    private(set) var value: UInt64 = 0
    private(set) var receiver = Receiver.nobody
    private(set) var clock: Int32 = 0

    /// All that a process has; nil if this kernel does not tell (CONFIG_CHECKPOINT_RESTORE), or there is no such process.
    static func all(of process: Int32) -> [MadeTimer]? { procText("/proc/\(process)/timers").map(all) }

    static func all(_ text: [UInt8]) -> [MadeTimer] {
        var timers: [MadeTimer] = []
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
            guard words.count == 2 else { continue }
            let value = String(decoding: words[1], as: UTF8.self)
            if words[0].elementsEqual("ID:".utf8) {
                if let number = Int32(value) { timers.append(MadeTimer(number: number)) }
            } else if !timers.isEmpty {
                timers[timers.count - 1].take(String(decoding: words[0], as: UTF8.self), value)
            }
        }
        return timers
    }

    private mutating func take(_ name: String, _ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1)
        switch name {
        case "signal:" where parts.count == 2:
            signal = Int32(parts[0]) ?? 0
            value = UInt64(parts[1], radix: 16) ?? 0
        // `none`, `signal` or `thread`, and then `pid.NUMBER` or `tid.NUMBER`. The kernel signals for `thread` as well.
        case "notify:" where parts.count == 2:
            if parts[0] == "none" {
                receiver = .nobody
            } else if parts[1].hasPrefix("tid.") {
                receiver = .thread(Int32(parts[1].dropFirst(4)) ?? 0)
            } else {
                receiver = .process
            }
        case "ClockID:": clock = Int32(text) ?? 0
        default: break
        }
    }
}

/// Looks at the timers of a process from outside.
enum TimerSight {
    /// - Parameter process: that set them.
    static func look(at timers: [ArmedTimers.Timer], of process: Int32) -> [(ArmedTimers.Timer, ArmedTimers.Sight)] {
        var made: [MadeTimer]?
        if timers.contains(where: { if case .timer = $0.name { true } else { false } }) {
            made = MadeTimer.all(of: process)
        }
        return timers.map { timer in
            let isThere =
                switch timer.name {
                // Nobody can see it from outside.
                case .interval: true
                case .timer(let number): made.map { $0.contains { $0.number == number } } ?? true
                case .descriptor(let number): isArmed(number, of: process)
                }
            // Whoever comes too late does not see what was.
            if !isThere, Host.monotonicNanoseconds() < timer.end || timer.isRepeated { return (timer, .gone) }
            return (timer, .there(isAwaited: timer.isRepeated && isAwaited(timer, by: process)))
        }
    }

    /// Whether a descriptor is a timer that is to fire.
    private static func isArmed(_ descriptor: Int32, of process: Int32) -> Bool {
        guard let text = procText("/proc/\(process)/fdinfo/\(descriptor)") else { return false }
        // it_value and it_interval. What fires again and again has the first one only while nobody needs to read it.
        return text.split(separator: UInt8(ascii: "\n")).contains { line in
            line.starts(with: "it_".utf8) && line.contains { UInt8(ascii: "1")...UInt8(ascii: "9") ~= $0 }
        }
    }

    /// Whether the thread that set a timer waits for it or for the time and for nothing else: in a call that ends with a signal, or
    /// reading its descriptor. Of several threads one may do nothing but that in short steps, as virtual machines look after
    /// themselves: then their length has to be that of a sleep that would be the whole process's.
    private static func isAwaited(_ timer: ArmedTimers.Timer, by process: Int32) -> Bool {
        let task = "/proc/\(process)/task"
        if timer.interval <= AwaitedTime.background {
            guard ThreadCall.numbers(in: task, limit: 2)?.count == 1 else { return false }
        }
        guard case .inside(let call, let arguments) = SeenCall("\(task)/\(timer.thread)") else { return false }
        switch timer.name {
        case .interval, .timer: return endsWithSignal(call, arguments)
        case .descriptor(let number):
            return call == SeenCall.read && arguments[0] == UInt64(UInt32(bitPattern: number))
        }
    }

    private static func endsWithSignal(_ call: UInt32, _ arguments: [UInt64]) -> Bool {
        switch NotifiedCall(rawValue: call) {
        case .rt_sigtimedwait, .nanosleep, .clock_nanosleep: return true
        // Without anything to look at.
        case .poll, .ppoll: return arguments[1] == 0
        case .select, .pselect6: return arguments[0] == 0
        default: return call == SeenCall.pause || call == SeenCall.suspend
        }
    }
}

/// A short file of /proc; nil if there is none.
func procText(_ path: String) -> [UInt8]? {
    guard let file = try? Descriptor.workingDirectory.open(path) else { return nil }
    return try? file.readAll(limit: 1 << 20)
}

/// Its words.
func procWords(_ path: String) -> [String]? {
    procText(path)?.split { $0 <= 0x20 }.map { String(decoding: $0, as: UTF8.self) }
}
