internal import BelljarKernel
internal import Synchronization

/// Who asks PID 1 something: a thread, and the number of its question, until whose answer the thread lives and its number is its own.
struct Caller {
    let thread: Int32
    let question: UInt64
}

extension Notification {
    var caller: Caller { Caller(thread: thread, question: id) }
}

/// What is remembered about a process that asked for something.
struct ProcessEntry {
    let number: Int32
    /// When it began to be remembered. Whoever's parent dies gets another.
    fileprivate(set) var parent: Int32
    /// Of its random streams; nil until somebody needs it. What it follows from is in `Lineage.swift`.
    var key: StreamKey?
    /// Stands for the process (pidfd), so that its number can be given to another without harm; closed by the table.
    fileprivate(set) var process: Int32
    /// Whether a program of glibc has begun that has not yet set its first thread up.
    var awaitsThread = false
    /// Whether its malloc has had the bytes that it asks for first.
    var hasFirstBytes = false
    /// Bytes that were taken from its random stream.
    var randomBytes: UInt64 = 0
    /// The last of them, if they were taken one by one.
    var words = TakenWords()
    /// Names of temporary files that were taken from its random stream.
    var temporaryNames: UInt64 = 0
    /// Times that it opened a device of random numbers, and the file of random identifiers.
    var deviceOpens: UInt64 = 0
    var identifierOpens: UInt64 = 0
    /// Whether `Clocks` knows it.
    fileprivate var isEntered = false
    /// The latest question during which it was seen to be alive.
    fileprivate var question: UInt64?
    /// That of its children; 0 if it has no key.
    var mark: UInt64 = 0
    /// In the ledger or the trace, whose tables are others.
    var line: Int32?

    init(number: Int32, parent: Int32, key: StreamKey?, process: Int32, awaitsThread: Bool = false) {
        self.number = number
        self.parent = parent
        self.key = key
        mark = key?.mark(0) ?? 0
        self.process = process
        self.awaitsThread = awaitsThread
    }
}

/// What is remembered about a thread that is not the first of its process.
private struct ThreadEntry {
    let process: Int32
}

/// Processes by their numbers, in shards so that workers seldom wait for each other.
final class ProcessTable: Sendable {
    private static let shardCount = 16
    /// Entries of a shard after which the dead ones are looked for.
    private static let sweepSize = 16

    private struct Shard {
        var entries: [Int32: ProcessEntry] = [:]
        var sweepAt = ProcessTable.sweepSize
        var threads: [Int32: ThreadEntry] = [:]
        var sweepThreadsAt = ProcessTable.sweepSize
    }

    /// Nobody takes a shard's lock while holding this one.
    let lineages = Mutex(Lineages())
    private let shards: [Box]

    private final class Box: Sendable {
        let state = Mutex(Shard())
    }

    init() { shards = (0..<Self.shardCount).map { _ in Box() } }

    deinit {
        keepingErrorNumber {
            for shard in shards {
                shard.state.withLock { state in
                    for entry in state.entries.values { _ = Descriptor(owning: entry.process) }
                }
            }
        }
    }

    private func shard(of process: Int32) -> Box { shards[Int(process) % Self.shardCount] }

    /// Enters a program that has just begun, in place of what the process was before.
    func programBegins(_ caller: Caller, key: StreamKey?, awaitsThread: Bool) throws(Refusal) {
        let process = caller.thread
        let oldMark = existing(process, asking: caller.question) { entry in
            let old = entry
            entry = ProcessEntry(
                number: process, parent: old.parent, key: key, process: old.process, awaitsThread: awaitsThread)
            (entry.isEntered, entry.question) = (old.isEntered, old.question)
            return old.mark
        }
        if let oldMark { return forget(oldMark) }
        let parent = try family(of: process).parent
        let made = try open(process)
        shard(of: process).state.withLock { state in
            if let old = state.entries[process] { drop(old) }
            state.entries[process] = ProcessEntry(
                number: process, parent: parent, key: key, process: made, awaitsThread: awaitsThread)
            sweep(&state)
        }
    }

    /// Whether a program of glibc set its first thread up, which it does once.
    func takeAwaitedThread(_ caller: Caller) -> Bool {
        existing(caller.thread, asking: caller.question) { entry in
            defer { entry.awaitsThread = false }
            return entry.awaitsThread
        } ?? false
    }

    /// Works on the entry of the process that asks, made if there is none yet.
    func with<Result>(_ caller: Caller, _ body: (inout ProcessEntry) -> Result) throws(Refusal) -> Result {
        let (thread, question) = (caller.thread, caller.question)
        if let result = existing(thread, asking: question, body) { return result }
        if let process = process(of: thread), let result = existing(process, asking: question, body) { return result }
        let (process, parent) = try family(of: thread)
        if process != thread {
            enter(thread, of: process)
            if let result = existing(process, asking: question, body) { return result }
        }
        let made = try open(process)
        return shard(of: process).state.withLock { state in
            // Another thread of it may have asked at the same time.
            if let index = state.entries.index(forKey: process),
                !Descriptor.isDead(state.entries.values[index].process)
            {
                _ = Descriptor(owning: made)
                return body(&state.entries.values[index])
            }
            if let old = state.entries[process] { drop(old) }
            var entry = ProcessEntry(number: process, parent: parent, key: nil, process: made)
            let result = body(&entry)
            state.entries[process] = entry
            sweep(&state)
            return result
        }
    }

