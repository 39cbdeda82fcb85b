internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// A thread that holds calls until their time is over, so that no worker has to.
///
/// A caller that is held is not interrupted by signals short of those that kill it (SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV),
/// and does not wait in the kernel's own queues. So the thread looks at each call again and again: whether the caller is
/// still there, whether a signal is pending for it, and whether what it waits for has come.
///
/// It also looks at threads that the kernel lets wait for a certain length, so that `Clocks` knows whether they did.
final class Timekeeper: Sendable {
    /// Calls that can be held at the same time. A thread has one at most, and the kernel has no more threads on x86_64
    /// unless it is told to (PID_MAX_DEFAULT).
    private static let maximumCount = 32_768

    private let shared: Shared
    private let listener: NotificationListener
    /// Calls that came since the thread last looked, and how many there are in all.
    private let new = Mutex<(calls: [HeldCall], count: Int)>(([], 0))
    private let looks = Mutex(Looks())
    private let event: Descriptor

    init(_ shared: Shared, _ listener: NotificationListener) throws(KernelError) {
        self.shared = shared
        self.listener = listener
        event = try Descriptor.eventCounter()
    }

    /// Takes over a call.
    ///
    /// - Returns: false if there are too many.
    func hold(_ call: HeldCall) -> Bool {
        let isTaken = new.withLock { new in
            guard new.count < Self.maximumCount else { return false }
            new.count += 1
            new.calls.append(call)
            return true
        }
        if isTaken { event.raise() }
        return isTaken
    }

    /// Takes a look in time.
    func look(_ look: Look) {
        if looks.withLock({ $0.insert(look) }) { event.raise() }
    }

