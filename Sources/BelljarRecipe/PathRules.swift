internal import BelljarModel

/// Rules for paths and addresses. All are lexical: what stands on a disk is looked at where it is opened.
extension Rules {
    /// One component of a relative path, as `checkRelative` has it.
    private static let component = #"(?!\.{1,2}(?:/|$))[^/\u0000-\u001f\u007f]{1,255}"#
    private static let relative = "\(component)(?:/\(component))*"

    private static func schema(ofPath pattern: String) -> JSONSchema {
        JSONSchema.string(pattern: "^(?:\(pattern))$", length: 0...4095).unquoted(numbers: true)
    }

    /// A path below a place that is named in messages (`/build`, `the recipe's folder`).
    static func path(below place: String) -> TextRule<String> {
        TextRule(schema(ofPath: relative)) { (text) throws(Wrong) in
            guard !text.isEmpty else { throw Wrong("is empty") }
            try checkRelative(text, below: place)
            return text
        }
    }

    /// As `path(below:)`; the empty text stands for the place itself.
    static func pathOrEmpty(below place: String) -> TextRule<String> {
        TextRule(schema(ofPath: relative + "|")) { (text) throws(Wrong) in
            if !text.isEmpty { try checkRelative(text, below: place) }
            return text
        }
    }

    /// A path below `/out`, or `.` for whatever is there.
    static let output = TextRule(schema(ofPath: relative + #"|\."#)) { (text) throws(Wrong) in
        text == "." ? text : try path(below: "/out")(text)
    }

    /// One component of a path.
    static let fileName = TextRule(schema(ofPath: component)) { (text) throws(Wrong) in
        guard !text.isEmpty else { throw Wrong("is empty") }
        guard !text.utf8.contains(UInt8(ascii: "/")) else {
            throw Wrong("contains a slash; it must be the name of one file")
        }
        try checkRelative(text, below: "its directory")
        return text
    }

    private static func checkRelative(_ text: String, below place: String) throws(Wrong) {
        if let mistake = PathRule.mistake(in: text, below: place) { throw Wrong(mistake) }
    }

    /// Printable ASCII in which `checkURL` finds no user name and no fragment.
    private static let url = #"(?=.{1,2048}$)https?://[!-"$-.0->A-~]+(?:[/?][!-"$-~]*)?"#
    /// The name of an archive, and a relative path in printable ASCII.
    private static let archived =
        #"[a-z0-9-]+:(?=.{1,4095}$)(?!\.{1,2}(?:/|$))[!-.0-~]{1,255}(?:/(?!\.{1,2}(?:/|$))[!-.0-~]{1,255})*"#

    /// `debian:pool/main/h/hello/hello_2.10.orig.tar.gz`, or an address that begins with `https://` or `http://`.
    static let address = TextRule(.string(pattern: "^(?:\(url)|\(archived))$")) { (text) throws(Wrong) in
        try parseAddress(text)
    }

    /// What matches an address from which no file name follows: one with a query, or whose last component is none.
    static let namelessAddress = JSONSchema.string(
        pattern: #"^https?://(?:[^?]*\?|(?:[^?]*/)?(?:\.{1,2}|[^/?]{256,})/*$)"#)

    private static func parseAddress(_ text: String) throws(Wrong) -> SourceAddress {
        do throws(TextMistake) { return try SourceAddress(text) } catch {
            throw Wrong(error.reason, isSecret: error.isSecret)
        }
    }

    /// What `git clone` takes, less what runs programs (`ext::`) or reads as an option.
    static let repository = TextRule(
        JSONSchema.string(pattern: "^(?!-)(?:\(repositoryURL)|[^:\(control)]+)$", length: 1...2048)
            .unquoted(numbers: true, from: 0)
    ) { (text) throws(Wrong) in
        try checkRepository(text)
        return text
    }

    private static let control = #"\u0000-\u001f\u007f"#
    private static let schemes = ["https", "http", "ssh", "git", "file"]
    private static let repositoryURL = "(?:\(schemes.joined(separator: "|")))://(?![^/]*:[^/]*@)[^\(control)]*"

    private static func checkRepository(_ text: String) throws(Wrong) {
        guard !text.isEmpty else { throw Wrong("is empty") }
        guard text.utf8.count <= 2048 else { throw Wrong("is longer than 2048 bytes") }
        guard text.utf8.first != UInt8(ascii: "-") else { throw Wrong("begins with \"-\"") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw Wrong("contains a control character")
        }
        // By bytes, as git does: to a Swift `String`, an at sign with a combining accent is no at sign.
        let bytes = Array(text.utf8)
        if let scheme = bytes.firstRange(of: Array("://".utf8)) {
            let name = String(decoding: bytes[..<scheme.lowerBound], as: UTF8.self)
            guard schemes.contains(name) else {
                throw Wrong("has the unknown scheme \(quoted(name)); known are https, http, ssh, git and file")
            }
            // A user alone is how ssh is addressed; a password has no place in a file that everybody reads.
            let authority = bytes[scheme.upperBound...].prefix { $0 != UInt8(ascii: "/") }
            if let at = authority.lastIndex(of: UInt8(ascii: "@")), authority[..<at].contains(UInt8(ascii: ":")) {
                throw Wrong("holds a password, which would end up in records", isSecret: true)
            }
            return
        }
        guard !bytes.contains(UInt8(ascii: ":")) else {
            throw Wrong("is neither a path nor an address with a scheme; write ssh://USER@HOST/PATH for USER@HOST:PATH")
        }
    }
}