    /// Says which process asks, and whether that was asked before: since it was forked, and not since it became another program.
    func entering(_ caller: Caller) throws(Refusal) -> (process: Int32, parent: Int32, isKnown: Bool) {
        try with(caller) { entry in
            defer { entry.isEntered = true }
            return (entry.number, entry.parent, entry.isEntered)
        }
    }

    /// Whether a process that was entered in `Clocks` is dead. Its number may be another's by now, which was not entered yet.
    func isGone(_ process: Int32) -> Bool { existing(process) { $0.isEntered } != true }

    /// Works with the descriptor that stands for a process, if it was entered in `Clocks` and is alive.
    func withDescriptor(of process: Int32, _ body: (Int32) -> Void) {
        existing(process) { entry in if entry.isEntered { body(entry.process) } }
    }

    /// Works on the entry of a process that is known and alive.
    ///
    /// - Parameter question: what it asks, which it does not outlive: so it is looked at once for each. Nil for others.
    func existing<Result>(
        _ process: Int32, asking question: UInt64? = nil, _ body: (inout ProcessEntry) -> Result
    ) -> Result? {
        shard(of: process).state.withLock { state -> Result? in
            // In place, without looking for it twice.
            guard let index = state.entries.index(forKey: process) else { return nil }
            if question == nil || state.entries.values[index].question != question {
                guard !Descriptor.isDead(state.entries.values[index].process) else { return nil }
                if let question { state.entries.values[index].question = question }
            }
            return body(&state.entries.values[index])
        }
    }

    /// The process that a thread other than its first is known to belong to.
    private func process(of thread: Int32) -> Int32? {
        shard(of: thread).state.withLock { state in
            // The number may be another thread's by now.
            guard let process = state.threads[thread]?.process, Host.isThread(thread, of: process) else { return nil }
            return process
        }
    }

    private func enter(_ thread: Int32, of process: Int32) {
        shard(of: thread).state.withLock { state in
            state.threads[thread] = ThreadEntry(process: process)
            guard state.threads.count >= state.sweepThreadsAt else { return }
            state.threads = state.threads.filter { Host.isThread($0.key, of: $0.value.process) }
            state.sweepThreadsAt = max(Self.sweepSize, 2 * state.threads.count)
        }
    }

    private func sweep(_ state: inout Shard) {
        guard state.entries.count >= state.sweepAt else { return }
        for (process, entry) in state.entries where Descriptor.isDead(entry.process) {
            drop(entry)
            state.entries[process] = nil
        }
        state.sweepAt = max(Self.sweepSize, 2 * state.entries.count)
    }

    private func drop(_ entry: borrowing ProcessEntry) {
        _ = Descriptor(owning: entry.process)
        forget(entry.mark)
    }

    private func open(_ process: Int32) throws(Refusal) -> Int32 {
        do throws(KernelError) {
            return try Host.openProcess(process).release()
        } catch {
            guard error.errno == .EMFILE else { throw Self.refusal(error) }
        }
        // The dead ones are looked for when there are many, and this host allows fewer.
        for shard in shards {
            shard.state.withLock { state in
                state.sweepAt = 0
                sweep(&state)
            }
        }
        do throws(KernelError) { return try Host.openProcess(process).release() } catch { throw Self.refusal(error) }
    }

    private static func refusal(_ error: KernelError) -> Refusal {
        switch error.errno {
        case .ESRCH: .gone
        case .EMFILE: .violation("more processes are running than PID 1 may have descriptors for")
        default: .violation("it cannot be distinguished from other processes")
        }
    }

    /// The process that a thread belongs to, and that one's parent, from /proc/PID/status.
    func family(of thread: Int32) throws(Refusal) -> (process: Int32, parent: Int32) {
        let found = unsafe withUnsafeTemporaryAllocation(byteCount: Self.statusSize, alignment: 1) { room in
            guard let file = try? Descriptor.workingDirectory.open("/proc/\(thread)/status"),
                let count = try? unsafe file.read(into: room)
            else { return nil as (process: Int32, parent: Int32)? }
            let text = unsafe UnsafeRawBufferPointer(rebasing: room[..<count])
            guard let process = unsafe Self.number(after: "\nTgid:\t", in: text),
                let parent = unsafe Self.number(after: "\nPPid:\t", in: text)
            else { return nil }
            return (process, parent)
        }
        guard let found else { throw .gone }
        return found
    }

    /// Both numbers are among the first lines. A line feed in a program's name is written as two other characters.
    private static let statusSize = 512

    private static func number(after name: StaticString, in text: UnsafeRawBufferPointer) -> Int32? {
        let length = name.utf8CodeUnitCount
        let start = (0..<max(text.count - length, 0)).first { start in
            (0..<length).allSatisfy { unsafe text[start + $0] == name.utf8Start[$0] }
        }
        guard let start else { return nil }
        var number: Int32 = 0
        for index in start + length..<text.count {
            let digit = unsafe text[index]
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return number }
            number = number &* 10 &+ Int32(digit - UInt8(ascii: "0"))
        }
        return number
    }
}
