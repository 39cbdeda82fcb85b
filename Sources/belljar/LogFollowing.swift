internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// `belljar log --follow`: what a build writes while it does so, whichever process runs it.
struct LogFollowing {
    /// As for every command that takes a record.
    let reference: RecordReference
    let session: Session

    /// - Throws: `QuietExit` with the build's exit code if it failed.
    func run() throws {
        let running = try FollowedBuild.all(in: session.store()).filter { $0.name == reference.text }
        guard let build = running.first else { return try showFinished() }
        if running.count > 1 {
            Console.complain(
                "note: \(running.count) builds of \(shown(build.name)) are running; this is the one that began last\n")
        }
        var printer = FollowedText(sanitises: Terminal.isTerminal(1))
        let end = try build.follow { printer.write($0) }
        printer.finish()
        try tell(build.name, build.version, end.words, end.record, end.exitCode)
    }

    /// Of a build that is over there is nothing to wait for.
    private func showFinished() throws {
        let found = try reference.find()
        let (record, digest) = (found.record, found.digest)
        let store = try session.store()
        if let size = try store.size(of: record.observed.log) {
            try LogPrinter(sanitises: Terminal.isTerminal(1)).print(try store.openHashed(record.observed.log), 0..<size)
        }
        let status = record.result.status
        let exitCode: Int32 =
            switch status {
            case .ok: 0
            case .buildFailed: ErrorCode.buildFailed.exitCode
            case .timeout, .resourceExceeded: ErrorCode.resourceExceeded.exitCode
            case .violation: ErrorCode.refused.exitCode
            case .sandboxUnavailable: ErrorCode.sandboxUnavailable.exitCode
            case .cancelled: ErrorCode.cancelled.exitCode
            case .internal: ErrorCode.internal.exitCode
            }
        let words = status == .ok ? "built" : status.rawValue
        try tell(record.definition.name, record.definition.version, words + ", before now", digest, exitCode)
    }

    private func tell(
        _ name: String, _ version: String, _ words: String, _ record: Digest?, _ exitCode: Int32
    ) throws {
        Console.flush()
        let style = TextStyle(session.options.color, descriptor: 2)
        let outcome =
            exitCode == 0
            ? style.good(shown(words))
            : exitCode == ErrorCode.cancelled.exitCode
                ? style.bad("cut short") : style.bad("failed") + ", " + shown(words)
        if !session.options.quiet {
            let kept = record.map { "  record \($0)" } ?? ""
            Console.complain("\(style.bold(shown(name))) \(shown(version))  \(outcome)\(kept)\n")
        }
        if exitCode != 0 { throw QuietExit(exitCode: exitCode) }
    }
}

/// Prints pieces of a log as they come.
private struct FollowedText {
    /// Whether lines are made safe for a terminal; else they go out byte for byte.
    let sanitises: Bool
    private var lines = LogLines()

    init(sanitises: Bool) { self.sanitises = sanitises }

    mutating func write(_ bytes: [UInt8]) {
        if sanitises {
            for line in lines.take(bytes, of: "") { Console.write(LogTail.sanitised(line) + "\n") }
        } else {
            Console.write(bytes: bytes)
        }
        Console.flush()
    }

    mutating func finish() {
        if let rest = lines.rest(of: "") { Console.write(LogTail.sanitised(rest) + "\n") }
    }
}
