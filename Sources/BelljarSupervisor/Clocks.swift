internal import BelljarKernel
internal import Synchronization

/// How much time has passed for each process, in nanoseconds since the beginning of the epoch's second.
///
/// Time passes for who waits. A process begins where its parent was, and one that a child of came to its end takes over what
/// passed for that, as shells sleep in children. Nothing of it is measured, so it is the same every time.
///
/// A thread's waits are its own until it reads the clock or changes a file: many programs have threads that do nothing but
/// wait in a loop, as often as their other work takes long. A long sleep is its whole process's, and so is a long wait in which
/// nothing else goes on there, and every wait of a first thread once its process is over.
final class Clocks: Sendable {
    private let processes: ProcessTable
    private let files: FileMemory
    private let state: Mutex<State>

    struct Process {
        fileprivate let parent: Int32
        /// What every thread of it may know: the clock, and the phase of the latest change in microseconds, -1 if there is none.
        fileprivate(set) var time: UInt64
        fileprivate(set) var seen: Int64
        fileprivate var landmark = Landmark()
        /// Of its first thread.
        fileprivate var clock: ThreadClock
        /// Answers of a wall clock to any of its threads.
        fileprivate var readings: UInt64 = 0
        /// Children that know more, and may be dead when this process asks again.
        fileprivate var ahead: [Int32] = []
        fileprivate var isInParentsList = false
        fileprivate var timers = ArmedTimers()

        /// What others take over from it.
        fileprivate var latest: UInt64 { max(time, clock.now) }
        fileprivate var latestLandmark: Landmark { landmark.time < clock.landmark.time ? clock.landmark : landmark }

        /// Lets every thread know what one does.
        fileprivate mutating func publish(_ clock: borrowing ThreadClock) {
            time = max(time, clock.time)
            if landmark.time < clock.landmark.time { landmark = clock.landmark }
        }
    }

    private struct Thread {
        let process: Int32
        var clock: ThreadClock
    }

    private struct State {
        var processes: [Int32: Process] = [:]
        var threads: [Int32: Thread] = [:]
        var sweepAt = Clocks.sweepSize
        var sweepThreadsAt = Clocks.sweepSize
        /// Where a process begins of which nothing is known.
        var latest: UInt64
        var seen: Int64 = -1
    }

    private static let sweepSize = 64

    init(_ processes: ProcessTable, _ files: FileMemory) {
        self.processes = processes
        self.files = files
        state = Mutex(State(latest: files.beginStep()))
    }

    // MARK: Asking

    /// Reads the wall clock for a thread.
    func read(_ thread: Int32) throws(Refusal) -> UInt64 {
        try with(thread) { process, clock, _ in
            process.readings += 1
            if process.seen >= 0 { clock.move(to: Stamp.reading(after: UInt64(process.seen))) }
            let reading = clock.read()
            process.publish(clock)
            return reading
        }
    }

    /// Begins a change of a file, for everybody who may know of it.
    ///
    /// - Returns: its phase, in microseconds.
    func change(_ thread: Int32) throws(Refusal) -> UInt64 {
        try with(thread) { process, clock, _ in
            let time = Stamp.phase(at: clock.now / 1000)
            if process.seen > Int64(time) {
                clock.move(to: UInt64(process.seen) * 1000)
            } else if process.seen >= 0, process.seen < time {
                // A phase that began before, and is not over yet by its own measure.
                clock.move(to: Stamp.next(after: UInt64(process.seen)) * 1000)
            }
            process.publish(clock)
            let phase = Stamp.phase(at: clock.now / 1000)
            process.seen = max(process.seen, Int64(phase))
            return phase
        }
    }

    /// The last long wait that a thread is known to know of; none if it is unknown. One that was over before now counts, whether
    /// the timekeeper has come to see that yet or not.
    func landmark(of thread: Int32) -> Landmark {
        let now = Host.monotonicNanoseconds()
        let found = state.withLock { state in
            update(thread, &state) { process, clock in
                if let wait = clock.wait, wait.isOver(now) { Self.end(wait, &process, &clock) }
                return process.landmark.time < clock.landmark.time ? clock.landmark : process.landmark
            }
        }
        return found ?? Landmark()
    }

    /// Takes down that a thread knows of a change.
    ///
    /// - Parameter time: its phase, in microseconds.
    func saw(_ thread: Int32, _ time: UInt64) throws(Refusal) {
        try with(thread) { process, _, _ in process.seen = max(process.seen, Int64(time)) }
    }

