package import BelljarKernel
package import BelljarModel
package import BelljarPlan
internal import Dispatch
internal import Synchronization

extension Sandbox {
    /// Starts reading an archive in a process of its own, which has nothing but the open file and a pipe.
    ///
    /// - Parameters:
    ///   - archive: open for reading; read from its beginning, and still the caller's.
    ///   - name: what the archive is called in messages.
    /// - Throws: `host` if the process cannot be started. That it cannot be confined is told by the first message.
    package func startParser(
        _ job: ParserPlan.Job, of archive: borrowing Descriptor, name: String
    ) throws(BelljarError) -> ParserProcess {
        try ParserProcess(initPath: initPath, plan: try parserPlan(job), archive: archive, name: name)
    }
}

/// A process that reads an archive. It is gone when this value is.
///
/// Not for use from several threads at once.
package final class ParserProcess {
    private let name: String
    /// Nil once nobody is to be told any more.
    private var output: Descriptor?
    private let child: Held
    private var isDead = false
    private var messages = ArchiveMessageReader()

    package init(
        initPath: String, plan: ParserPlan, archive: borrowing Descriptor, name: String
    ) throws(BelljarError) {
        self.name = name
        do throws(KernelError) {
            let message = try Descriptor.memoryFile("belljar-parser-plan")
            try message.writeAll(plan.encoded())
            try message.seal()
            let pipe = try Pipe()
            let nothing = try Descriptor.workingDirectory.open("/dev/null", .write)
            let started = try ChildProcess.spawn(
                initPath, argv: ["belljar-init", "--parse"], environment: SandboxProcess.environment,
                descriptors: [
                    (archive.number, ParserPlan.DescriptorNumber.archive),
                    (pipe.writer.number, ParserPlan.DescriptorNumber.messages), (nothing.number, 2),
                    (message.number, ParserPlan.DescriptorNumber.plan),
                ], newSession: true)
            child = Held(started)
            output = pipe.closingWriter()
        } catch {
            throw BelljarError(
                .host, operation: "start the reader of archives", subject: initPath, stage: "launch",
                answer: "\(error.call): \(error.answer)",
                remedy: "belljar-init belongs beside the belljar program; $BELLJAR_INIT names another place")
        }
    }

    /// It follows the end of its pipe. The kernel takes namespaces apart meanwhile, for which nobody has to wait.
    deinit {
        output = nil
        guard !isDead else { return }
        let child = self.child
        DispatchQueue.global().async { child.letEnd() }
    }

    /// The next message; waits for it.
    ///
    /// - Throws: `sandbox_unavailable` if the process could not be confined, `integrity` if it crashed or sent what is
    ///   no message, `host` if it was killed.
    package func next() throws(BelljarError) -> ArchiveMessage {
        while true {
            guard let message = try whole() else {
                try receive()
                continue
            }
            guard case .unconfined(let stage, let number, let call, let subject) = message else { return message }
            throw SetupFailure(stage: stage, number: number, call: call, subject: subject).error()
        }
    }

    private func whole() throws(BelljarError) -> ArchiveMessage? {
        do throws(WireError) { return try messages.next() } catch {
            throw BelljarError(
                .integrity, operation: "read archive", subject: name,
                answer: "the process that reads it sent what is no message: \(error)", remedy: Self.suspicion)
        }
    }

    private func receive() throws(BelljarError) {
        var bytes: [UInt8] = []
        var end: ProcessEnd?
        do throws(KernelError) {
            let count = try output?.appendBytes(to: &bytes, atMost: 1 << 16) ?? 0
            if count == 0 {
                end = try child.wait()
                isDead = true
            }
        } catch {
            throw BelljarError(
                .host, operation: "read archive", subject: name, answer: "\(error.call): \(error.answer)")
        }
        if let end { throw failure(of: end) }
        messages.append(bytes)
    }

    private static let suspicion =
        "the archive is damaged, or made to attack its reader; nothing of it was kept. If it can be trusted, report it"

    /// The process ended before it said that the archive is over.
    private func failure(of end: ProcessEnd) -> BelljarError {
        // belljar-init ends with 128 and the number of the signal that ended the process inside.
        let signal: Int32? =
            switch end.exit {
            case .signal(let signal): signal
            case .status(let status): status > 128 ? status - 128 : nil
            }
        // SIGKILL: nobody but the kernel, for want of memory, and the user.
        let wasKilled = signal == 9
        return BelljarError(
            wasKilled ? .host : .integrity, operation: "read archive", subject: name, stage: "parse",
            answer: "the process that reads it "
                + (signal.map { "was ended by signal \($0)" } ?? "ended before the archive was over (\(end.exit))"),
            remedy: wasKilled ? "look for the out-of-memory killer in the kernel's log" : Self.suspicion)
    }
}

/// The process, shared with whoever waits for its end.
private final class Held: Sendable {
    private let child: Mutex<ChildProcess>
    private let pid: Int32

    init(_ child: consuming ChildProcess) {
        pid = child.pid
        self.child = Mutex(child)
    }

    func wait() throws(KernelError) -> ProcessEnd {
        try child.withLock { (child) throws(KernelError) in try child.wait() }
    }

    /// Gives it time to end; it is killed with the last reference to this value.
    func letEnd() {
        guard let process = try? Host.openProcess(pid) else { return }
        _ = try? poll([(process.number, .readable)], timeoutMilliseconds: Self.patienceMilliseconds)
    }

    private static let patienceMilliseconds: Int32 = 2000
}
