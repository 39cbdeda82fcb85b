internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import Dispatch
internal import Synchronization

/// One line per event worth one: for files, pipes and CI. With the log: also every line that steps write, behind its recipe's
/// name.
final class PlainProgress: ProgressSink {
    private struct State {
        var count = ""
        var lines = LogLines()
        var quiet = QuietSteps()
        var looksAgain = false
    }

    private let style: TextStyle
    private let showsLog: Bool
    private let state = Mutex(State())
    /// Between two looks for steps that write nothing.
    private static let lookSeconds = 5

    init(style: TextStyle, showsLog: Bool) {
        self.style = style
        self.showsLog = showsLog
    }

    func report(_ event: ProgressEvent) {
        state.withLock { state in
            if case .recipe(let event) = event { state.count = ProgressWords.count(event) }
            var text = showsLog ? log(event, &state.lines) : ""
            if let line = ProgressWords.line(event, style) {
                text += (ProgressWords.isCounted(event) ? state.count : "") + line + "\n"
            }
            // Under the lock, so that lines come in the order of their numbers.
            if !text.isEmpty { Console.complain(text) }
            state.quiet.note(event, at: Host.monotonicNanoseconds())
            if case .step = event, !state.looksAgain {
                state.looksAgain = true
                lookLater()
            }
        }
    }

    /// What steps wrote, as far as it makes whole lines or nothing can be added to it.
    private func log(_ event: ProgressEvent, _ lines: inout LogLines) -> String {
        switch event {
        case .log(let subject, let bytes):
            return lines.take(bytes, of: subject).map { line(subject, $0) }.joined()
        case .step(let subject, _, _, _), .phase(let subject, _), .finished(let subject, _, _):
            return lines.rest(of: subject).map { line(subject, $0[...]) } ?? ""
        case .recipe(let event): return lines.rest(of: event.name).map { line(event.name, $0[...]) } ?? ""
        case .transfer, .fetched, .retry, .notice: return ""
        }
    }

    private func line(_ subject: String, _ bytes: ArraySlice<UInt8>) -> String {
        "\(style.bold(shown(subject)))> \(LogTail.sanitised(bytes))\n"
    }

    private func lookLater() {
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Self.lookSeconds)) {
            self.state.withLock { state in
                for quiet in state.quiet.due(at: Host.monotonicNanoseconds()) {
                    Console.complain(state.count + ProgressWords.line(quiet, self.style) + "\n")
                }
            }
            self.lookLater()
        }
    }
}
