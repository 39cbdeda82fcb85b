/// An http or https address that is safe to hand on: printable ASCII without blanks, quotes and backslashes, with a
/// host.
struct WebAddress: Hashable {
    let text: String

    /// What a part of a path may hold as it is (`pchar`).
    private static let plain = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@".utf8)

    /// Nil for anything else.
    init?(_ text: String) {
        let lowered = text.prefix(8).lowercased()
        guard let scheme = ["http://", "https://"].first(where: lowered.hasPrefix) else { return nil }
        guard let next = text.utf8.dropFirst(scheme.utf8.count).first, next != UInt8(ascii: "/") else { return nil }
        let unsafe: [UInt8] = [UInt8(ascii: "\""), UInt8(ascii: "\\")]
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !unsafe.contains($0) }) else { return nil }
        self.text = text
    }

    /// The address of a file below a base address. The path's bytes are escaped where a URI's path needs it
    /// (RFC 3986, 3.3).
    init?(base: String, path: String) {
        var escaped = base
        while escaped.hasSuffix("/") { escaped.removeLast() }
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            guard part != ".", part != ".." else { return nil }
            escaped += "/"
            for byte in part.utf8 {
                if Self.plain.contains(byte) {
                    escaped.unicodeScalars.append(Unicode.Scalar(byte))
                } else {
                    escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
                }
            }
        }
        self.init(escaped)
    }

    /// For messages: without a user name and password.
    var shown: String {
        guard let start = text.firstRange(of: "://") else { return text }
        let end = text[start.upperBound...].firstIndex(of: "/") ?? text.endIndex
        guard let at = text[start.upperBound..<end].lastIndex(of: "@") else { return text }
        return String(text[..<start.upperBound] + text[text.index(after: at)...])
    }
}
