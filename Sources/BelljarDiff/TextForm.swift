/// Bytes as text.
enum TextForm {
    /// Whether bytes are text: no NUL, and next to none of the control characters that no text has.
    static func isText(_ head: [UInt8]) -> Bool {
        guard !head.contains(0) else { return false }
        let controls = head.count { $0 < 0x20 && !(0x08...0x0d).contains($0) && $0 != 0x1b || $0 == 0x7f }
        return controls * 50 <= head.count
    }

    /// A line as it is shown: bytes that are no UTF-8 as `\xff`, and of a long line the beginning.
    static func line(_ bytes: some Collection<UInt8>) -> String { line(bytes, around: 0) }

    /// The same, of a long line the part around a byte.
    static func line(_ bytes: some Collection<UInt8>, around position: Int) -> String {
        guard bytes.count > longest else { return text(Array(bytes)) }
        // Whole characters: what continues one is 0b10xxxxxx.
        let all = Array(bytes)
        var start = max(0, min(position - longest / 3, all.count - longest))
        var end = min(all.count, start + longest)
        while start > 0, start < end, all[start] & 0xc0 == 0x80 { start += 1 }
        while end < all.count, end > start, all[end] & 0xc0 == 0x80 { end -= 1 }
        return (start > 0 ? "..." : "") + text(Array(all[start..<end])) + (end < all.count ? "..." : "")
    }

    /// Bytes of a line that are shown.
    private static let longest = 400

    private static func text(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var (text, rest) = ("", bytes[...])
        while let first = rest.first {
            let width = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
            if let character = String(validating: rest.prefix(width), as: UTF8.self) {
                text += character
                rest = rest.dropFirst(width)
            } else {
                text += "\\x" + (first < 16 ? "0" : "") + String(first, radix: 16)
                rest = rest.dropFirst()
            }
        }
        return text
    }
}
