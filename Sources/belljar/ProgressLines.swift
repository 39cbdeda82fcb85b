internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel

/// The progress that fits the options and where standard error goes.
///
/// - Parameter live: false for commands that only look something up, and have no more to tell than a note.
func makeProgress(_ options: GlobalOptions, live: Bool) -> any ProgressSink {
    if options.quiet { return SilentProgress() }
    let style = TextStyle(options.color, descriptor: 2)
    // A terminal that can move its cursor shows what is going on now; anything else gets one line per event.
    let isLive = live && Terminal.isTerminal(2) && Host.environment("TERM") != "dumb"
    return isLive ? LiveProgress(style: style) : PlainProgress(style: style)
}

/// One line per event worth one: for files, pipes and CI.
struct PlainProgress: ProgressSink {
    let style: TextStyle

    func report(_ event: ProgressEvent) {
        if let line = ProgressWords.line(event, style) { Console.complain(line + "\n") }
    }
}

/// Events in words.
enum ProgressWords {
    /// The line that stays; nil for events that only matter while they happen.
    static func line(_ event: ProgressEvent, _ style: TextStyle) -> String? {
        switch event {
        case .phase, .transfer, .log: nil
        case .fetched(let name, let bytes): "fetched \(shown(name)) (\(size(bytes)))"
        case .retry(let name, let attempt, let reason):
            style.warning("retry") + " \(shown(name)) (attempt \(attempt)): \(shown(reason))"
        case .step(let subject, let name, let index, let count):
            "\(style.bold(shown(subject))): step \(shown(name)) (\(index + 1) of \(count))"
        case .finished(let subject, let note, let elapsed):
            "\(style.bold(shown(subject))): \(["built", "cached"].contains(note) ? style.good(note) : note) "
                + "in \(seconds(elapsed))"
        case .notice(let text): style.warning("note: ") + shown(text)
        }
    }

    /// `1.2 MB`, in powers of ten, as package managers count.
    static func size(_ bytes: UInt64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(bytes) B" : "\(decimal(value)) \(units[unit])"
    }

    /// `0.004 s`, `3.2 s`, `2 min 5 s`.
    static func seconds(_ elapsed: Double) -> String {
        if elapsed < 0.1 { return "0.\(padded(Int(elapsed * 1000), 3)) s" }
        if elapsed < 60 { return "\(decimal(elapsed)) s" }
        return "\(Int(elapsed) / 60) min \(Int(elapsed) % 60) s"
    }

    /// One digit behind the point.
    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// Text that may be a build's or somebody else's, safe for a terminal.
func shown(_ text: String) -> String { LogTail.escaped(text.utf8) }