    /// Works on what a thread has seen of the wall clocks.
    ///
    /// - Parameter body: is also given the number of readings by all threads of the process.
    func clock<Result>(
        of thread: Int32, _ body: (inout ThreadClock, _ readings: UInt64) -> Result
    ) throws(Refusal) -> Result {
        try with(thread) { process, clock, _ in body(&clock, process.readings) }
    }

    /// Enters a process that begins, where its parent is now.
    func begin(_ thread: Int32) throws(Refusal) { try with(thread) { _, _, _ in } }

    // MARK: Waits

    /// Takes down that a thread is about to wait in a call that the kernel carries out.
    ///
    /// - Parameters:
    ///   - length: nanoseconds that are left of it at `start`, on the monotonic clock.
    ///   - counts: nanoseconds that pass for the caller.
    /// - Returns: when the timekeeper has to look at the thread, on the monotonic clock; nil if it does so anyway, or need not.
    func wait(
        _ call: Notification, length: UInt64, counts: UInt64, isSleep: Bool, start: UInt64
    ) throws(Refusal) -> UInt64? {
        try with(call.thread) { _, clock, now in
            let wait = AwaitedTime(
                call: call, length: length, counts: counts, isSleep: isSleep, start: start, base: clock.now)
            clock.wait = wait
            guard length >= AwaitedTime.shortest, now >= clock.nextLook || wait.look < clock.nextLook else {
                return nil
            }
            clock.nextLook = wait.look
            return wait.look
        }
    }

    /// What a thread is known to wait in, if it is time to look at it, or when it will be.
    func awaited(by thread: Int32, now: UInt64) -> (call: Notification?, next: UInt64?) {
        let found = state.withLock { state in
            update(thread, &state) { _, clock -> (call: Notification?, next: UInt64?) in
                clock.nextLook = 0
                guard let wait = clock.wait else { return (nil, nil) }
                if wait.look <= now { return (wait.call, nil) }
                clock.nextLook = wait.look
                return (nil, wait.look)
            }
        }
        return found ?? (nil, nil)
    }

    /// Takes down where a thread was seen.
    ///
    /// - Parameters:
    ///   - call: that it was looked for in.
    ///   - isIdle: whether nothing else goes on in its process.
    /// - Returns: when to look again, on the monotonic clock.
    func looked(at thread: Int32, in call: UInt64, _ place: ThreadCall.Place, isIdle: Bool, now: UInt64) -> UInt64? {
        let next = state.withLock { state in
            update(thread, &state) { process, clock -> UInt64? in
                guard var wait = clock.wait, wait.call.id == call else { return nil }
                switch place {
                case .there: break
                case .runs(let ran) where now < wait.end && !wait.computes(ran):
                    wait.ran = ran
                    clock.wait = wait
                    clock.nextLook = now + wait.again
                    return clock.nextLook
                default:
                    // Whoever looks too late sees nobody either way.
                    if now < wait.end { clock.wait = nil }
                    return nil
                }
                guard wait.isHalfOver || now >= wait.end else {
                    wait.isHalfOver = true
                    clock.wait = wait
                    clock.nextLook = wait.look
                    return wait.look
                }
                Self.end(wait, &process, &clock, isIdle: isIdle)
                return nil
            }
        }
        return next ?? nil
    }

    /// A wait that came to its end.
    private static func end(
        _ wait: AwaitedTime, _ process: inout Process, _ clock: inout ThreadClock, isIdle: Bool = false
    ) {
        clock.wait = nil
        clock.waited(wait)
        if wait.isSleep || isIdle, wait.counts > AwaitedTime.background { process.publish(clock) }
    }

    // MARK: Timers

    /// Sets one of a process's timers. When it fires for the first time, its time has passed for the process, which is told so.
    ///
    /// - Parameter length: nanoseconds; 0 if it is not to fire.
    /// - Returns: when the timekeeper has to look at the process, on the monotonic clock, and the number of the process.
    func setTimer(
        _ thread: Int32, _ name: ArmedTimers.Name, length: UInt64
    ) throws(Refusal) -> (process: Int32, next: UInt64)? {
        let process = try enter(thread)
        let next = try with(thread) { process, clock, now in
            process.timers.set(name, length: length, base: clock.now, now: now)
        }
        return next.map { (process, $0) }
    }

    /// Lets the timers of a process fire, unless it is dead by now.
    ///
    /// - Returns: when to look again, on the monotonic clock.
    func fireTimers(of process: Int32, now: UInt64) -> UInt64? {
        guard !processes.isGone(process) else { return nil }
        let next = state.withLock { state in
            update(process, &state) { process, clock in
                Self.fire(&process, &clock, now)
                return process.timers.see(now)
            }
        }
        return next ?? nil
    }

