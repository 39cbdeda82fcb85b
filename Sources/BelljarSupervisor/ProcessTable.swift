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
    /// Bytes that were taken from its random stream.
    var randomBytes: UInt64 = 0
    /// Identical answers of a wall clock in a row.
    var clockReads: UInt64 = 0
    /// Processes that were forked from it and asked for something without becoming another program.
    var children: UInt64 = 0
    /// In the ledger, whose table is another one.
    var ledgerLine: Int32?
}

/// Processes by their numbers, in shards so that workers seldom wait for each other.
final class ProcessTable: Sendable {
    private static let shardCount = 16
    /// Entries of a shard after which the dead ones are looked for.
    private static let sweepSize = 64

    private struct Shard {
        var entries: [Int32: ProcessEntry] = [:]
        var sweepAt = ProcessTable.sweepSize
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
        for shard in shards {
            shard.state.withLock { state in
                for entry in state.entries.values { _ = Descriptor(owning: entry.process) }
            }
        }
    }

    private func shard(of process: Int32) -> Box { shards[Int(process) % Self.shardCount] }

    /// Enters a program that has just begun, in place of what the process was before.
    func programBegins(_ process: Int32, key: StreamKey, awaitsThread: Bool) throws(Refusal) {
        let made = try open(process)
        shard(of: process).state.withLock { state in
            if let old = state.entries[process] { _ = Descriptor(owning: old.process) }
            state.entries[process] = ProcessEntry(key: key, process: made, awaitsThread: awaitsThread)
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
        let (process, parent) = try family(of: thread)
        if process != thread, let result = existing(process, body) { return result }
        var key = seed
        if let known = existing(
            parent,
            { entry -> (StreamKey, UInt64) in
                entry.children += 1
                return (entry.key, entry.children)
            })
        {
            key = known.0
            key.absorb(known.1)
        }
        let made = try open(process)
        return shard(of: process).state.withLock { state in
            if let old = state.entries[process] { _ = Descriptor(owning: old.process) }
            var entry = ProcessEntry(key: key, process: made)
            let result = body(&entry)
            state.entries[process] = entry
            Self.sweep(&state)
            return result
        }
    }

    private func existing<Result>(_ process: Int32, _ body: (inout ProcessEntry) -> Result) -> Result? {
        shard(of: process).state.withLock { state -> Result? in
            guard var entry = state.entries[process], !Self.isDead(entry) else { return nil }
            let result = body(&entry)
            state.entries[process] = entry
            return result
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
            throw error.number == ErrorCode.noProcess ? .gone : .violation("it cannot be told from other processes")
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
