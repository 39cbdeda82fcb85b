/// Files and functions that are longer than they should be, with their length today. The list only shrinks: whoever
/// shortens one lowers its number or takes it out, and the test fails until that is done.
enum Exceptions {
    /// Lines a file should not exceed.
    static let fileLimit = 500
    /// Lines a function should not exceed.
    static let functionLimit = 70

    /// `Sources/X/Y.swift` to lines.
    static let files: [String: Int] = [:]

    /// `Sources/X/Y.swift name` to lines.
    static let functions: [String: Int] = [:]
}

/// Compares what was measured with a limit and a list of exceptions.
///
/// - Returns: a finding for everything that is over the limit and not listed, or grew, and for every exception that is
///   larger than it has to be.
func lengthFindings(measured: [String: Int], limit: Int, exceptions: [String: Int]) -> [String] {
    let tooLong = measured.filter { $0.value > limit }
    let grown = tooLong.compactMap { subject, lines -> String? in
        let allowed = exceptions[subject] ?? limit
        return lines > allowed ? "\(subject) has \(lines) lines; at most \(allowed)" : nil
    }
    let stale = exceptions.compactMap { subject, allowed -> String? in
        guard let lines = tooLong[subject] else { return "\(subject) needs no exception any more: take it out" }
        return lines < allowed ? "\(subject) has only \(lines) lines: lower its exception from \(allowed)" : nil
    }
    return (grown + stale).sorted()
}