    /// Keeps the time until the supervisor ends.
    func run() {
        var held = DueFirst<HeldCall>()
        var pace: UInt64 = 0
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.roomSize, alignment: 16)
        defer { unsafe room.deallocate() }
        while !shared.isEnding {
            let came = new.withLock { new in
                defer { new.calls.removeAll(keepingCapacity: true) }
                return new.calls
            }
            for call in came { held.insert(call) }
            var over = 0
            var now = Host.monotonicNanoseconds()
            while let next = held.next, next <= now {
                var call = held.removeFirst()
                if unsafe isOver(&call, now, room) {
                    over += 1
                } else {
                    call.postpone(now, crowd: held.count)
                    held.insert(call)
                }
                now = Host.monotonicNanoseconds()
            }
            if over > 0 { new.withLock { $0.count -= over } }
            let next = min(held.next ?? .max, takeLooks(&pace) ?? .max)
            event.awaitRaise(until: next == .max ? nil : Deadline(nanoseconds: next))
        }
    }

    /// Takes the looks that it is time for.
    ///
    /// - Returns: when to take the next one.
    private func takeLooks(_ pace: inout UInt64) -> UInt64? {
        // Only those that are due by now: what comes meanwhile waits until the calls were looked at.
        let now = Host.monotonicNanoseconds()
        while !shared.isEnding, Host.monotonicNanoseconds() < now + Self.longestRound,
            let look = looks.withLock({ $0.removeFirst(now) })
        {
            guard let next = next(after: look.target, &pace) else { continue }
            _ = looks.withLock { $0.insert(Look(next: next, target: look.target)) }
        }
        let suspects = looks.withLock { $0.suspects() }
        if !suspects.isEmpty {
            let dead = suspects.filter { isOfDead($0.target) }
            looks.withLock { $0.remove(dead) }
        }
        return looks.withLock { $0.next }
    }

    /// After which calls that are held are looked at again.
    private static let longestRound: UInt64 = 5_000_000

    /// Whether a look is at somebody dead, of whom it takes down that it has not lived to see what was to be looked at.
    private func isOfDead(_ target: Look.Target) -> Bool {
        guard target.isAtTimers ? shared.processes.isGone(target.number) : !Self.isAlive(target.number) else {
            return false
        }
        let now = Host.monotonicNanoseconds()
        if target.isAtTimers {
            _ = shared.clocks.fireTimers(of: target.number, now: now)
        } else if let wait = shared.clocks.awaited(by: target.number, now: .max).wait {
            _ = shared.clocks.looked(at: target.number, in: wait.call.id, .elsewhere, .unknown, now: now)
        }
        return true
    }

    /// Takes one look.
    ///
    /// - Returns: when to look at the same thread or process again.
    private func next(after look: Look.Target, _ pace: inout UInt64) -> UInt64? {
        let now = Host.monotonicNanoseconds()
        guard !look.isAtTimers else { return nextTimer(of: look.number, now, &pace) }
        let (awaited, next) = shared.clocks.awaited(by: look.number, now: now)
        guard let awaited else { return next }
        // The time first: whoever is not there now was not there later.
        let then = Host.monotonicNanoseconds()
        let place = ThreadCall.place(of: look.number, in: awaited.call)
        var activity = Activity.unknown
        if case .there = place, awaited.asksForActivity { activity = ThreadCall.activity(besides: look.number) }
        return shared.clocks.looked(at: look.number, in: awaited.call.id, place, activity, now: then)
    }

    /// Looks at the timers of a process, and lets them fire.
    ///
    /// - Parameter pace: when timers that fire again and again may be looked at next: they get a quarter of the time at most.
    private func nextTimer(of process: Int32, _ now: UInt64, _ pace: inout UInt64) -> UInt64? {
        let unseen = shared.clocks.unseenTimers(of: process, now: now)
        if !unseen.isEmpty { shared.clocks.sawTimers(of: process, TimerSight.look(at: unseen, of: process)) }
        let (next, due) = shared.clocks.fireTimers(of: process, now: Host.monotonicNanoseconds())
        ring(due, of: process)
        guard let next, due.contains(where: \.isAgain) || unseen.contains(where: \.isRepeated) else { return next }
        let then = Host.monotonicNanoseconds()
        pace = max(pace, then) + 3 * (then - now)
        return max(next, pace)
    }

    /// Sends a process the signals of timers that are carried out here, if it has these timers still.
    private func ring(_ due: [CarriedTimers.Expired], of process: Int32) {
        guard !due.isEmpty else { return }
        let made = MadeTimer.all(of: process) ?? []
        shared.clocks.forgetCarried(due.map(\.timer).filter { !made.contains($0) }, of: process)
        for timer in due where made.contains(timer.timer) && !(timer.isAgain && isQueued(timer.timer, in: process)) {
            let made = timer.timer
            let signal = TimerSignal(signal: made.signal, timer: made.number, value: made.value)
            shared.processes.withDescriptor(of: process) { descriptor in
                switch made.receiver {
                case .nobody: break
                case .process: signal.send(toProcess: descriptor)
                case .thread(let thread): signal.send(to: thread, of: process)
                }
            }
        }
    }

    /// Whether a signal is still there that a timer has sent which fires again, and then sends no other one. The kernel knows for
    /// those that are not queued.
    private func isQueued(_ timer: MadeTimer, in process: Int32) -> Bool {
        guard timer.signal >= Self.firstQueuedSignal else { return false }
        var path = "/proc/\(process)"
        var isForThread = false
        if case .thread(let thread) = timer.receiver {
            path += "/task/\(thread)"
            isForThread = true
        }
        guard let text = procText("\(path)/status") else { return false }
        let signals = unsafe text.withUnsafeBytes { unsafe ThreadSignals($0) }
        return signals.isPending(timer.signal, forThread: isForThread)
    }

    /// The kernel's first real-time signal.
    private static let firstQueuedSignal: Int32 = 32

    /// Bytes for what is read of a caller: its status, or a message.
    private static let roomSize = 64 << 10

    // MARK: Looking at a call

    /// Answers a call if it is time for that.
    private func isOver(_ held: inout HeldCall, _ now: UInt64, _ room: UnsafeMutableRawBufferPointer) -> Bool {
        let id = held.call.id
        guard listener.isWaiting(id) else { return true }
        switch held.matter {
        case .sleep:
            if now >= held.end { return runOut(held) { listener.answer(id, value: 0) } }
            guard unsafe isInterrupted(&held, room) else { return false }
            listener.answer(id, error: .EINTR)
            return true
        case .word(let address, let value, let change):
            // A word that cannot be read any more is left to the caller to find.
            let isSame = readWord(held, address) == value
            if isSame, now >= held.end { return runOut(held) { listener.answer(id, error: .ETIMEDOUT) } }
            guard !isSame || held.isSliceOver(now) else { return false }
            switch change {
            case .woken: listener.answer(id, value: 0)
            case .tooLate: listener.answer(id, error: .EAGAIN)
            }
            return true
        case .words(let address, let count):
            if let changed = changedWord(held, address, count) {
                listener.answer(id, value: Int64(changed))
                return true
            }
            if now >= held.end { return runOut(held) { listener.answer(id, error: .ETIMEDOUT) } }
            guard held.isSliceOver(now) else { return false }
            listener.answer(id, error: .EAGAIN)
            return true
        case .lock(let address):
            // Free, or its owner is dead: the kernel takes it, without looking at the time.
            guard let word = readWord(held, address), word & 0x3fff_ffff != 0,
                Self.isAlive(Int32(bitPattern: word & 0x3fff_ffff))
            else {
                listener.proceed(id)
                return true
            }
            return now >= held.end ? runOut(held) { listener.answer(id, error: .ETIMEDOUT) } : false
        case .queue(let isReceiving):
            if unsafe tryQueue(held.call, isReceiving: isReceiving, room) { return true }
            if now >= held.end { return runOut(held) { listener.answer(id, error: .ETIMEDOUT) } }
            guard unsafe isInterrupted(&held, room) else { return false }
            listener.answer(id, error: .EINTR)
            return true
        }
    }

    /// Whether there is a thread of that number that is not about to be gone.
    static func isAlive(_ thread: Int32) -> Bool {
        var byte: UInt8 = 0
        return unsafe withUnsafeMutableBytes(of: &byte) { bytes in
            do throws(ProcessMemory.Failure) {
                _ = try unsafe ProcessMemory.read(thread, at: 0, into: bytes)
                return true
            } catch { return error != .gone }
        }
    }

    /// Moves the caller's clock to what it waited for before it can look.
    private func runOut(_ held: HeldCall, _ answer: () -> Void) -> Bool {
        _ = try? shared.clocks.clock(of: held.call.caller) { clock, _ in clock.ranOut(held.deadline) }
        answer()
        return true
    }

    private func readWord(_ held: HeldCall, _ address: UInt64) -> UInt32? {
        var word: UInt32 = 0
        let count = unsafe withUnsafeMutableBytes(of: &word) { bytes in
            (try? unsafe ProcessMemory.read(held.call.thread, at: address, into: bytes)) ?? 0
        }
        return count == 4 ? word : nil
    }

    private func changedWord(_ held: HeldCall, _ address: UInt64, _ count: Int) -> Int? {
        for index in 0..<count {
            var waiter = FutexWaiter.blank
            let at = address &+ UInt64(index * MemoryLayout<FutexWaiter>.size)
            let size = unsafe withUnsafeMutableBytes(of: &waiter) { bytes in
                (try? unsafe ProcessMemory.read(held.call.thread, at: at, into: bytes)) ?? 0
            }
            guard size == MemoryLayout<FutexWaiter>.size, let word = readWord(held, waiter.address) else {
                return index
            }
            if UInt64(word) != waiter.value { return index }
        }
        return nil
    }

    // MARK: Signals

    /// Whether a signal is pending for the caller that it handles.
    private func isInterrupted(_ held: inout HeldCall, _ room: UnsafeMutableRawBufferPointer) -> Bool {
        guard let file = try? Descriptor.workingDirectory.open("/proc/\(held.call.thread)/status"),
            let count = try? unsafe file.read(into: room)
        else { return false }
        let signals = unsafe ThreadSignals(UnsafeRawBufferPointer(rebasing: room[..<count]))
        if signals.interruptsThread { return true }
        guard signals.interruptsProcess else {
            held.sawSignal = false
            return false
        }
        // It is for one of the threads, most likely one that does not wait here, and that has taken it by the next time.
        defer { held.sawSignal = true }
        return signals.threads == 1 || held.sawSignal
    }

    // MARK: Message queues

    /// Takes or leaves a message for the caller.
    private func tryQueue(
        _ call: Notification, isReceiving: Bool, _ room: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard let queue = try? shared.openThread(call.thread).copyOfDescriptor(call.int(0)) else {
            listener.answer(call.id, error: .EBADF)
            return true
        }
        let answer =
            isReceiving ? unsafe receive(call, from: queue, room) : unsafe send(call, to: queue, room)
        switch answer {
        case .later: return false
        case .done(let count): listener.answer(call.id, value: Int64(count))
        case .failed(let error): listener.answer(call.id, error: error)
        }
        return true
    }

    private func receive(
        _ call: Notification, from queue: borrowing Descriptor, _ room: UnsafeMutableRawBufferPointer
    ) -> MessageQueue.Answer {
        var priority: UInt32 = 0
        let length = min(call.argument(2), UInt64(room.count))
        let answer = unsafe MessageQueue.receive(queue, into: room, length: length, priority: &priority)
        guard case .done(let count) = answer else { return answer }
        do throws(ProcessMemory.Failure) {
            let message = unsafe UnsafeRawBufferPointer(rebasing: room[..<count])
            try unsafe ProcessMemory.write(call.thread, at: call.argument(1), from: message)
            if call.argument(3) != 0 {
                try unsafe withUnsafeBytes(of: priority) { (bytes) throws(ProcessMemory.Failure) in
                    try unsafe ProcessMemory.write(call.thread, at: call.argument(3), from: bytes)
                }
            }
            return answer
        } catch { return .failed(.EFAULT) }
    }

    private func send(
        _ call: Notification, to queue: borrowing Descriptor, _ room: UnsafeMutableRawBufferPointer
    ) -> MessageQueue.Answer {
        let length = call.argument(2)
        guard length <= UInt64(room.count) else { return .failed(.EMSGSIZE) }
        let message = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<Int(length)])
        do throws(ProcessMemory.Failure) {
            guard try unsafe ProcessMemory.read(call.thread, at: call.argument(1), into: message) == Int(length)
            else { return .failed(.EFAULT) }
        } catch { return .failed(.EFAULT) }
        return unsafe MessageQueue.send(
            queue, UnsafeRawBufferPointer(message), priority: UInt32(truncatingIfNeeded: call.argument(3)))
    }
}

