internal import BelljarModel

/// Rules for paths and addresses. All are lexical: what stands on a disk is looked at where it is opened.
extension Rules {
    /// A path below a place that is named in messages (`/build`, `the recipe's folder`).
    static func path(below place: String) -> (String) throws(Wrong) -> String {
        { (text) throws(Wrong) in
            guard !text.isEmpty else { throw Wrong("is empty") }
            try checkRelative(text, below: place)
            return text
        }
    }

    /// As `path(below:)`; the empty text stands for the place itself.
    static func pathOrEmpty(below place: String) -> (String) throws(Wrong) -> String {
        { (text) throws(Wrong) in
            if !text.isEmpty { try checkRelative(text, below: place) }
            return text
        }
    }

    /// A path below `/out`, or `.` for whatever is there.
    static func output(_ text: String) throws(Wrong) -> String {
        if text == "." { return text }
        return try path(below: "/out")(text)
    }

    /// One component of a path.
    static func fileName(_ text: String) throws(Wrong) -> String {
        guard !text.isEmpty else { throw Wrong("is empty") }
        guard !text.utf8.contains(UInt8(ascii: "/")) else { throw Wrong("contains a slash; it is one name") }
        try checkRelative(text, below: "its directory")
        return text
    }

    private static func checkRelative(_ text: String, below place: String) throws(Wrong) {
        if let mistake = PathRule.mistake(in: text, below: place) { throw Wrong(mistake) }
    }

    static func address(_ text: String) throws(Wrong) -> SourceAddress {
        do throws(TextMistake) { return try SourceAddress(text) } catch {
            throw Wrong(error.reason, isSecret: error.isSecret)
        }
    }

    /// What `git clone` takes, less what runs programs (`ext::`) or reads as an option.
    static func repository(_ text: String) throws(Wrong) -> String {
        guard !text.isEmpty else { throw Wrong("is empty") }
        guard text.utf8.count <= 2048 else { throw Wrong("is longer than 2048 bytes") }
        guard text.utf8.first != UInt8(ascii: "-") else { throw Wrong("begins with \"-\"") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw Wrong("contains a control character")
        }
        if let scheme = text.firstRange(of: "://") {
            let name = text[..<scheme.lowerBound]
            guard ["https", "http", "ssh", "git", "file"].contains(String(name)) else {
                throw Wrong(
                    "has the unknown scheme \(quoted(String(name))); known are https, http, ssh, git and file")
            }
            // A user alone is how ssh is addressed; a password has no place in a file that everybody reads.
            let authority = text[scheme.upperBound...].prefix { $0 != "/" }
            if let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") {
                throw Wrong("holds a password, which would end up in records", isSecret: true)
            }
            return text
        }
        guard !text.utf8.contains(UInt8(ascii: ":")) else {
            throw Wrong("is neither a path nor an address with a scheme; write ssh://USER@HOST/PATH for USER@HOST:PATH")
        }
        return text
    }
}
