internal import ArgumentParser
internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel

/// How much is told of what builds do.
enum LogChoice: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto, plain, quiet
}

/// The progress that fits the options and where standard error goes.
///
/// - Parameter live: false for commands that only look something up, and have no more to tell than a note.
func makeProgress(_ options: GlobalOptions, live: Bool, log: LogChoice = .auto) -> any ProgressSink {
    if options.quiet || log == .quiet { return SilentProgress() }
    let style = TextStyle(options.color, descriptor: 2)
    // A terminal that can move its cursor shows what is going on now; anything else gets one line per event.
    let isLive = live && log == .auto && Terminal.isTerminal(2) && Host.environment("TERM") != "dumb"
    return isLive ? LiveProgress(style: style) : PlainProgress(style: style, showsLog: log == .plain)
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
        case .recipe(let event): ending(event, style)
        case .notice(let text): style.warning("note: ") + shown(text)
        }
    }

    private static func ending(_ event: RecipeProgress, _ style: TextStyle) -> String? {
        let note: String
        switch event.kind {
        case .started, .untried: return nil
        case .cached, .built: note = style.good(event.kind.rawValue)
        case .cancelled: note = style.bad("cut short")
        case .failed:
            note = style.bad(failure(event))
        }
        return "\(style.bold(shown(event.name))): \(note) in \(seconds(event.seconds))"
    }

    private static func failure(_ event: RecipeProgress) -> String {
        // The build itself may have gone well.
        if event.error?.code == .notReproducible { return "came out otherwise" }
        return event.record?.content.result.status.rawValue ?? event.error?.code.name ?? "failed"
    }

    static func line(_ quiet: QuietSteps.Quiet, _ style: TextStyle) -> String {
        "\(style.bold(shown(quiet.subject))): step \(shown(quiet.step)) has written nothing for \(seconds(quiet.silent)), "
            + "and runs for \(seconds(quiet.running))"
    }

    /// `[12/200] `: how many recipes are over, of how many; empty for one alone.
    static func count(_ event: RecipeProgress) -> String {
        event.total > 1 ? "[\(event.done)/\(event.total)] " : ""
    }

    /// Whether a line about it begins with the count.
    static func isCounted(_ event: ProgressEvent) -> Bool {
        switch event {
        case .step, .recipe: true
        case .phase, .transfer, .log, .fetched, .retry, .finished, .notice: false
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
