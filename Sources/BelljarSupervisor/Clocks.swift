internal import BelljarKernel
internal import Synchronization

/// How much time has passed for each process, in nanoseconds since the beginning of the epoch's second.
///
/// Time passes for who waits. A process begins where its parent was, and one that a child of came to its end takes over what
/// passed for that, as shells sleep in children. Nothing of it is measured, so it is the same every time.
///
/// A thread's waits are its own until it reads the clock or changes a file: many programs have threads that do nothing but
/// wait in a loop, as often as their other work takes long. A long sleep is its whole process's, and so is a wait during
/// which nothing else goes on, and every wait of a first thread once its process is over.
final class Clocks: Sendable {
    private let processes: ProcessTable
    private let files: FileMemory
    private let state: Mutex<State>

    /// What is known of a process. Nobody reaches one but through `state`, with its lock.
    private final class Process: @unchecked Sendable {
        fileprivate let number: Int32
        fileprivate let parent: Int32
        /// What every thread of it may know: the clock, and the phase of the latest change in microseconds, -1 if there is none.
        fileprivate(set) var time: UInt64
        fileprivate(set) var seen: Int64
        fileprivate var landmark: Landmark
        /// Of its first thread.
        fileprivate var clock: ThreadClock
        /// Answers of a wall clock to any of its threads.
        fileprivate var readings: UInt64 = 0
        /// Children for which time has passed, or may pass, and which may be dead when this process asks again.
        fileprivate var ahead: [Int32] = []
        /// Whether another thread than its first has asked.
        fileprivate var hasThreads = false
        /// Which of many is looked at next.
        fileprivate var nextLooked = 0
        /// Whether it is in its parent's list. Then so is each of its ancestors.
        fileprivate var isAhead = false
        fileprivate var timers = ArmedTimers()
        fileprivate var carried = CarriedTimers()

        /// One that begins where its parent is.
        fileprivate init(_ number: Int32, parent: Int32, time: UInt64, seen: Int64, landmark: Landmark) {
            (self.number, self.parent, self.time, self.seen, self.landmark) = (number, parent, time, seen, landmark)
            clock = ThreadClock(time: time)
        }

        /// What others take over from it.
        fileprivate var latest: UInt64 { max(time, clock.settled) }
        fileprivate var latestLandmark: Landmark { landmark.time < clock.landmark.time ? clock.landmark : landmark }

        /// Lets time pass for every thread that one has waited, and nothing of what that one alone counts.
        fileprivate func passed(_ wait: AwaitedTime, _ clock: borrowing ThreadClock) {
            time = max(time, min(ThreadClock.end(wait.known, wait.counts), clock.time))
            if landmark.time < min(clock.landmark.time, time) {
                landmark = Landmark(time: min(clock.landmark.time, time), real: clock.landmark.real)
            }
        }

