package import BelljarKernel
package import BelljarModel
package import BelljarPlan

extension Sandbox {
    /// Starts reading an archive in a process of its own, which has nothing but the open file and a pipe.
    ///
    /// - Parameters:
    ///   - archive: open for reading; read from its beginning, and still the caller's.
    ///   - name: what the archive is called in messages.
    ///   - cancellation: ends the waiting for messages.
    /// - Throws: `sandbox_unavailable` if the process cannot be confined, `host` if it cannot be started.
    package func startArchiveReader(
        _ job: ArchiveReaderPlan.Job, of archive: borrowing Descriptor, name: String, cancellation: Cancellation
    ) throws(BelljarError) -> ArchiveReaderProcess {
        ArchiveReaderProcess(
            try archiveReaders.start(job, of: archive, try archiveReaderPlan()), name: name, cancellation: cancellation)
    }
}

/// A process that reads an archive. It is killed when this value goes.
///
/// Not for use from several threads at once.
package final class ArchiveReaderProcess {
    private let name: String
    private let process: StartedArchiveReader
    private let cancellation: Cancellation
    private let silenceMilliseconds: UInt64
    private var messages = ArchiveMessageReader()

    /// - Parameter silenceMilliseconds: how long it may say nothing.
    package init(
        _ process: consuming StartedArchiveReader, name: String, cancellation: Cancellation,
        silenceMilliseconds: UInt64 = 600_000
    ) {
        self.name = name
        self.process = process
        self.cancellation = cancellation
        self.silenceMilliseconds = silenceMilliseconds
    }

    /// The next message; waits for it.
    ///
    /// - Throws: `sandbox_unavailable` if the process could not be confined, `integrity` if it crashed or sent what is
    ///   no message, `host` if it was killed or says nothing, `cancelled`.
    package func next() throws(BelljarError) -> ArchiveMessage {
        while true {
            guard let message = try whole() else {
                try receive()
                continue
            }
            guard case .unconfined(let stage, let number, let call, let subject) = message else { return message }
            throw SetupFailure(stage: stage, number: number, call: call, subject: subject)
                .error()
        }
    }

    private func whole() throws(BelljarError) -> ArchiveMessage? {
        do throws(WireError) { return try messages.next() } catch {
            throw BelljarError(
                .integrity, operation: "read archive", subject: name, stage: "parse",
                answer: "the process that reads it sent something that is not a message: \(error)",
                remedy: Self.suspicion)
        }
    }

    private func receive() throws(BelljarError) {
        guard try isReadable(process.messages, within: silenceMilliseconds) else {
            throw BelljarError(
                .host, operation: "read archive", subject: name, stage: "parse",
                answer: "the process that reads it has said nothing for \(silenceMilliseconds / 1000) s",
                remedy: "it was stopped, or hangs; if that happens again, the archive was made to hang whoever reads it"
            )
        }
        var count = 0
        do throws(KernelError) {
            unsafe try messages.receive { (room) throws(KernelError) in
                count = unsafe try process.messages.read(into: room)
                return count
            }
        } catch { throw failure(error) }
        if count == 0 { throw failure(of: try end()) }
    }

    /// Waits, and looks meanwhile whether it is still wanted.
    private func isReadable(
        _ descriptor: borrowing Descriptor, within milliseconds: UInt64
    ) throws(BelljarError) -> Bool {
        let deadline = Deadline.after(milliseconds: milliseconds)
        while !deadline.isOver {
            try cancellation.check("read archive", name)
            do throws(KernelError) {
                let look = min(deadline, .after(milliseconds: Self.tickMilliseconds))
                let found = try poll([(descriptor.number, .readable)], until: look)
                if !found[0].isEmpty { return true }
            } catch { throw failure(error) }
        }
        return false
    }

    private static let tickMilliseconds: UInt64 = 100

    /// How it ended; nil if who started it is gone.
    private func end() throws(BelljarError) -> ArchiveReaderEnd? {
        guard try isReadable(process.end, within: 2000) else {
            throw BelljarError(
                .integrity, operation: "read archive", subject: name, stage: "parse",
                answer: "the process that reads it closed its pipe before the end of the archive",
                remedy: Self.suspicion)
        }
        do throws(KernelError) { return ArchiveReaderEnd(decoding: try process.end.receive(limit: 16).bytes) } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: KernelError) -> BelljarError {
        error.tellsOfEnd
            ? .cancelled("read archive", name)
            : BelljarError(.host, operation: "read archive", subject: name, answer: "\(error.call): \(error.answer)")
    }

    private static let suspicion =
        "the archive is damaged, or was made to attack whoever reads it; nothing of it was kept. If you trust it, please report this"

    /// The process ended before it said that the archive is over.
    private func failure(of end: ArchiveReaderEnd?) -> BelljarError {
        // SIGKILL: nobody but the kernel, for want of memory, and the user. The same for PID 1, which takes all along.
        let wasKilled = end == nil || end == ArchiveReaderEnd(isSignal: true, code: 9)
        let how =
            switch end {
            case nil: "was ended with the others"
            case .some(let end) where end.isSignal: "was ended by signal \(end.code)"
            case .some(let end): "ended before the end of the archive (status \(end.code))"
            }
        return BelljarError(
            wasKilled ? .host : .integrity, operation: "read archive", subject: name, stage: "parse",
            answer: "the process that reads it \(how)",
            remedy: wasKilled ? "look for the out-of-memory killer in the kernel's log" : Self.suspicion)
    }
}