/// The signals of a thread, as /proc/PID/status tells them.
struct ThreadSignals: Equatable {
    /// Threads of its process.
    private(set) var threads: UInt64 = 1
    private var pending: UInt64 = 0
    private var processPending: UInt64 = 0
    private var blocked: UInt64 = 0
    private var caught: UInt64 = 0

    init(_ text: UnsafeRawBufferPointer) {
        for line in unsafe Array(text).split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = String(decoding: line[(colon + 1)...].drop { $0 <= 0x20 }, as: UTF8.self)
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "Threads": threads = UInt64(value) ?? 1
            case "SigPnd": pending = UInt64(value, radix: 16) ?? 0
            case "ShdPnd": processPending = UInt64(value, radix: 16) ?? 0
            case "SigBlk": blocked = UInt64(value, radix: 16) ?? 0
            case "SigCgt": caught = UInt64(value, radix: 16) ?? 0
            default: continue
            }
        }
    }

    /// Whether one of this number is there, for this thread alone or for the process.
    func isPending(_ signal: Int32, forThread: Bool) -> Bool {
        guard 1...64 ~= signal else { return false }
        return (forThread ? pending : processPending) & 1 << UInt64(signal - 1) != 0
    }

    /// Whether one is for this thread alone and has a handler.
    var interruptsThread: Bool { pending & ~blocked & caught != 0 }
    /// Whether one is for any thread of the process, of which this may be the one, and has a handler.
    var interruptsProcess: Bool { processPending & ~blocked & caught != 0 }
}
