internal import BelljarControls
package import BelljarKernel
package import BelljarModel
package import BelljarPlan
internal import Synchronization

/// Has archives read by processes without rights. They share namespaces, which are made for the first of them; each is a
/// process of its own, started by PID 1 there. The namespaces go with this value.
package final class ArchiveReaderStarter: Sendable {
    private let initPath: String
    private let running = Mutex<Connection?>(nil)

    package init(initPath: String) { self.initPath = initPath }

    /// Starts reading an archive.
    ///
    /// - Parameters:
    ///   - plan: the same every time.
    ///   - archive: open for reading; read from its beginning, and still the caller's.
    /// - Throws: `sandbox_unavailable` if the host has not what confines the reader, `host` if it cannot be started.
    package func start(
        _ job: ArchiveReaderPlan.Job, of archive: borrowing Descriptor, _ plan: ArchiveReaderPlan
    ) throws(BelljarError) -> StartedArchiveReader {
        let first = try connection(plan)
        do throws(KernelError) { return try first.start(job, archive) } catch {
            // It is gone: the kernel may have wanted its memory.
            running.withLock { if $0 === first { $0 = nil } }
        }
        let second = try connection(plan)
        do throws(KernelError) { return try second.start(job, archive) } catch {
            throw Connection.failure(initPath, "\(error.call): \(error.answer)")
        }
    }

    /// The process that made the namespaces; nil as long as there is none.
    package var processId: Int32? { running.withLock { $0?.processId } }

    private func connection(_ plan: ArchiveReaderPlan) throws(BelljarError) -> Connection {
        // Held while it starts, so that others wait for it instead of starting one each.
        try running.withLock { (running) throws(BelljarError) in
            if let running { return running }
            let made = try Connection(initPath, plan)
            running = made
            return made
        }
    }
}

/// A process that reads an archive. What it still does is ended when this value goes.
package struct StartedArchiveReader: ~Copyable {
    /// Its messages.
    let messages: Descriptor
    /// How it ended (`ArchiveReaderEnd`), from PID 1.
    let end: Descriptor
    /// Keeps the namespaces.
    private let connection: Connection?

    /// What somebody else tells.
    package init(_ messages: consuming Descriptor, _ end: consuming Descriptor) {
        self.init(messages, end, nil)
    }

    fileprivate init(_ messages: consuming Descriptor, _ end: consuming Descriptor, _ connection: Connection?) {
        self.messages = messages
        self.end = end
        self.connection = connection
    }
}

/// belljar-init, and the way to PID 1 of the namespaces that it made.
private final class Connection: Sendable {
    private let requests: Descriptor
    /// Killed with this value; then the kernel kills PID 1, and everything there.
    private let child: Mutex<ChildProcess>

    var processId: Int32 { child.withLock { $0.pid } }

    init(_ initPath: String, _ plan: ArchiveReaderPlan) throws(BelljarError) {
        let nothing = try HostDevice.nothing(.readWrite)
        do throws(KernelError) {
            let message = try Descriptor.memoryFile("belljar-archive-plan")
            try message.writeAll(plan.encoded())
            try message.seal()
            let sockets = try MessageSockets()
            child = Mutex(
                try ChildProcess.spawn(
                    initPath, argv: ["belljar-init", "--parse"], environment: Plan.environment,
                    descriptors: [
                        (nothing.number, 0), (nothing.number, 1), (nothing.number, 2),
                        (message.number, ArchiveReaderPlan.DescriptorNumber.plan),
                        (sockets.second.number, ArchiveReaderPlan.DescriptorNumber.requests),
                    ], newSession: true))
            requests = sockets.closingSecond()
        } catch {
            throw .launching("start the archive reader", initPath, error)
        }
        try awaitReadiness(initPath, plan)
    }

    /// Waits until the namespaces are there.
    private func awaitReadiness(_ initPath: String, _ plan: ArchiveReaderPlan) throws(BelljarError) {
        let answer: ArchiveMessage?
        do throws(KernelError) {
            let patience = Deadline.after(milliseconds: Self.patienceMilliseconds)
            let events = try poll([(requests.number, .readable)], until: patience)
            guard !events[0].isEmpty else { throw .timedOut("poll", "belljar-init") }
            let bytes = try requests.receive(limit: ArchiveMessage.maximumSize).bytes
            answer = try? ArchiveMessage(decoding: bytes)
        } catch {
            throw Self.failure(initPath, "\(error.call): \(error.answer)")
        }
        switch answer {
        case .opened: return
        case .unconfined(let stage, let number, let call, let subject):
            throw SetupFailure(stage: stage, number: number, call: call, subject: subject)
                .error(account: plan.account.map { .init(uid: $0.uid, gid: $0.gid) })
        default:
            throw Self.failure(
                initPath, "it ended and said nothing", remedy: "look for the out-of-memory killer in the kernel's log")
        }
    }

    private static let patienceMilliseconds: UInt64 = 30_000

    func start(_ job: ArchiveReaderPlan.Job, _ archive: borrowing Descriptor) throws(KernelError)
        -> StartedArchiveReader
    {
        let pipe = try Pipe()
        // So that neither side waits for the other after every piece.
        pipe.enlarge(to: Self.pipeBytes)
        let ends = try MessageSockets()
        try requests.send(
            [job.rawValue], descriptors: [archive.number, pipe.writer.number, ends.second.number])
        return StartedArchiveReader(pipe.closingWriter(), ends.closingSecond(), self)
    }

    private static let pipeBytes: Int32 = 1 << 18

    static func failure(_ initPath: String, _ answer: String, remedy: String? = nil) -> BelljarError {
        BelljarError(
            .host, operation: "start the archive reader", subject: initPath, stage: "launch", answer: answer,
            remedy: remedy)
    }
}
