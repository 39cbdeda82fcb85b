internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan
internal import Dispatch
internal import Synchronization

/// Gives a command what belljar's own standard input has, and never that itself.
///
/// A descriptor is more than the bytes in it. A build would open a file anew by `/proc/self/fd/0`, for writing and by the
/// host's mount, and be refused nothing that the account may do; it would write to the pipe that a shell of the host goes on
/// reading its commands from; and flags, position and locks of an open file are shared with everybody who has it. So the
/// command gets a pipe, and belljar fills it. It has read further than the command then, except in a file, whose position
/// it leaves alone.
final class InputPump: Sendable {
    private let failure = Mutex<KernelError?>(nil)

    /// What the command is to have as its standard input. A terminal is not read, because who is in the background would be
    /// stopped for that.
    ///
    /// - Throws: `usage` if belljar's standard input is nothing to read bytes from; `sandbox_unavailable` for a `/dev/null`
    ///   that is none.
    func open(_ input: SandboxRequest.StandardInput, for account: Account?) throws(BelljarError) -> Descriptor {
        guard input == .inherited else { return try HostDevice.nothing() }
        let found = try Self.found()
        switch found {
        case .terminal, .nothing, .unusable: return try HostDevice.nothing()
        case .stream, .file:
            do throws(KernelError) { return try start(found, account) } catch { throw Self.error(error) }
        }
    }

    /// What belljar's own standard input is.
    ///
    /// - Throws: `usage` if it is nothing to read bytes from.
    static func found() throws(BelljarError) -> StandardStream.Input {
        let found: StandardStream.Input
        do throws(KernelError) { found = try StandardStream.input() } catch { throw Self.error(error) }
        guard case .unusable(let words) = found else { return found }
        throw BelljarError(
            .usage, operation: "pass on", subject: "standard input", answer: "it is \(words)",
            remedy: "give the command a file, a pipe or nothing: < /dev/null")
    }

    private func start(_ input: StandardStream.Input, _ account: Account?) throws(KernelError) -> Descriptor {
        let pipe = try Pipe()
        // As for the log: who opens /dev/stdin has to be its owner.
        if let account { try pipe.reader.setOwner(uid: account.uid, gid: account.gid) }
        let sink = try pipe.writer.duplicate().release()
        DispatchQueue(label: "standard input").async { [self] in
            let sink = Descriptor(owning: sink)
            do throws(KernelError) { try StandardStream.pump(input, into: sink) } catch {
                failure.withLock { $0 = error }
            }
        }
        return pipe.closingWriter()
    }

    /// - Throws: `host` if not all of it could be read, and the command took the end for the end.
    func check() throws(BelljarError) {
        if let error = failure.withLock({ $0 }) { throw Self.error(error) }
    }

    private static func error(_ error: KernelError) -> BelljarError {
        BelljarError(
            .host, operation: "read", subject: "standard input", answer: "\(error.call): \(error.answer)")
    }
}
