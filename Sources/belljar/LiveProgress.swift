internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import Dispatch
internal import Synchronization

/// A terminal's last lines show what is running now: one line for each subject and download, redrawn in place. What
/// is over scrolls away above them.
final class LiveProgress: ProgressSink {
    private struct Running {
        var name: String
        var doing: String
        var since: UInt64
        var bytes: UInt64?
        var total: UInt64?
        var lastLogLine = LogTail()
    }

    private struct State {
        /// In the order in which they began.
        var running: [Running] = []
        /// Lines on the screen that are ours to redraw.
        var drawn = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let style: TextStyle
    private static let redrawMilliseconds = 120
    private static let shownLines = 12

    init(style: TextStyle) {
        self.style = style
        redrawLater()
        Self.active.withLock { $0 = self }
    }

    private static let active = Mutex<LiveProgress?>(nil)

    /// Takes what is on the screen away for good, before the command's last words.
    static func stop() {
        active.withLock { held in
            held?.end()
            held = nil
        }
    }

    private func end() {
        state.withLock { state in
            draw("", over: state.drawn)
            state = State(isOver: true)
        }
    }

    func report(_ event: ProgressEvent) {
        state.withLock { state in
            if !state.isOver { update(&state, event) }
            guard let line = ProgressWords.line(event, style) else { return }
            draw(line + "\n", over: state.drawn)
            state.drawn = 0
        }
    }

    private func update(_ state: inout State, _ event: ProgressEvent) {
        switch event {
        case .phase(let subject, let name): change(&state, subject) { $0.doing = name }
        case .step(let subject, let name, let index, let count):
            change(&state, subject) {
                $0.doing = "\(name) (\(index + 1)/\(count))"
                $0.lastLogLine = LogTail()
            }
        case .log(let subject, let bytes): change(&state, subject) { $0.lastLogLine.append(bytes) }
        case .transfer(let name, let bytes, let total):
            change(&state, name) {
                $0.doing = "fetch"
                $0.bytes = bytes
                $0.total = total
            }
        case .fetched(let name, _), .finished(let name, _, _): state.running.removeAll { $0.name == name }
        case .retry, .notice: break
        }
    }

    private func change(_ state: inout State, _ name: String, _ body: (inout Running) -> Void) {
        if let index = state.running.firstIndex(where: { $0.name == name }) {
            body(&state.running[index])
        } else {
            var new = Running(name: name, doing: "", since: Host.monotonicNanoseconds())
            body(&new)
            state.running.append(new)
        }
    }

    private func redrawLater() {
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Self.redrawMilliseconds)) {
            self.redraw()
            if !self.state.withLock({ $0.isOver }) { self.redrawLater() }
        }
    }

    private func redraw() {
        state.withLock { state in
            if state.isOver { return }
            let width = max(20, Terminal.columns(2) ?? 80)
            let lines = state.running.suffix(Self.shownLines).map { line($0, width: width) }
            guard !lines.isEmpty || state.drawn > 0 else { return }
            draw(lines.map { $0 + "\n" }.joined(), over: state.drawn)
            state.drawn = lines.count
        }
    }

    /// Writes text in the place of the lines that were drawn last.
    private func draw(_ text: String, over count: Int) {
        Console.complain(exactly: Array((erasing(count) + TextStyle.safe(text)).utf8))
    }

    /// Takes the lines drawn last off the screen (ECMA-48: CUU, ED).
    private func erasing(_ count: Int) -> String { count == 0 ? "" : "\u{1b}[\(count)A\r\u{1b}[J" }

    private func line(_ running: Running, width: Int) -> String {
        let elapsed = Double(Host.monotonicNanoseconds() - running.since) / 1e9
        var text = "\(shown(running.name))  \(shown(running.doing))"
        if let bytes = running.bytes {
            text += " " + ProgressWords.size(bytes)
            if let total = running.total, total > 0 {
                text += " of \(ProgressWords.size(total)), \(bytes * 100 / total) %"
            }
            if elapsed > 0.5 { text += ", \(ProgressWords.size(UInt64(Double(bytes) / elapsed)))/s" }
        }
        text += "  \(ProgressWords.seconds(elapsed))"
        if let last = running.lastLogLine.lines(1).first, !last.isEmpty { text += "  | \(last)" }
        // Cut by characters: a line that wrapped would not be erased whole.
        return String(text.replacing("\t", with: " ").prefix(width - 1))
    }
}