    private static func fire(_ process: inout Process, _ clock: inout ThreadClock, _ now: UInt64) {
        guard let time = process.timers.fire(now) else { return }
        clock.move(to: ThreadClock.after(time))
        process.publish(clock)
    }

    // MARK: Processes

    /// Works on what is known of a thread and its process, which is brought up to date before, as is what others can know of
    /// it afterwards.
    private func with<Result>(
        _ thread: Int32, _ body: (inout Process, inout ThreadClock, _ now: UInt64) -> Result
    ) throws(Refusal) -> Result {
        while true {
            let number = try enter(thread)
            let now = Host.monotonicNanoseconds()
            var result: Result?
            state.withLock { state in
                takeOver(number, &state)
                if number != thread, state.threads[thread]?.process != number {
                    guard let process = state.processes[number] else { return }
                    state.threads[thread] = Thread(process: number, clock: ThreadClock(time: process.time))
                    sweepThreads(&state)
                }
                result = update(thread, &state) { process, clock in
                    if let wait = clock.wait {
                        clock.wait = nil
                        if wait.isOver(now) { Self.end(wait, &process, &clock) }
                    }
                    Self.fire(&process, &clock, now)
                    clock.move(to: process.time)
                    return body(&process, &clock, now)
                }
            }
            if let result { return result }
            // Forgotten meanwhile, which does not happen to a process that asks, unless it is killed.
            if processes.isGone(number) { throw .gone }
        }
    }

    /// Works on a thread that is known; nil if it is not.
    private func update<Result>(
        _ thread: Int32, _ state: inout State, _ body: (inout Process, inout ThreadClock) -> Result
    ) -> Result? {
        let number = state.processes[thread] == nil ? state.threads[thread]?.process ?? thread : thread
        guard let index = state.processes.index(forKey: number) else { return nil }
        let (time, seen) = (state.processes.values[index].latest, state.processes.values[index].seen)
        let result: Result
        if number == thread {
            var clock = state.processes.values[index].clock
            result = body(&state.processes.values[index], &clock)
            state.processes.values[index].clock = clock
        } else {
            guard let own = state.threads.index(forKey: thread) else { return nil }
            result = body(&state.processes.values[index], &state.threads.values[own].clock)
        }
        let process = state.processes.values[index]
        if process.latest > time || process.seen > seen { announce(number, &state) }
        return result
    }

    /// Tells the ancestors of a process that it knows more than they do.
    private func announce(_ number: Int32, _ state: inout State) {
        guard let origin = state.processes[number] else { return }
        let (time, seen) = (origin.latest, origin.seen)
        state.latest = max(state.latest, time)
        files.noteTime(state.latest)
        state.seen = max(state.seen, seen)
        var child = number
        while let parent = state.processes[child]?.parent, let index = state.processes.index(forKey: parent),
            state.processes.values[index].latest < time || state.processes.values[index].seen < seen
        {
            if state.processes[child]?.isInParentsList == false {
                state.processes.values[index].ahead.append(child)
                state.processes[child]?.isInParentsList = true
            }
            child = parent
        }
    }

    /// Children that are looked at each time.
    private static let looksAtOnce = 32

    /// Brings a process up to what passed for its dead children, and theirs that died before.
    private func takeOver(_ number: Int32, _ state: inout State, atOnce: Int = Clocks.looksAtOnce) {
        guard let index = state.processes.index(forKey: number), !state.processes.values[index].ahead.isEmpty else {
            return
        }
        let now = Host.monotonicNanoseconds()
        var children = state.processes.values[index].ahead
        let count = min(children.count, atOnce)
        var alive = Array(children[count...])
        children.removeSubrange(count...)
        var (time, seen) = (state.processes.values[index].time, state.processes.values[index].seen)
        var landmark = state.processes.values[index].landmark
        var isOwn = true
        while !children.isEmpty {
            var below: [Int32] = []
            for child in children {
                guard processes.isGone(child) else {
                    if isOwn { alive.append(child) }
                    continue
                }
                guard var process = state.processes.removeValue(forKey: child) else { continue }
                if let wait = process.clock.wait, wait.isOver(now) { process.clock.waited(wait) }
                if let fired = process.timers.fire(now, onlySeen: true) {
                    process.clock.move(to: ThreadClock.after(fired))
                }
                time = max(time, process.latest)
                seen = max(seen, process.seen)
                if landmark.time < process.latestLandmark.time { landmark = process.latestLandmark }
                below += process.ahead
            }
            (children, isOwn) = (below, false)
        }
        guard let index = state.processes.index(forKey: number) else { return }
        state.processes.values[index].ahead = alive
        state.processes.values[index].time = time
        state.processes.values[index].seen = seen
        state.processes.values[index].landmark = landmark
        announce(number, &state)
    }

