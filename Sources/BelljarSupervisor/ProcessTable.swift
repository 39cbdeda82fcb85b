internal import BelljarKernel
internal import Synchronization

/// What is remembered about a process that asked for something.
struct ProcessEntry {
    /// Of its random streams.
    var key: StreamKey
    /// Stands for the process (pidfd), so that its number can be given to another without harm; closed by the table.
    fileprivate(set) var process: Int32
    /// Whether a program of glibc has begun that has not yet set its first thread up.
    var awaitsThread = false
    /// Whether its malloc has had the bytes that it asks for first.
    var hasFirstBytes = false
    /// Bytes that were taken from its random stream.
    var randomBytes: UInt64 = 0
    /// Whether `key` knows already in which directory the program runs.
    var knowsDirectory = false
    /// Times that it opened a device of random numbers, and the file of random identifiers.
    var deviceOpens: UInt64 = 0
    var identifierOpens: UInt64 = 0
    /// Whether `Clocks` knows it.
    fileprivate var isEntered = false
    /// Processes that were forked from it and asked for something without becoming another program.
    var children: UInt64 = 0
    /// How many programs it has started that took random numbers, by the beginnings of their keys.
    fileprivate var turns: [UInt64: UInt64] = [:]
    /// In the ledger, whose table is another one.
    var ledgerLine: Int32?
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
        /// How many of all entries together there are, at most.
        var turns = 0
    }

    private let seed: StreamKey
    private let shards: [Box]

    private final class Box: Sendable {
        let state = Mutex(Shard())
    }

    init(seed: StreamKey) {
        self.seed = seed
        shards = (0..<Self.shardCount).map { _ in Box() }
    }

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
    func programBegins(_ process: Int32, key: StreamKey, awaitsThread: Bool) throws(Refusal) {
        let made = try open(process)
        shard(of: process).state.withLock { state in
            var entry = ProcessEntry(key: key, process: made, awaitsThread: awaitsThread)
            if let old = state.entries[process] {
                entry.isEntered = old.isEntered && !Self.isDead(old)
                _ = Descriptor(owning: old.process)
            }
            state.entries[process] = entry
            Self.sweep(&state)
        }
    }

    /// Whether a program of glibc set its first thread up, which it does once.
    func takeAwaitedThread(_ process: Int32) -> Bool {
        shard(of: process).state.withLock { state in
            guard let entry = state.entries[process], entry.awaitsThread else { return false }
            state.entries[process]?.awaitsThread = false
            return !Self.isDead(entry)
        }
    }

    /// Works on the entry of the process that a thread belongs to, made from its parent's if there is none yet.
    func with<Result>(thread: Int32, _ body: (inout ProcessEntry) -> Result) throws(Refusal) -> Result {
        if let result = existing(thread, body) { return result }
        if let process = process(of: thread), let result = existing(process, body) { return result }
        let (process, parent) = try family(of: thread)
        if process != thread {
            enter(thread, of: process)
            if let result = existing(process, body) { return result }
        }
        var key = seed
        var knowsDirectory = false
        if let known = existing(
            parent,
            { entry -> (StreamKey, UInt64, Bool) in
                entry.children += 1
                return (entry.key, entry.children, entry.knowsDirectory)
            })
        {
            key = known.0
            key.absorb(known.1)
            knowsDirectory = known.2
        }
        let made = try open(process)
        return shard(of: process).state.withLock { state in
            if let old = state.entries[process] { _ = Descriptor(owning: old.process) }
            var entry = ProcessEntry(key: key, process: made)
            entry.knowsDirectory = knowsDirectory
            let result = body(&entry)
            state.entries[process] = entry
            Self.sweep(&state)
            return result
        }
    }

    /// Programs of equal keys whose number one parent's entry remembers, and all entries of a shard: some 8 MiB in all.
    private static let maximumTurns = 1024
    private static let maximumTurnsOfShard = 1 << 14

    /// How many programs of an equal key the parent of a thread's process has started before that asked for this.
    func turn(of thread: Int32, _ key: StreamKey) throws(Refusal) -> UInt64 {
        let (_, parent) = try family(of: thread)
        let name = UInt64(key.words[0]) | UInt64(key.words[1]) << 32
        return try shard(of: parent).state.withLock { (state) throws(Refusal) -> UInt64 in
            guard let index = state.entries.index(forKey: parent), !Self.isDead(state.entries.values[index])
            else { return 0 }
            return try Self.takeTurn(of: name, index, &state)
        }
    }

    private static func takeTurn(
        of name: UInt64, _ index: Dictionary<Int32, ProcessEntry>.Index, _ state: inout Shard
    ) throws(Refusal) -> UInt64 {
        let known = state.entries.values[index].turns.count
        if known >= maximumTurns {
            state.entries.values[index].turns.removeAll()
            state.turns -= known
        }
        if let turn = state.entries.values[index].turns[name] {
            state.entries.values[index].turns[name] = turn + 1
            return turn
        }
        if state.turns >= maximumTurnsOfShard {
            // Those of dead processes are not needed any more.
            state.turns = state.entries.values.reduce(0) { $0 + (isDead($1) ? 0 : $1.turns.count) }
            guard state.turns < maximumTurnsOfShard else {
                throw .violation("more programs with random numbers are running than process 1 can tell apart")
            }
            for place in state.entries.indices where isDead(state.entries.values[place]) {
                state.entries.values[place].turns = [:]
            }
        }
        state.entries.values[index].turns[name] = 1
        state.turns += 1
        return 0
    }

    /// Says which process a thread belongs to, and whether that was asked before: since it was forked, and not since it became
    /// another program.
    func entering(_ thread: Int32) throws(Refusal) -> (process: Int32, isKnown: Bool) {
        func enter(_ entry: inout ProcessEntry) -> Bool {
            defer { entry.isEntered = true }
            return entry.isEntered
        }
        if let isKnown = existing(thread, enter) { return (thread, isKnown) }
        if let process = process(of: thread), let isKnown = existing(process, enter) { return (process, isKnown) }
        let isKnown = try with(thread: thread, enter)
        if let process = process(of: thread) { return (process, isKnown) }
        return (thread, isKnown)
    }

    /// Whether a process that was entered is dead. Its number may be another's by now, which was not entered yet.
    func isGone(_ process: Int32) -> Bool { existing(process) { $0.isEntered } != true }

    private func existing<Result>(_ process: Int32, _ body: (inout ProcessEntry) -> Result) -> Result? {
        shard(of: process).state.withLock { state -> Result? in
            // In place, without looking for it twice.
            guard let index = state.entries.index(forKey: process), !Self.isDead(state.entries.values[index])
            else { return nil }
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

    private static func isDead(_ entry: ProcessEntry) -> Bool { Descriptor.isDead(entry.process) }

    private static func sweep(_ state: inout Shard) {
        guard state.entries.count >= state.sweepAt else { return }
        for (process, entry) in state.entries where isDead(entry) {
            _ = Descriptor(owning: entry.process)
            state.entries[process] = nil
        }
        state.sweepAt = max(sweepSize, 2 * state.entries.count)
    }

    private func open(_ process: Int32) throws(Refusal) -> Int32 {
        do throws(KernelError) {
            return try Host.openProcess(process).release()
        } catch {
            guard error.number == ErrorCode.tooManyFiles else { throw Self.refusal(error) }
        }
        // The dead ones are looked for when there are many, and this host allows fewer.
        for shard in shards {
            shard.state.withLock { state in
                state.sweepAt = 0
                Self.sweep(&state)
            }
        }
        do throws(KernelError) { return try Host.openProcess(process).release() } catch { throw Self.refusal(error) }
    }

    private static func refusal(_ error: KernelError) -> Refusal {
        switch error.number {
        case ErrorCode.noProcess: .gone
        case ErrorCode.tooManyFiles: .violation("more processes are running than process 1 may have descriptors for")
        default: .violation("it cannot be told from other processes")
        }
    }

    /// The process that a thread belongs to, and that one's parent, from /proc/PID/status.
    func family(of thread: Int32) throws(Refusal) -> (process: Int32, parent: Int32) {
        guard let file = try? Descriptor.workingDirectory.open("/proc/\(thread)/status"),
            let text = try? file.readAll(limit: 8192)
        else { throw .gone }
        var process = thread
        var parent: Int32 = 1
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: "\t"))
            guard words.count == 2, let number = Int32(String(decoding: words[1], as: UTF8.self)) else { continue }
            switch String(decoding: words[0], as: UTF8.self) {
            case "Tgid:": process = number
            case "PPid:": parent = number
            default: continue
            }
        }
        return (process, parent)
    }
}
