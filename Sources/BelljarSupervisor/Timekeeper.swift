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
    /// Looks that are to be taken, and how many there are in all.
    private let newLooks = Mutex<(looks: [Look], count: Int)>(([], 0))
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

    /// Takes a look in time. One too many is not taken: whether that wait came to its end is guessed by how long it took.
    func look(_ look: Look) {
        let isTaken = newLooks.withLock { new in
            guard new.count < Self.maximumCount else { return false }
            new.count += 1
            new.looks.append(look)
            return true
        }
        if isTaken { event.raise() }
    }

    /// Keeps the time until the supervisor ends.
    func run() {
        var held = DueFirst<HeldCall>()
        var looks = DueFirst<Look>()
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
            take(&looks)
            let next = min(held.next ?? .max, looks.next ?? .max)
            event.awaitRaise(until: next == .max ? nil : Deadline(nanoseconds: next))
        }
    }

    /// Takes the looks that it is time for.
    private func take(_ looks: inout DueFirst<Look>) {
        let came = newLooks.withLock { new in
            defer { new.looks.removeAll(keepingCapacity: true) }
            return new.looks
        }
        for look in came { looks.insert(look) }
        var over = 0
        while let next = looks.next, next <= Host.monotonicNanoseconds() {
            let look = looks.removeFirst()
            if let next = self.next(after: look) {
                looks.insert(Look(next: next, number: look.number, isAtTimers: look.isAtTimers))
            } else {
                over += 1
            }
        }
        if over > 0 { newLooks.withLock { $0.count -= over } }
    }

    /// Takes one look.
    ///
    /// - Returns: when to look at the same thread or process again.
    private func next(after look: Look) -> UInt64? {
        let now = Host.monotonicNanoseconds()
        guard !look.isAtTimers else { return shared.clocks.fireTimers(of: look.number, now: now) }
        let (awaited, next) = shared.clocks.awaited(by: look.number, now: now)
        guard let awaited else { return next }
        // The time first: whoever is not there now was not there later.
        let then = Host.monotonicNanoseconds()
        let place = ThreadCall.place(of: look.number, in: awaited.call)
        var activity = Activity.unknown
        if case .there = place, awaited.asksForActivity { activity = ThreadCall.activity(besides: look.number) }
        return shared.clocks.looked(at: look.number, in: awaited.call.id, place, activity, now: then)
    }

    /// Bytes for what is read of a caller: its status, or a message.
    private static let roomSize = 64 << 10

    // MARK: Looking at a call

    /// Answers a call if it is time for that.
    private func isOver(_ held: inout HeldCall, _ now: UInt64, _ room: UnsafeMutableRawBufferPointer) -> Bool {
        let id = held.call.id
        if case .borrowed(let borrowed) = held.matter { return restore(borrowed, held.call) }
        guard listener.isWaiting(id) else { return true }
        switch held.matter {
        case .sleep:
            if now >= held.end { return runOut(held) { listener.answer(id, value: 0) } }
            guard unsafe isInterrupted(&held, room) else { return false }
            listener.answer(id, error: ErrorCode.interrupted)
            return true
        case .word(let address, let value, let change):
            // A word that cannot be read any more is left to the caller to find.
            let isSame = readWord(held, address) == value
            if isSame, now >= held.end { return runOut(held) { listener.answer(id, error: ErrorCode.timedOut) } }
            guard !isSame || held.isSliceOver(now) else { return false }
            switch change {
            case .woken: listener.answer(id, value: 0)
            case .tooLate: listener.answer(id, error: ErrorCode.tryAgain)
            }
            return true
        case .words(let address, let count):
            if let changed = changedWord(held, address, count) {
                listener.answer(id, value: Int64(changed))
                return true
            }
            if now >= held.end { return runOut(held) { listener.answer(id, error: ErrorCode.timedOut) } }
            guard held.isSliceOver(now) else { return false }
            listener.answer(id, error: ErrorCode.tryAgain)
            return true
        case .lock(let address):
            // Free, or its owner is dead: the kernel takes it, without looking at the time.
            guard let word = readWord(held, address), word & 0x3fff_ffff != 0,
                Self.isAlive(Int32(bitPattern: word & 0x3fff_ffff))
            else {
                listener.proceed(id)
                return true
            }
            return now >= held.end ? runOut(held) { listener.answer(id, error: ErrorCode.timedOut) } : false
        case .queue(let isReceiving):
            if unsafe tryQueue(held.call, isReceiving: isReceiving, room) { return true }
            if now >= held.end { return runOut(held) { listener.answer(id, error: ErrorCode.timedOut) } }
            guard unsafe isInterrupted(&held, room) else { return false }
            listener.answer(id, error: ErrorCode.interrupted)
            return true
        case .borrowed: return true
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

    /// Gives the caller its own time back, once the kernel has certainly read the other one: when the thread waits in
    /// another call, or has run for longer than what is left of this one takes.
    private func restore(_ borrowed: HeldCall.Borrowed, _ call: Notification) -> Bool {
        guard let time = ThreadTime(call.thread) else { return true }
        let isElsewhere = time.call.map { $0 != call.call } ?? false
        guard isElsewhere || time.cpu > borrowed.ran + 100_000 else { return false }
        var there = WallTime(seconds: 0, fraction: 0)
        let count = unsafe withUnsafeMutableBytes(of: &there) { bytes in
            (try? unsafe ProcessMemory.read(call.thread, at: borrowed.address, into: bytes)) ?? 0
        }
        // The caller may have put another time there meanwhile, or something else altogether.
        guard count == MemoryLayout<WallTime>.size, there == borrowed.translated else { return true }
        unsafe withUnsafeBytes(of: borrowed.original) { bytes in
            _ = try? unsafe ProcessMemory.write(call.thread, at: borrowed.address, from: bytes)
        }
        return true
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
            listener.answer(call.id, error: ErrorCode.badDescriptor)
            return true
        }
        let answer =
            isReceiving ? unsafe receive(call, from: queue, room) : unsafe send(call, to: queue, room)
        switch answer {
        case .later: return false
        case .done(let count): listener.answer(call.id, value: Int64(count))
        case .failed(let number): listener.answer(call.id, error: number)
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
        } catch { return .failed(ErrorCode.fault) }
    }

    private func send(
        _ call: Notification, to queue: borrowing Descriptor, _ room: UnsafeMutableRawBufferPointer
    ) -> MessageQueue.Answer {
        let length = call.argument(2)
        guard length <= UInt64(room.count) else { return .failed(ErrorCode.messageTooLong) }
        let message = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<Int(length)])
        do throws(ProcessMemory.Failure) {
            guard try unsafe ProcessMemory.read(call.thread, at: call.argument(1), into: message) == Int(length)
            else { return .failed(ErrorCode.fault) }
        } catch { return .failed(ErrorCode.fault) }
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

    /// Whether one is for this thread alone and has a handler.
    var interruptsThread: Bool { pending & ~blocked & caught != 0 }
    /// Whether one is for any thread of the process, of which this may be the one, and has a handler.
    var interruptsProcess: Bool { processPending & ~blocked & caught != 0 }
}