    /// The process of a thread, entered if it is new.
    private func enter(_ thread: Int32) throws(Refusal) -> Int32 {
        let (number, isKnown) = try processes.entering(thread)
        if isKnown, state.withLock({ $0.processes[number] != nil }) { return number }
        var parent = try processes.family(of: thread).parent
        let first = parent
        // One that has never asked for anything is where its own parent is.
        var depth = 0
        while parent > 1, depth < 16, state.withLock({ $0.processes[parent] == nil }) {
            guard let next = try? processes.family(of: parent).parent else {
                parent = 1
                break
            }
            (parent, depth) = (next, depth + 1)
        }
        state.withLock { state in
            takeOver(parent, &state)
            // Whose parent is gone is where the latest of all are.
            let known = parent > 1 ? state.processes[parent] : nil
            let (time, seen) = (known?.latest ?? state.latest, known?.seen ?? state.seen)
            state.processes[number] = Process(
                parent: known == nil ? first : parent, time: time, seen: seen,
                landmark: known?.latestLandmark ?? Landmark(), clock: ThreadClock(time: time))
            sweep(&state)
        }
        return number
    }

    private func sweep(_ state: inout State) {
        guard state.processes.count >= state.sweepAt else { return }
        for number in Array(state.processes.keys) where !processes.isGone(number) {
            takeOver(number, &state, atOnce: .max)
        }
        for number in Array(state.processes.keys) where processes.isGone(number) { state.processes[number] = nil }
        state.sweepAt = max(Self.sweepSize, 2 * state.processes.count)
    }

    private func sweepThreads(_ state: inout State) {
        guard state.threads.count >= state.sweepThreadsAt else { return }
        state.threads = state.threads.filter { Host.isThread($0.key, of: $0.value.process) }
        state.sweepThreadsAt = max(Self.sweepSize, 2 * state.threads.count)
    }

}

/// The timers of a process that have not fired since they were set.
struct ArmedTimers {
    /// Which timer: ITIMER_REAL, or the number of a timer or of its descriptor.
    enum Name: Hashable {
        case interval
        case timer(Int32)
        case descriptor(Int32)
    }

    private struct Timer {
        let name: Name
        let start: UInt64
        let end: UInt64
        /// What the wall clock shows when it fires.
        let time: UInt64
        /// Whether its process was there a little before the end. Then it has fired, even if the process made nothing more of that
        /// than to end: which of both is seen first would depend on how busy the host is.
        var isSeen = false

        /// When to look for its process, on the monotonic clock: an eighth before the end, as for waits (`AwaitedTime`), but a short timer
        /// no later than a quarter of a second before it, or in its middle. On a busy host the timekeeper comes so late, and
        /// most of whom a timer ends are gone at once (timeout(1)).
        var look: UInt64 { end - max((end - start) / 8, min((end - start) / 2, Self.lateness)) }

        private static let lateness: UInt64 = 250_000_000
    }

    /// Nobody waits for more at once.
    private static let maximumCount = 16

    private var timers: [Timer] = []

    /// - Returns: when its process is to be looked for, on the monotonic clock, if it fires and can be kept.
    mutating func set(_ name: Name, length: UInt64, base: UInt64, now: UInt64) -> UInt64? {
        timers.removeAll { $0.name == name }
        let (end, isTooLong) = now.addingReportingOverflow(length)
        guard length > 0, !isTooLong, timers.count < Self.maximumCount else { return nil }
        let timer = Timer(name: name, start: now, end: end, time: base &+ length)
        timers.append(timer)
        return timer.look
    }

    /// Takes down that the process is there.
    ///
    /// - Returns: when to look for it again, on the monotonic clock.
    mutating func see(_ now: UInt64) -> UInt64? {
        for index in timers.indices where timers[index].look <= now { timers[index].isSeen = true }
        return timers.lazy.filter(\.isSeen).map(\.end).min()
    }

    /// Takes out those that have fired.
    ///
    /// - Parameter onlySeen: for a process that is dead, nobody knows since when.
    /// - Returns: what the clock shows then.
    mutating func fire(_ now: UInt64, onlySeen: Bool = false) -> UInt64? {
        guard !timers.isEmpty else { return nil }
        func hasFired(_ timer: Timer) -> Bool { timer.end <= now && (timer.isSeen || !onlySeen) }
        let time = timers.lazy.filter(hasFired).map(\.time).max()
        if time != nil { timers.removeAll(where: hasFired) }
        return time
    }
}
