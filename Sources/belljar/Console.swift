internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import Synchronization

/// The standard streams. Results go to standard output, everything else to standard error.
enum Console {
    private static let output = Mutex<[UInt8]>([])
    private static let bufferBytes = 1 << 16

    /// Writes words for people to standard output, in pieces of some size. Whatever stands in them, a terminal is told nothing but
    /// colours.
    static func write(_ text: String) { write(bytes: Array(TextStyle.safe(text).utf8)) }

    /// Writes just these bytes: documents, and what goes on as it came.
    static func write(bytes: [UInt8]) {
        output.withLock { buffer in
            buffer += bytes
            if buffer.count >= bufferBytes { drain(&buffer) }
        }
    }

    /// Writes words for people to standard error at once. There is nobody left to tell if that fails.
    static func complain(_ text: String) { complain(exactly: Array(TextStyle.safe(text).utf8)) }

    static func complain(exactly bytes: [UInt8]) { try? Terminal.write(bytes, to: 2) }

    static func flush() { output.withLock { drain(&$0) } }

    /// Ends the process; a result that could not be written is a failure.
    static func flushAndExit(_ status: Int32) -> Never {
        Interruption.conclude()
        TerminalLoan.giveBack()
        flush()
        exitProcess(failedToWrite.load(ordering: .relaxed) && status == 0 ? ErrorCode.host.exitCode : status)
    }

    /// Whether something could not be written to standard output.
    static var hasFailed: Bool { failedToWrite.load(ordering: .relaxed) }

    private static let failedToWrite = Atomic<Bool>(false)
    private static let hasBegun = Atomic<Bool>(false)

    /// The last words of a process that another thread may be holding up: to standard error, or to standard output if nothing
    /// stands there yet. Nobody is waited for.
    static func sayAtOnce(_ text: String, asResult: Bool) {
        let bytes = Array(text.utf8)
        if !asResult {
            Terminal.writeIfRoom(Array(LiveProgress.erasingAtOnce.utf8) + bytes, to: 2)
        } else if !hasBegun.load(ordering: .relaxed) {
            Terminal.writeIfRoom(bytes, to: 1)
        }
    }

    private static func drain(_ buffer: inout [UInt8]) {
        guard !buffer.isEmpty else { return }
        hasBegun.store(true, ordering: .relaxed)
        do throws(KernelError) {
            try Terminal.write(buffer, to: 1)
        } catch {
            if error.isBrokenPipe { Signals.endByBrokenPipe() }
            if !failedToWrite.exchange(true, ordering: .relaxed) {
                complain(
                    "error: cannot write the result to standard output: \(error.answer)\n"
                        + "remedy: make room where it goes, or send it elsewhere\n")
            }
        }
        buffer = []
    }
}

/// Words with colours, or without.
struct TextStyle: Sendable {
    var isColoured: Bool

    /// - Parameter choice: `auto` colours on a terminal unless NO_COLOR is set (https://no-color.org).
    init(_ choice: ColorChoice, descriptor: Int32) {
        isColoured =
            switch choice {
            case .always: true
            case .never: false
            case .auto:
                Terminal.isTerminal(descriptor) && (Host.environment("NO_COLOR") ?? "").isEmpty
                    && Host.environment("TERM") != "dumb"
            }
    }

    func bold(_ text: String) -> String { paint(text, "1") }
    func good(_ text: String) -> String { paint(text, "32") }
    func bad(_ text: String) -> String { paint(text, "31") }
    func warning(_ text: String) -> String { paint(text, "33") }

    private func paint(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }

    private static let sequences = ["0", "1", "31", "32", "33"].map { Array("\u{1b}[\($0)m".utf8) }

    /// Text with everything else escaped that could make a terminal do something: names in it may be a build's, or stand in a record
    /// that somebody sent. This is the one place that all words for people go through; `shown` besides takes line feeds and colours
    /// out of what is somebody else's.
    static func safe(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.contains(where: { $0 < 0x20 && $0 != 0x0A || $0 >= 0x7F }) else { return text }
        var safe = ""
        var rest = bytes[...]
        while !rest.isEmpty {
            let plain = rest.prefix { $0 != 0x0A && $0 != 0x1B }
            safe += LogTail.escaped(plain)
            rest = rest[plain.endIndex...]
            guard let control = rest.first else { break }
            let kept = control == 0x0A ? [0x0A] : sequences.first { rest.starts(with: $0) }
            safe += kept.map { String(decoding: $0, as: UTF8.self) } ?? LogTail.escaped(rest.prefix(1))
            rest = rest.dropFirst(kept?.count ?? 1)
        }
        return safe
    }
}
