internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// Control `cpu`: there are as many processors as the world has, and every thread runs on the first.
///
/// Which of them a thread may use is remembered and changes nothing: where it really runs is the host's affair.
extension Worker {
    /// sched_getaffinity(thread, size, mask)
    func processorsOfThread() throws(Refusal) -> Reply {
        let size = Int(UInt32(bitPattern: call.int(1)))
        let all = ProcessorMask(count: shared.world.cpus)
        // Room for every processor, in whole words (kernel/sched/syscalls.c).
        guard size * 8 >= all.count, size.isMultiple(of: 8) else { throw .errno(.EINVAL) }
        let mask = shared.affinities.mask(of: try namedThread()) ?? all
        let count = min(size, all.size)
        for index in 0..<count / 8 {
            unsafe room.storeBytes(of: mask.words[index], toByteOffset: index * 8, as: UInt64.self)
        }
        try unsafe write(UnsafeRawBufferPointer(rebasing: room[..<count]), to: call.argument(2))
        return .value(Int64(count))
    }

    /// sched_setaffinity(thread, size, mask)
    func setProcessorsOfThread() throws(Refusal) -> Reply {
        let all = ProcessorMask(count: shared.world.cpus)
        let count = min(Int(UInt32(bitPattern: call.int(1))), all.size)
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<all.size])
        unsafe part.initializeMemory(as: UInt8.self, repeating: 0)
        let wanted = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<count])
        guard try unsafe read(at: call.argument(2), into: wanted) == count else { throw .errno(.EFAULT) }
        let thread = try namedThread()
        // PID 1 may do more than the caller, so the kernel would refuse.
        guard thread == call.thread || TaskFacts(thread)?.process != 1 else { throw .errno(.EPERM) }
        let mask = unsafe all.intersection(UnsafeRawBufferPointer(part))
        guard !mask.isEmpty else { throw .errno(.EINVAL) }
        shared.affinities.set(mask, of: thread)
        return .success
    }

    /// getcpu(processor, node, cache)
    func currentProcessor() throws(Refusal) -> Reply {
        for index in 0...1 where call.argument(index) != 0 { try write(UInt32(0), to: call.argument(index)) }
        return .success
    }

    /// The thread that the first argument names; 0 is the caller.
    func namedThread() throws(Refusal) -> Int32 {
        let number = call.int(0)
        guard number != 0, number != call.thread else { return call.thread }
        guard number > 0, TaskFacts(number) != nil else { throw .errno(.ESRCH) }
        return number
    }
}

/// A set of processors, as the kernel passes it: bit n of word n / 64 for the one numbered n.
struct ProcessorMask: Equatable {
    private static let maximumCount: UInt32 = 1024
    /// Processors that there are.
    let count: Int
    private(set) var words = InlineArray<16, UInt64>(repeating: 0)

    /// All of them; of more than 1024 the first ones.
    init(count: UInt32) {
        self.count = Int(min(max(count, 1), Self.maximumCount))
        for index in 0..<self.count { words[index / 64] |= 1 << UInt64(index % 64) }
    }

    /// Bytes that it takes: whole words for the processors that there are.
    var size: Int { (count + 63) / 64 * 8 }

    var isEmpty: Bool {
        for index in 0..<16 where words[index] != 0 { return false }
        return true
    }

    /// What is in both.
    ///
    /// - Parameter bytes: `size` of them.
    func intersection(_ bytes: UnsafeRawBufferPointer) -> ProcessorMask {
        var made = self
        for index in 0..<size / 8 {
            made.words[index] &= unsafe bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
        }
        return made
    }

    static func == (one: ProcessorMask, other: ProcessorMask) -> Bool {
        for index in 0..<16 where one.words[index] != other.words[index] { return false }
        return one.count == other.count
    }
}

/// What threads were told to keep to. A thread that was told nothing has what its process was told, or the nearest
/// ancestor of that.
final class AffinityTable: Sendable {
    /// Entries after which those of dead threads are looked for.
    private static let sweepSize = 256
    /// Ancestors that are looked at.
    private static let maximumDepth = 256

    private struct Entry {
        var mask: ProcessorMask
        /// When the thread began, which tells it from a later one of the same number.
        var start: UInt64
    }

    private struct State {
        var entries: [Int32: Entry] = [:]
        var sweepAt = AffinityTable.sweepSize
    }

    private let state = Mutex(State())

    func set(_ mask: ProcessorMask, of thread: Int32) {
        guard let facts = TaskFacts(thread) else { return }
        state.withLock { state in
            state.entries[thread] = Entry(mask: mask, start: facts.start)
            guard state.entries.count >= state.sweepAt else { return }
            state.entries = state.entries.filter { TaskFacts($0.key)?.start == $0.value.start }
            state.sweepAt = max(Self.sweepSize, 2 * state.entries.count)
        }
    }

    /// - Returns: nil if nobody was told anything.
    func mask(of thread: Int32) -> ProcessorMask? {
        // Nearly no build sets any, and then there is nothing to look up.
        guard state.withLock({ !$0.entries.isEmpty }) else { return nil }
        var current = thread
        for _ in 0..<Self.maximumDepth {
            guard current > 1, let facts = TaskFacts(current) else { return nil }
            let entry = state.withLock { $0.entries[current] }
            if let entry, entry.start == facts.start { return entry.mask }
            current = current == facts.process ? facts.parent : facts.process
        }
        return nil
    }
}

/// What `/proc` says of a thread.
struct TaskFacts: Equatable {
    /// The process that it belongs to, and the parent of that.
    var process: Int32
    var parent: Int32
    /// When it began, in ticks.
    var start: UInt64

    /// nil if there is none of this number.
    init?(_ thread: Int32) {
        guard let status = try? Descriptor.workingDirectory.open("/proc/\(thread)/status").readAll(limit: 8192),
            let stat = try? Descriptor.workingDirectory.open("/proc/\(thread)/stat").readAll(limit: 4096)
        else { return nil }
        self.init(status: status, stat: stat)
    }

    /// Where a process's stack began (field 28, proc(5)); nil if it is gone.
    static func stackStart(of thread: Int32) -> UInt64? {
        guard let stat = try? Descriptor.workingDirectory.open("/proc/\(thread)/stat").readAll(limit: 4096),
            let end = stat.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = stat[(end + 1)...].split(separator: UInt8(ascii: " "))
        return fields.count > 25 ? UInt64(String(decoding: fields[25], as: UTF8.self)) : nil
    }

    /// - Parameters:
    ///   - status: text of `/proc/THREAD/status`.
    ///   - stat: text of `/proc/THREAD/stat`.
    init?(status: [UInt8], stat: [UInt8]) {
        func number(_ name: String) -> Int32? {
            for line in status.split(separator: UInt8(ascii: "\n")) where line.starts(with: name.utf8) {
                return Int32(String(decoding: line.dropFirst(name.utf8.count), as: UTF8.self))
            }
            return nil
        }
        // The name of the program is in parentheses and may hold anything; 20 fields after it is the beginning (proc(5)).
        guard let process = number("Tgid:\t"), let parent = number("PPid:\t"),
            let end = stat.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = stat[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, let start = UInt64(String(decoding: fields[19], as: UTF8.self)) else { return nil }
        (self.process, self.parent, self.start) = (process, parent, start)
    }
}
