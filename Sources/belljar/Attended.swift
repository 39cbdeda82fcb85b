internal import BelljarBuild
internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel
internal import BelljarSandbox

/// What commands have in common before which somebody sits.
enum Attended {
    /// What terminal the user has, as programs in the sandbox are told. Its name comes from outside and becomes a path there
    /// (`/usr/share/terminfo/x/xterm`), so only what names of terminals look like is taken.
    static var terminalType: String {
        let name = Host.environment("TERM") ?? ""
        let isName = name.utf8.allSatisfy { unit in
            switch unit {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isName && (1...64).contains(name.utf8.count) && !name.hasPrefix(".") ? name : "dumb"
    }

    /// Whether both standard input and output are a terminal.
    static var isThere: Bool { Terminal.isTerminal(0) && Terminal.isTerminal(1) }

    /// Puts out at once what a terminal of a sandbox shows.
    static func show(_ bytes: [UInt8]) {
        Console.write(bytes: bytes)
        Console.flush()
    }

    /// Ends as the command did.
    ///
    /// - Parameters:
    ///   - operation: what was being done, and to what, for an error.
    ///   - isWanted: whether somebody has told belljar to end.
    static func conclude(
        _ end: ShellEnd, _ operation: String, _ subject: String, isWanted: Bool
    ) throws {
        if let violation = end.violation {
            throw BelljarError(
                .refused, operation: operation, subject: subject, answer: violation.words,
                remedy: "leave that out: no sandbox allows it")
        }
        if let exceeded = end.exceeded {
            throw BelljarError(
                .resourceExceeded, operation: operation, subject: subject, answer: exceeded.words,
                remedy: exceeded.limit == .timeout
                    ? "give it more time with --timeout"
                    : "make it use less: a command gets what builds without limits of their own get",
                exceeded: exceeded)
        }
        if end.status == .cancelled {
            // Nobody has said so: the terminal is gone, and whoever started belljar has it ignore the signal for that.
            if !isWanted { Interruption.noteHangUp() }
            throw BelljarError.cancelled(operation, subject)
        }
        switch end.exit {
        case .status(0): return
        case .status(let number): throw QuietExit(exitCode: number)
        case .signal(let number): throw QuietExit(exitCode: 128 + number)
        case nil:
            throw BelljarError(
                .resourceExceeded, operation: operation, subject: subject, answer: "it reached a limit of the sandbox",
                remedy: "make it use less")
        }
    }
}
