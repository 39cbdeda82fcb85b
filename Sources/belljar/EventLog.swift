internal import BelljarBuild
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import Synchronization

/// Writes what happens in a build into a file as JSON, a line for each event, for programs that follow it.
final class EventLog: ProgressSink {
    private struct State {
        var lines = LogLines()
        var failure: BelljarError?
    }

    private let path: String
    private let file: Descriptor
    private let state = Mutex(State())
    private let begun = Host.monotonicNanoseconds()

    /// - Parameter path: absolute, of a file that is made or overwritten, or of a pipe or the like.
    /// - Throws: `usage` for a place where no file can be.
    init(at path: String) throws(BelljarError) {
        self.path = path
        let place = UserFile(path, Self.operation)
        let opened = try place.open([.write, .create, .followingLinks])
        let kind = try hostCall(Self.operation, path) { () throws(KernelError) in try opened.status().kind }
        // A pipe is only written to.
        if kind == .regular {
            try place.requireReplaceable(
                try place.open([.read, .nonblocking, .followingLinks]), "list of events", where: Self.isBeginning)
            try hostCall(Self.operation, path) { () throws(KernelError) in try opened.truncate(to: 0) }
        }
        file = opened
    }

    private static let operation = "write events to"

    /// Whether a file that begins so was written here: its first line is an event.
    private static func isBeginning(_ bytes: [UInt8]) -> Bool {
        guard let line = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1).first,
            let event = try? CanonicalJSON.decode(Array(line))
        else { return false }
        return event["event"]?.string.flatMap({ Answers.Event.Kind(rawValue: $0) }) != nil
            && event["time"]?.integer != nil
    }

    func report(_ event: ProgressEvent) {
        state.withLock { state in
            switch event {
            case .recipe(let recipe):
                writeRest(of: recipe.name, &state)
                guard let kind = Answers.Event.Kind(rawValue: recipe.kind.rawValue) else { return }
                write(kind, &state) { $0.recipe = recipe }
            case .step(let subject, let name, let index, let count):
                writeRest(of: subject, &state)
                write(.step, &state) { event in
                    event.name = subject
                    event.step = (name, index + 1, count)
                }
            case .log(let subject, let bytes): write(state.lines.take(bytes, of: subject), of: subject, &state)
            case .fetched(let name, let bytes):
                write(.fetched, &state) { event in
                    event.name = name
                    event.bytes = bytes
                }
            case .phase, .transfer, .retry, .finished, .notice: break
            }
        }
    }

    /// A recipe cannot be read, and the others are built.
    func refuse(_ name: String, _ error: BelljarError) {
        state.withLock { state in
            write(.failed, &state) { event in
                event.name = name
                event.error = .init(error)
            }
        }
    }

    /// The last line. Nothing is reported afterwards.
    ///
    /// - Parameters:
    ///   - report: nil if the build did not come to have one.
    ///   - error: why it failed.
    /// - Throws: what went wrong with the file first. The build is as it was reported.
    func finish(_ report: BuildReport?, _ error: Answers.ReportedError?) throws(BelljarError) {
        let milliseconds = (Host.monotonicNanoseconds() - begun) / 1_000_000
        let failure = state.withLock { state in
            write(.finished, &state) { event in
                event.end = .init(report: report, error: error, milliseconds: milliseconds)
            }
            return state.failure
        }
        if let failure { throw failure }
    }

    private func writeRest(of subject: String, _ state: inout State) {
        if let rest = state.lines.rest(of: subject) { write([rest[...]], of: subject, &state) }
    }

    private func write(_ lines: [ArraySlice<UInt8>], of subject: String, _ state: inout State) {
        guard !lines.isEmpty else { return }
        write(.log, &state) { event in
            event.name = subject
            event.text = lines.map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
        }
    }

    /// After a failure nothing more is written: an event that is missing between others would not be noticed.
    private func write(
        _ kind: Answers.Event.Kind, _ state: inout State, _ body: (inout Answers.Event) -> Void
    ) {
        guard state.failure == nil else { return }
        var event = Answers.Event(kind: kind, time: Host.realNanoseconds())
        body(&event)
        do throws(BelljarError) {
            let line = CanonicalJSON.encode(try Answers.event.encode(event)) + [UInt8(ascii: "\n")]
            try write(line)
        } catch {
            state.failure = error
            state.failure?.details.append("the build went on without it; the events end in the middle")
        }
    }

    /// Also when this process is to end: how the build ended is told in the time that is left.
    private func write(_ line: [UInt8]) throws(BelljarError) {
        do throws(KernelError) { try file.writeAll(line) } catch {
            throw .hostFailure(error, operation: Self.operation, subject: path)
        }
    }
}
