internal import BelljarKernel
internal import BelljarPlan

/// PID 1 of the namespaces in which archives are read. For each request it starts a process, which confines itself
/// and reads one archive, and tells how that ended. A process whose archive nobody waits for any more is killed.
struct ArchiveReaderServer {
    /// A process that has not been waited for.
    private final class Reader {
        let pid: Int32
        /// Where its end is told; hung up when nobody waits for it.
        let listener: Descriptor
        var isKilled = false

        init(_ pid: Int32, _ listener: consuming Descriptor) {
            self.pid = pid
            self.listener = listener
        }
    }

    /// Carries out a job on an archive, in a process of its own.
    private let carryOut: (ArchiveReaderPlan.Job, _ archive: Int32, _ messages: Int32) -> Never
    private var readers: [Reader] = []

    init(carryOut: @escaping (ArchiveReaderPlan.Job, _ archive: Int32, _ messages: Int32) -> Never) {
        self.carryOut = carryOut
    }

    /// Serves until nobody can send requests any more. The processes that are left then end with the namespace.
    mutating func serve(_ requests: borrowing Descriptor) throws(KernelError) {
        let children = try CurrentProcess.childSignals()
        while true {
            let found = try poll(
                [(children.number, .readable), (requests.number, .readable)]
                    + readers.map { ($0.isKilled ? -1 : $0.listener.number, []) },
                until: nil)
            // Before any is waited for: the numbers are still theirs.
            for (reader, events) in zip(readers, found.dropFirst(2)) where !events.isEmpty {
                CurrentProcess.kill(reader.pid)
                reader.isKilled = true
            }
            if !found[0].isEmpty {
                try children.drainSignals()
                try reap()
            }
            if !found[1].isEmpty {
                guard try takeRequest(requests) else { return }
            }
        }
    }

    private mutating func reap() throws(KernelError) {
        while let (pid, end) = try CurrentProcess.reap(blocking: false) {
            guard let index = readers.firstIndex(where: { $0.pid == pid }) else { continue }
            let told =
                switch end.exit {
                case .status(let status): ArchiveReaderEnd(isSignal: false, code: UInt8(truncatingIfNeeded: status))
                case .signal(let signal): ArchiveReaderEnd(isSignal: true, code: UInt8(truncatingIfNeeded: signal))
                }
            // Whoever does not listen any more need not know.
            try? readers.remove(at: index).listener.send(told.encoded())
        }
    }

    /// False when there is nobody to send requests.
    private mutating func takeRequest(_ requests: borrowing Descriptor) throws(KernelError) -> Bool {
        var message = try requests.receive(limit: 16)
        guard let first = message.bytes.first else { return false }
        guard let job = ArchiveReaderPlan.Job(rawValue: first), let archive = message.first.take(),
            let messages = message.second.take(), let listener = message.third.take()
        else { throw .invalid("recvmsg", "a request to read an archive") }
        do throws(KernelError) {
            let pid = try CurrentProcess.fork()
            if pid == 0 { carryOut(job, archive.number, messages.number) }
            readers.append(Reader(pid, listener))
        } catch {
            let failure = StageFailure(stage: .startCommand, error: error)
            try? messages.writeAll(ArchiveMessageReader.frame(failure.message))
        }
        return true
    }
}
