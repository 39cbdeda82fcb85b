/// Makes the pieces in which steps write into whole lines, for each of several builds at once.
package struct LogLines: Sendable {
    /// A line longer than this is broken.
    private static let lineBytes = 64 << 10
    private var rests: [String: [UInt8]] = [:]

    package init() {}

    /// The lines that a piece ends, without their line feeds.
    package mutating func take(_ bytes: [UInt8], of subject: String) -> [ArraySlice<UInt8>] {
        let all = (rests[subject] ?? []) + bytes
        var (lines, rest) = ([ArraySlice<UInt8>](), all[...])
        while true {
            let head = rest.prefix(Self.lineBytes + 1)
            if let end = head.firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(rest[..<end])
                rest = rest[(end + 1)...]
            } else if rest.count > Self.lineBytes {
                lines.append(rest.prefix(Self.lineBytes))
                rest = rest.dropFirst(Self.lineBytes)
            } else {
                break
            }
        }
        rests[subject] = rest.isEmpty ? nil : Array(rest)
        return lines
    }

    /// The beginning of a line that nothing ended; nil if there is none.
    package mutating func rest(of subject: String) -> [UInt8]? { rests.removeValue(forKey: subject) }
}
