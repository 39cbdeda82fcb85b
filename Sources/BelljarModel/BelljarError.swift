/// The class of an error, which decides the exit code. An opaque struct, so that classes can be added.
package struct ErrorCode: Hashable, Sendable {
    /// The name used in `--json` output, in the field's or the record's own terms (`sandbox_unavailable`, ...).
    package let name: String
    /// The process's exit code, part of the documented interface.
    package let exitCode: Int32

    /// A step ended with a non-zero status, or an output it promised is not there or not acceptable.
    package static let buildFailed = ErrorCode(name: "build_failed", exitCode: 1)
    /// The command line, a recipe, a toolchain or a lock file is wrong.
    package static let usage = ErrorCode(name: "usage", exitCode: 2)
    /// A rebuild gave other bytes than its record says.
    package static let notReproducible = ErrorCode(name: "not_reproducible", exitCode: 3)
    /// The host lacks something that the sandbox needs; never answered by a weaker sandbox.
    package static let sandboxUnavailable = ErrorCode(name: "sandbox_unavailable", exitCode: 4)
    /// Refused by policy.
    package static let refused = ErrorCode(name: "refused", exitCode: 5)
    /// Bytes did not have the digest they were pinned to.
    package static let integrity = ErrorCode(name: "integrity", exitCode: 6)
    /// A limit on time, memory, disk, output or log was reached.
    package static let resourceExceeded = ErrorCode(name: "resource_exceeded", exitCode: 7)
    /// A pinned source could not be had: no mirror answered, or the transfer was cut off.
    package static let unavailable = ErrorCode(name: "unavailable", exitCode: 8)
    /// The host failed us: no space, no permission, an input/output error.
    package static let host = ErrorCode(name: "host", exitCode: 9)
    /// A defect of belljar itself.
    package static let `internal` = ErrorCode(name: "internal", exitCode: 70)
    /// Ended by SIGINT or SIGTERM (128 + SIGINT, as shells count).
    package static let cancelled = ErrorCode(name: "cancelled", exitCode: 130)

    package static let all: [ErrorCode] = [
        buildFailed, usage, notReproducible, sandboxUnavailable, refused, integrity, resourceExceeded, unavailable,
        host,
        `internal`, cancelled,
    ]
}

/// An error as its reader needs it: what was being done, to what, in which stage, what the system answered, and what
/// to do about it.
package struct BelljarError: Error, Sendable, CustomStringConvertible {
    package var code: ErrorCode
    /// What was being done, as a verb phrase without a capital: `unpack archive`.
    package var operation: String
    /// What it was done to: a path, a package, a digest, `file:line:column`.
    package var subject: String
    /// The stage of a build or of the sandbox's set-up, where there is one: `fetch`, `mount-root`, `step build`.
    package var stage: String?
    /// What was found or answered: `No space left on device (ENOSPC)`, `expected sha256:..., found sha256:...`.
    package var answer: String
    /// What the reader can do about it.
    package var remedy: String?
    /// Further lines that belong to the error, shown indented: differing paths, the end of a log.
    package var details: [String]
    /// The limit that was reached, if that is the error.
    package var exceeded: ExceededLimit?
    /// The kernel's error number (errno(3)), if its answer is the error.
    package var errorNumber: Int32?

    package init(
        _ code: ErrorCode, operation: String, subject: String, stage: String? = nil, answer: String,
        remedy: String? = nil, details: [String] = [], exceeded: ExceededLimit? = nil, errorNumber: Int32? = nil
    ) {
        self.code = code
        self.operation = operation
        self.subject = subject
        self.stage = stage
        self.answer = answer
        self.remedy = remedy
        self.details = details
        self.exceeded = exceeded
        self.errorNumber = errorNumber
    }

    /// The error of what was not done, or not to its end, because the program is to end.
    package static func cancelled(_ operation: String, _ subject: String) -> BelljarError {
        BelljarError(.cancelled, operation: operation, subject: subject, answer: "cancelled")
    }

    /// The first line: `cannot unpack archive hello.tar.gz (stage fetch): truncated input`.
    package var summary: String {
        let place = stage.map { " (stage \($0))" } ?? ""
        return "cannot \(operation) \(subject)\(place): \(answer)"
    }

    package var description: String {
        var lines = [summary]
        lines += details.map { "  \($0)" }
        if let remedy { lines.append("remedy: \(remedy)") }
        return lines.joined(separator: "\n")
    }
}
