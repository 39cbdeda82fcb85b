/// Keeps the end of a log while it streams by, for showing.
package struct LogTail: Sendable {
    /// At most this many bytes are kept.
    private static let keptBytes = 64 << 10
    private var kept: [UInt8] = []
    /// Where in it the last part begins.
    private var part = 0

    package init() {}

    /// What comes from now on is a part of its own.
    package mutating func beginPart() { part = kept.count }

    package mutating func append(_ bytes: [UInt8]) {
        kept += bytes
        // Cut only now and then: cutting at every write would move the bytes again and again.
        guard kept.count > 2 * Self.keptBytes else { return }
        part = max(0, part - (kept.count - Self.keptBytes))
        kept.removeFirst(kept.count - Self.keptBytes)
    }

    /// The last lines, made safe for a terminal.
    package func lines(_ count: Int) -> [String] { Self.lines(kept[...], count) }

    /// The last lines of the last part.
    package func linesOfPart(_ count: Int) -> [String] { Self.lines(kept[part...], count) }

    private static func lines(_ bytes: ArraySlice<UInt8>, _ count: Int) -> [String] {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.suffix(count).map { sanitised($0) }
    }

    /// Text from a build as it may be shown on a terminal: escape sequences and control characters could move the
    /// cursor, rename the window or feed the terminal's input, so they are shown as what they are (`^[`, `^G`).
    /// A carriage return stands for "this line again", so only what comes after the last one is shown.
    package static func sanitised(_ bytes: some Collection<UInt8>) -> String {
        escaped(lastDraft(of: Array(bytes)))
    }

    /// Text in a line of ours, all of which is shown: a name that holds a carriage return would hide what stands before it.
    package static func escaped(_ bytes: some Collection<UInt8>) -> String {
        var text = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x09: text.unicodeScalars.append(scalar)
            case 0..<0x20: text += "^" + String(UnicodeScalar(UInt8(scalar.value + 0x40)))
            case 0x7f: text += "^?"
            // C1 controls: some terminals take 0x9b for the beginning of an escape sequence.
            case 0x80..<0xa0: text += "\u{fffd}"
            // Characters that change the direction of what follows (Unicode 15, Bidi_Control).
            case 0x61c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: text += "\u{fffd}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func lastDraft(of line: [UInt8]) -> ArraySlice<UInt8> {
        var end = line.endIndex
        while end > 0, line[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        let drafts = line[..<end].split(separator: UInt8(ascii: "\r"))
        return drafts.last ?? []
    }
}
