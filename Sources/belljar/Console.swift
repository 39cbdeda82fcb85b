internal import BelljarKernel
internal import BelljarModel
internal import Synchronization

/// The standard streams. Results go to standard output, everything else to standard error.
enum Console {
    private static let output = Mutex<[UInt8]>([])
    private static let bufferBytes = 1 << 16

    /// Writes to standard output, in pieces of some size.
    static func write(_ text: String) { write(Array(text.utf8)) }

    static func write(_ bytes: [UInt8]) {
        output.withLock { buffer in
            buffer += bytes
            if buffer.count >= bufferBytes { drain(&buffer) }
        }
    }

    /// Writes to standard error at once. There is nobody left to tell if that fails.
    static func complain(_ text: String) { try? Terminal.write(Array(text.utf8), to: 2) }

    static func flush() { output.withLock { drain(&$0) } }

    /// Ends the process; a result that could not be written is a failure.
    static func flushAndExit(_ status: Int32) -> Never {
        Interruption.conclude()
        flush()
        exitProcess(failedToWrite.load(ordering: .relaxed) && status == 0 ? ErrorCode.host.exitCode : status)
    }

    private static let failedToWrite = Atomic<Bool>(false)
    private static let hasBegun = Atomic<Bool>(false)

    /// The last words of a process that another thread may be holding up: to standard error, or to standard output if nothing
    /// stands there yet. Nobody is waited for.
    static func sayAtOnce(_ text: String, asResult: Bool) {
        let bytes = Array(text.utf8)
        if !asResult {
            Terminal.writeIfRoom(bytes, to: 2)
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
                complain("belljar: cannot write the result: \(error.answer)\n")
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
}
