internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import Dispatch
internal import Synchronization

/// A terminal's last lines show what is running now: one line for each subject and download, redrawn in place. What
/// is over scrolls away above them.
///
/// The cursor stands at the beginning of the first of these lines. Whatever a terminal does with lines when its window becomes
/// narrower, the cursor stays with what it stands on; so all from there on is always ours, and nothing else is.
final class LiveProgress: ProgressSink {
    private struct Running {
        var name: String
        var doing: String
        var since: UInt64
        /// When it wrote something last.
        var heard: UInt64
        var bytes: UInt64?
        var total: UInt64?
        var lastLogLine = LogTail()
    }

    private struct State {
        /// In the order in which they began.
        var running: [Running] = []
        /// Whether there are lines on the screen that are ours to redraw.
        var isDrawn = false
        var isOver = false
        /// How far a build of several recipes is.
        var last: RecipeProgress?
        var counts: [RecipeProgress.Kind: Int] = [:]
    }

    private let state = Mutex(State())
    private let style: TextStyle
    private static let redrawMilliseconds = 120
    private static let shownLines = 12
    /// A step that wrote nothing for so long is said to.
    private static let quietNanoseconds: UInt64 = 60_000_000_000
    private let begun = Host.monotonicNanoseconds()

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

    /// What has to be written before the last words of a process whose other threads cannot be waited for.
    static var erasingAtOnce: String { hasDrawn.load(ordering: .relaxed) ? erasing : "" }

    private static let hasDrawn = Atomic<Bool>(false)

    private func end() {
        state.withLock { state in
            draw("", [], &state)
            state = State(isOver: true)
        }
    }

    func report(_ event: ProgressEvent) {
        state.withLock { state in
            if !state.isOver { update(&state, event) }
            guard let line = ProgressWords.line(event, style) else { return }
            let count = ProgressWords.isCounted(event) ? state.last.map(ProgressWords.count) ?? "" : ""
            draw(count + line + "\n", [], &state)
        }
    }

    private func update(_ state: inout State, _ event: ProgressEvent) {
        switch event {
        case .phase(let subject, let name): change(&state, subject) { $0.doing = name }
        case .step(let subject, let name, let index, let count):
            change(&state, subject) {
                $0.doing = "\(name) (\(index + 1)/\(count))"
                $0.heard = Host.monotonicNanoseconds()
                $0.lastLogLine = LogTail()
            }
        case .log(let subject, let bytes):
            change(&state, subject) {
                $0.lastLogLine.append(bytes)
                $0.heard = Host.monotonicNanoseconds()
            }
        case .transfer(let name, let bytes, let total):
            change(&state, name) {
                $0.doing = "fetch"
                $0.bytes = bytes
                $0.total = total
            }
        case .fetched(let name, _), .finished(let name, _, _): state.running.removeAll { $0.name == name }
        case .recipe(let event):
            state.last = event
            state.counts[event.kind, default: 0] += 1
            state.running.removeAll { $0.name == event.name }
        case .retry, .notice: break
        }
    }

    private func change(_ state: inout State, _ name: String, _ body: (inout Running) -> Void) {
        if let index = state.running.firstIndex(where: { $0.name == name }) {
            body(&state.running[index])
        } else {
            let now = Host.monotonicNanoseconds()
            var new = Running(name: name, doing: "", since: now, heard: now)
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
            let size = TerminalSize(of: 2) ?? .usual
            let (columns, rows) = (max(20, Int(size.columns)) - 1, max(2, Int(size.rows)) - 1)
            let running = state.running.suffix(min(Self.shownLines, rows)).map(line)
            let lines = ((running.isEmpty ? [] : [summary(state)].compactMap(\.self)) + running).prefix(rows)
            guard !lines.isEmpty || state.isDrawn else { return }
            draw("", lines.map { TextColumns.cut($0.replacing("\t", with: " "), to: columns) }, &state)
        }
    }

    /// Writes text that stays in the place of the lines that were drawn last, and lines to be redrawn below it.
    private func draw(_ text: String, _ lines: [String], _ state: inout State) {
        let before = state.isDrawn ? Self.erasing : ""
        state.isDrawn = !lines.isEmpty
        Self.hasDrawn.store(state.isDrawn, ordering: .relaxed)
        var after = ""
        if !lines.isEmpty {
            // A window can be narrower already than it says, and lines that wrapped would be more than were counted: so they are cut
            // off at its edge meanwhile (DECAWM). Then back to where they begin (ECMA-48: CUU).
            let up = lines.count > 1 ? "\u{1b}[\(lines.count - 1)A" : ""
            after = "\u{1b}[?7l" + TextStyle.safe(lines.joined(separator: "\n")) + "\u{1b}[?7h\r" + up
        }
        Console.complain(exactly: Array((before + TextStyle.safe(text) + after).utf8))
    }

    /// Takes away what stands from the cursor on: the line (ECMA-48: EL), and all below it (CUD, ED). Not at once, because some
    /// terminals (tmux) keep what is erased from the first line of the screen on for scrolling back.
    private static let erasing = "\r\u{1b}[K\u{1b}7\u{1b}[B\u{1b}[J\u{1b}8"

    /// Of a build of several recipes.
    private func summary(_ state: State) -> String? {
        guard let last = state.last, last.total > 1 else { return nil }
        let parts = [RecipeProgress.Kind.built, .cached, .failed, .cancelled].compactMap { kind in
            state.counts[kind].map { "\($0) \(kind == .cancelled ? "cut short" : kind.rawValue)" }
        }
        let elapsed = Double(Host.monotonicNanoseconds() - begun) / 1e9
        return ProgressWords.count(last) + (parts + [ProgressWords.seconds(elapsed)]).joined(separator: ", ")
    }

    private func line(_ running: Running) -> String {
        let now = Host.monotonicNanoseconds()
        let elapsed = Double(now - running.since) / 1e9
        var text = "\(shown(running.name))  \(shown(running.doing))"
        if let bytes = running.bytes {
            text += " " + ProgressWords.size(bytes)
            if let total = running.total, total > 0 {
                text += " of \(ProgressWords.size(total)), \(bytes * 100 / total) %"
            }
            if elapsed > 0.5 { text += ", \(ProgressWords.size(UInt64(Double(bytes) / elapsed)))/s" }
        }
        text += "  \(ProgressWords.seconds(elapsed))"
        if now - running.heard >= Self.quietNanoseconds, running.bytes == nil {
            text += ", quiet for \(ProgressWords.seconds(Double(now - running.heard) / 1e9))"
        }
        if let last = running.lastLogLine.lines(1).first, !last.isEmpty { text += "  | \(last)" }
        return text
    }
}
