internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// Which processes there were, when, and which files each of them read and wrote (docs/record.md).
///
/// What a file held is summed up when somebody else opens it, or it loses its name, or its step is over, and its writer is done with
/// it: that tells an object file of one run from that of another, whatever becomes of it afterwards.
final class Trace: Sendable {
    let state = Mutex(TraceState())
    private let begun = Host.monotonicNanoseconds()
    /// A table of its own, as the ledger's.
    private let processes = ProcessTable()
    /// Raised when a process begins, because whoever waits for ends has to wait for that one's too.
    private let event: Descriptor
    private let masks: [UInt32]

    init(_ states: ControlStates) throws(KernelError) {
        event = try Descriptor.eventCounter()
        masks = Self.masks()
    }

    /// By the numbers of system calls: a bit for each control, in the order of `Control.allCases`.
    private static func masks() -> [UInt32] {
        var masks = [UInt32](repeating: 0, count: Int(NotifiedCall.allCases.map(\.rawValue).max() ?? 0) + 1)
        for call in NotifiedCall.allCases {
            for (index, control) in Control.allCases.enumerated() where call.consulted.contains(control) {
                masks[Int(call.rawValue)] |= 1 << UInt32(index)
            }
        }
        return masks
    }

    var microseconds: UInt64 { (Host.monotonicNanoseconds() - begun) / 1000 }

    /// Whether something is missing.
    var isFull: Bool { state.withLock { $0.isFull } }

    // MARK: Processes

    /// Tells that a process became another program.
    func programBegins(_ caller: Caller, _ key: StreamKey?) throws(Refusal) {
        let before = processes.existing(caller.thread) { $0.line } ?? nil
        try processes.programBegins(caller, key: nil, awaitsThread: false)
        var made = TracedProcess(ofThread: caller.thread, at: microseconds)
        made.isProgram = true
        enter(made, key, before: before, caller)
    }

    /// Tells that a process was forked; known already if it is a thread that calls.
    func forks(_ caller: Caller, _ key: StreamKey?) { _ = line(of: caller, key) }

    /// The running number of the process that a thread belongs to; nil if it is gone, or there is no more room.
    func line(of caller: Caller, _ key: StreamKey? = nil) -> Int? {
        do throws(Refusal) {
            if let line = try processes.with(caller, { $0.line }) { return line < 0 ? nil : Int(line) }
        } catch { return nil }
        return enter(TracedProcess(ofThread: caller.thread, at: microseconds), key, before: nil, caller)
    }

    @discardableResult
    private func enter(_ process: TracedProcess, _ key: StreamKey?, before: Int32?, _ caller: Caller) -> Int? {
        var process = process
        process.handle = (try? Host.openProcess(process.number))?.release() ?? -1
        let (made, line) = (process, state.withLock { $0.enter(process, key, before: before.map(Int.init)) })
        // Another thread of it may have been here meanwhile.
        let settled = try? processes.with(caller) { entry -> Int32 in
            if let other = entry.line { return other }
            entry.line = Int32(line ?? -1)
            return Int32(line ?? -1)
        }
        if line == nil, made.handle >= 0 { HeldPlace.release(made.handle) }
        event.raise()
        guard let settled, settled >= 0 else { return nil }
        return Int(settled)
    }

    /// Takes down that a process consulted what a control answers, or would.
    func count(_ call: NotifiedCall, for line: Int) {
        let mask = masks[Int(call.rawValue)]
        guard mask != 0 else { return }
        state.withLock { state in
            state.with(line) { process in
                var rest = mask
                while rest != 0 {
                    let control = rest.trailingZeroBitCount
                    if process.consulted[control] < .max { process.consulted[control] += 1 }
                    rest &= rest - 1
                }
            }
        }
    }

    // MARK: Ends

    /// What is readable when a process begins or ends.
    var waited: [Int32] {
        state.withLock { state in
            [event.number] + state.processes.lazy.filter { $0.handle >= 0 && $0.end == nil }.map(\.handle)
        }
    }

    /// Looks how much time the processes that are alive have used, and which are not alive any more. A process that a signal ended
    /// makes no call by which it could tell; and one that ends must not be asked, because a signal can interrupt that.
    func look() {
        event.lower()
        let now = microseconds
        state.withLock { $0.look(at: now) }
    }

    /// Takes down the ends of all processes, and what the files hold that were written last.
    func endStep() {
        look()
        let now = microseconds
        let open = state.withLock { state in
            state.finish(at: now)
            return state.unsummed()
        }
        for (order, path) in open {
            let content = TracedContent(of: path)
            state.withLock { $0.sum(order: order, content) }
        }
    }

    /// Gives the lines of a step, packed into pieces of at most `size` bytes, and forgets them.
    ///
    /// - Parameter size: bytes, at least `LedgerLine.maximumSize`.
    func takePackets(of size: Int, _ give: ([UInt8]) -> Void) {
        precondition(size >= LedgerLine.maximumSize, "a line of the trace must fit a packet")
        let lines = state.withLock { $0.take() }
        var packet: [UInt8] = []
        func put(_ bytes: [UInt8]) {
            if packet.count + bytes.count > size {
                give(packet)
                packet = []
            }
            packet += bytes
        }
        for (offset, path) in lines.paths.enumerated() {
            put(TracedProcess.encoded(path: path, number: lines.firstPath + offset))
        }
        for (offset, process) in lines.processes.enumerated() {
            put(process.encoded(number: lines.firstProcess + offset))
            for part in process.encodedReads(number: lines.firstProcess + offset) { put(part) }
        }
        for (offset, write) in lines.writes.enumerated() { put(write.encoded(order: lines.firstWrite + offset)) }
        if !packet.isEmpty { give(packet) }
    }
}