        /// Lets every thread know what one does.
        fileprivate func publish(_ clock: borrowing ThreadClock) {
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
    func read(_ caller: Caller) throws(Refusal) -> UInt64 {
        try with(caller) { process, clock, _ in
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
    func change(_ caller: Caller) throws(Refusal) -> UInt64 {
        try with(caller) { process, clock, _ in
            clock.change()
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
                if let wait = clock.wait, wait.isOver(now) { Self.end(wait, process, &clock) }
                return process.landmark.time < clock.landmark.time ? clock.landmark : process.landmark
            }
        }
        return found ?? Landmark()
    }

    /// Takes down that a thread knows of a change.
    ///
    /// - Parameter time: its phase, in microseconds.
    func saw(_ caller: Caller, _ time: UInt64) throws(Refusal) {
        try ofProcess(caller) { process, state in
            guard process.seen < Int64(time) else { return }
            process.seen = Int64(time)
            announce(process, &state)
        }
    }

    /// Works on what a thread has seen of the wall clocks.
    ///
    /// - Parameter body: is also given the number of readings by all threads of the process.
    func clock<Result>(
        of caller: Caller, _ body: (inout ThreadClock, _ readings: UInt64) -> Result
    ) throws(Refusal) -> Result {
        try with(caller) { process, clock, _ in body(&clock, process.readings) }
    }

    /// Enters a process that begins, where its parent is now.
    func begin(_ caller: Caller) throws(Refusal) { try with(caller) { _, _, _ in } }

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
        try with(call.caller, mayPass: true) { process, clock, now in
            var wait = AwaitedTime(
                call: call, length: length, counts: counts, isSleep: isSleep, start: start, clock: clock,
                known: process.time, isAlone: !process.hasThreads)
            if let before = clock.interrupted, before.isContinued(by: wait) { wait.goOn(from: before) }
            clock.interrupted = nil
            clock.wait = wait
            guard length >= AwaitedTime.shortest, now >= clock.nextLook || wait.look < clock.nextLook else {
                return nil
            }
            clock.nextLook = wait.look
            return wait.look
        }
    }

    /// Takes down that a thread is about to wait for events, for less than a millisecond.
    func waitShortly(_ caller: Caller, _ length: UInt64) throws(Refusal) {
        try with(caller) { _, clock, _ in clock.waitsShortly(length) }
    }

    /// What a thread is known to wait in, if it is time to look at it, or when it will be.
    func awaited(by thread: Int32, now: UInt64) -> (wait: AwaitedTime?, next: UInt64?) {
        let found = state.withLock { state in
            update(thread, &state) { _, clock -> (wait: AwaitedTime?, next: UInt64?) in
                clock.nextLook = 0
                guard let wait = clock.wait else { return (nil, nil) }
                if wait.look <= now { return (wait, nil) }
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
    ///   - activity: what else goes on.
    /// - Returns: when to look again, on the monotonic clock.
    func looked(
        at thread: Int32, in call: UInt64, _ place: ThreadCall.Place, _ activity: Activity, now: UInt64
    ) -> UInt64? {
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
                let isLast = wait.isHalfOver || now >= wait.end
                wait.isThere(activity)
                guard isLast else {
                    clock.wait = wait
                    clock.nextLook = wait.look
                    return wait.look
                }
                Self.end(wait, process, &clock)
                return nil
            }
        }
        return next ?? nil
    }

    /// A wait that came to its end.
    private static func end(_ wait: AwaitedTime, _ process: Process, _ clock: inout ThreadClock) {
        (clock.wait, clock.interrupted) = (nil, nil)
        clock.waited(wait)
        if wait.isIdle || wait.isSleep && wait.counts > AwaitedTime.background { process.passed(wait, clock) }
    }

    // MARK: Timers

    /// Sets one of a process's timers. When it fires, its time has passed for the process, which is told so.
    ///
    /// - Returns: when the timekeeper has to look at the process, on the monotonic clock, and the number of the process; and whether there
    ///   is no room for this timer.
    func setTimer(
        _ caller: Caller, _ name: ArmedTimers.Name, _ setting: ArmedTimers.Setting
    ) throws(Refusal) -> (process: Int32, next: UInt64?, isFull: Bool) {
        try with(caller, mayPass: setting.length > 0) { process, clock, now in
            if case .timer(let number) = name { process.carried.remove(number) }
            let isFull = setting.length > 0 && !process.timers.hasRoom(for: name)
            let next = process.timers.set(name, setting, by: caller.thread, base: clock.now, now: now)
            return (process.number, next, isFull)
        }
    }

    /// Sets one of a process's timers that PID 1 carries out from now on.
    ///
    /// - Returns: what was left of it before, and the rest as from `setTimer`; nil if there are too many.
    func carry(
        _ caller: Caller, _ timer: MadeTimer, _ setting: ArmedTimers.Setting, among made: [MadeTimer]
    ) throws(Refusal) -> (old: ArmedTimers.Setting, process: Int32, next: UInt64?)? {
        try with(caller, mayPass: setting.length > 0) { process, clock, now in
            let name = ArmedTimers.Name.timer(timer.number)
            let old = process.carried.left(of: timer.number, now: now) ?? process.timers.left(of: name, now: now)
            guard process.carried.set(timer, setting, now: now, among: made) else { return nil }
            _ = process.timers.set(name, setting, by: caller.thread, base: clock.now, now: now)
            return (old ?? ArmedTimers.Setting(length: 0), process.number, Self.nextTimer(process))
        }
    }

    /// What is left of a timer that PID 1 carries out; nil if the kernel does.
    func carried(_ caller: Caller, _ number: Int32) throws(Refusal) -> ArmedTimers.Setting? {
        try with(caller) { process, _, now in process.carried.left(of: number, now: now) }
    }

    /// Forgets a timer that its process has deleted.
    func forgetCarried(_ caller: Caller, _ number: Int32) throws(Refusal) {
        try with(caller) { process, _, _ in process.carried.remove(number) }
    }

    /// Forgets timers that a process does not have any more.
    func forgetCarried(_ timers: [MadeTimer], of process: Int32) {
        guard !timers.isEmpty else { return }
        state.withLock { state in
            for timer in timers { state.processes[process]?.carried.remove(timer) }
        }
    }

    private static func nextTimer(_ process: Process) -> UInt64? {
        [process.timers.next, process.carried.next].compactMap(\.self).min()
    }

    /// The timers of a process that it is time to look at.
    func unseenTimers(of process: Int32, now: UInt64) -> [ArmedTimers.Timer] {
        state.withLock { $0.processes[process]?.timers.unseen(now) ?? [] }
    }

    /// All timers of a process that are to fire, as far as is known.
    func timers(of process: Int32) -> [ArmedTimers.Timer] {
        state.withLock { $0.processes[process]?.timers.all ?? [] }
    }

    /// Takes down how timers were found to be.
    func sawTimers(of process: Int32, _ seen: [(ArmedTimers.Timer, ArmedTimers.Sight)]) {
        state.withLock { state in state.processes[process]?.timers.saw(seen) }
    }

    /// Lets the timers of a process fire whose time has come, or forgets those that it has not lived to see.
    ///
    /// - Returns: when to look again, on the monotonic clock, and those for which PID 1 has to send signals.
    func fireTimers(of process: Int32, now: UInt64) -> (next: UInt64?, due: [CarriedTimers.Expired]) {
        let isGone = processes.isGone(process)
        let fired = state.withLock { state in
            update(process, &state) { process, clock -> (next: UInt64?, due: [CarriedTimers.Expired]) in
                guard !isGone else {
                    process.timers.forget(now)
                    return (nil, [])
                }
                Self.fire(process, &clock, now)
                let due = process.carried.fire(now)
                return (Self.nextTimer(process), due)
            }
        }
        return fired ?? (nil, [])
    }

    private static func fire(_ process: Process, _ clock: inout ThreadClock, _ now: UInt64) {
        guard let time = process.timers.fire(now, base: clock.now) else { return }
        clock.move(to: ThreadClock.after(time))
        process.publish(clock)
    }

    // MARK: Processes

    /// Works on what is known of a thread and its process, which is brought up to date before, as is what others can know of
    /// it afterwards.
    ///
    /// - Parameter mayPass: whether it begins something that lets time pass later, which its parent is to know of even if it is dead then.
    private func with<Result>(
        _ caller: Caller, mayPass: Bool = false,
        _ body: (Process, inout ThreadClock, _ now: UInt64) -> Result
    ) throws(Refusal) -> Result {
        try ofProcess(caller) { process, state in
            let (thread, now) = (caller.thread, Host.monotonicNanoseconds())
            takeOver(process, &state, now)
            if process.number != thread, state.threads[thread]?.process != process.number {
                state.threads[thread] = Thread(process: process.number, clock: ThreadClock(time: process.time))
                process.hasThreads = true
                sweepThreads(&state)
            }
            if mayPass { enterLists(process, &state) }
            return update(thread, process, &state) { clock in
                if let wait = clock.wait {
                    (clock.wait, clock.interrupted) = (nil, wait)
                    if wait.isOver(now) { Self.end(wait, process, &clock) }
                }
                Self.fire(process, &clock, now)
                clock.move(to: process.time)
                return body(process, &clock, now)
            }
        }
    }

    /// Works on what is known of the process that asks, which is entered if it is new.
    private func ofProcess<Result>(
        _ caller: Caller, _ body: (Process, inout State) -> Result
    ) throws(Refusal) -> Result {
        var (number, parent, isKnown) = try processes.entering(caller)
        while true {
            if !isKnown { begin(number, parent: parent) }
            var result: Result?
            state.withLock { state in
                if let process = state.processes[number] { result = body(process, &state) }
            }
            if let result { return result }
            // Forgotten meanwhile, which happens to those that are dead.
            guard !processes.isGone(number) else { throw .gone }
            isKnown = false
        }
    }

    /// Works on a thread that is known; nil if it is not.
    private func update<Result>(
        _ thread: Int32, _ state: inout State, _ body: (Process, inout ThreadClock) -> Result
    ) -> Result? {
        let known = state.processes[thread] ?? state.threads[thread].flatMap { state.processes[$0.process] }
        return known.map { process in update(thread, process, &state) { clock in body(process, &clock) } }
    }

    /// - Parameter thread: is the process itself, or in the list of threads.
    private func update<Result>(
        _ thread: Int32, _ process: Process, _ state: inout State, _ body: (inout ThreadClock) -> Result
    ) -> Result {
        let (time, seen) = (process.latest, process.seen)
        var clock = process.clock
        let own = process.number == thread ? nil : state.threads.index(forKey: thread)
        if let own { clock = state.threads.values[own].clock }
        let result = body(&clock)
        if let own { state.threads.values[own].clock = clock } else { process.clock = clock }
        if process.latest > time || process.seen > seen { announce(process, &state) }
        return result
    }

    /// Tells the ancestors of a process that it knows more than they do.
    private func announce(_ process: Process, _ state: inout State) {
        state.latest = max(state.latest, process.latest)
        files.noteTime(state.latest)
        state.seen = max(state.seen, process.seen)
        enterLists(process, &state)
    }

    /// Enters a process in its parent's list, and that one in its own parent's.
    private func enterLists(_ process: Process, _ state: inout State) {
        var process = process
        while !process.isAhead, let parent = state.processes[process.parent] {
            process.isAhead = true
            parent.ahead.append(process.number)
            process = parent
        }
    }

    /// Children that are looked at each time: so many that came last, and so many others, one after the other.
    private static let looksAtOnce = 16

    /// Brings a process up to what passed for its dead children, and theirs that died before.
    private func takeOver(_ process: Process, _ state: inout State, _ now: UInt64, looksAtAll: Bool = false) {
        let count = process.ahead.count
        guard count > 0 else { return }
        var dead: [Int32] = []
        func look(_ children: ArraySlice<Int32>) {
            for child in children where processes.isGone(child) { dead.append(child) }
        }
        if looksAtAll || count <= 2 * Self.looksAtOnce {
            look(process.ahead[...])
        } else {
            let older = count - Self.looksAtOnce
            let start = process.nextLooked < older ? process.nextLooked : 0
            process.nextLooked = min(start + Self.looksAtOnce, older)
            look(process.ahead[start..<process.nextLooked])
            look(process.ahead[older...])
        }
        guard !dead.isEmpty else { return }
        process.ahead.removeAll(where: Set(dead).contains)
        while let number = dead.popLast() {
            guard let child = state.processes.removeValue(forKey: number) else { continue }
            if let wait = child.clock.wait, wait.isOver(now) { child.clock.waited(wait) }
            if let fired = child.timers.fire(now, base: child.latest) { child.clock.move(to: ThreadClock.after(fired)) }
            process.time = max(process.time, child.latest)
            process.seen = max(process.seen, child.seen)
            if process.landmark.time < child.latestLandmark.time { process.landmark = child.latestLandmark }
            dead += child.ahead.filter(processes.isGone)
        }
        announce(process, &state)
    }

    /// Enters a process that is not known.
    private func begin(_ number: Int32, parent: Int32) {
        // One that has never asked for anything is where its own parent is.
        var (ancestor, depth) = (parent, 0)
        while ancestor > 1, depth < 16, state.withLock({ $0.processes[ancestor] == nil }) {
            ancestor = (try? processes.family(of: ancestor).parent) ?? 1
            depth += 1
        }
        let now = Host.monotonicNanoseconds()
        state.withLock { state in
            let known = ancestor > 1 ? state.processes[ancestor] : nil
            if let known { takeOver(known, &state, now) }
            // Whose parent is gone is where the latest of all are.
            state.processes[number] = Process(
                number, parent: known == nil ? parent : ancestor, time: known?.latest ?? state.latest,
                seen: known?.seen ?? state.seen, landmark: known?.latestLandmark ?? Landmark())
            sweep(&state, now)
        }
    }

    private func sweep(_ state: inout State, _ now: UInt64) {
        guard state.processes.count >= state.sweepAt else { return }
        // Whoever dies meanwhile is taken over the next time.
        let dead = Set(state.processes.keys.filter(processes.isGone))
        for process in Array(state.processes.values) where !dead.contains(process.number) {
            takeOver(process, &state, now, looksAtAll: true)
        }
        for number in dead { state.processes[number] = nil }
        state.sweepAt = max(Self.sweepSize, 2 * state.processes.count)
    }

    private func sweepThreads(_ state: inout State) {
        guard state.threads.count >= state.sweepThreadsAt else { return }
        state.threads = state.threads.filter { Host.isThread($0.key, of: $0.value.process) }
        state.sweepThreadsAt = max(Self.sweepSize, 2 * state.threads.count)
    }
}
