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
        guard text.utf8.first != UInt8(ascii: "/") else { throw Wrong("is absolute; paths are relative to \(place)") }
        // Linux's PATH_MAX and NAME_MAX (linux/limits.h).
        guard text.utf8.count < 4096 else { throw Wrong("is longer than 4095 bytes") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw Wrong("contains a control character")
        }
        // By bytes, as the kernel does: to a Swift `Character`, a slash with a combining accent is not a slash.
        for component in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if component.elementsEqual("..".utf8) { throw Wrong("climbs out of \(place) (\"..\")") }
            if component.elementsEqual(".".utf8) { throw Wrong("has a component \".\", which says nothing") }
            if component.isEmpty { throw Wrong("has an empty component (\"//\", or a slash at the end)") }
            if component.count > 255 { throw Wrong("has a component of more than 255 bytes") }
        }
    }

    /// `debian:pool/main/h/hello/hello_2.10.orig.tar.gz`, or an address that begins with `https://` or `http://`.
    static func address(_ text: String) throws(Wrong) -> SourceAddress {
        if let scheme = text.firstRange(of: "://") {
            let name = text[..<scheme.lowerBound]
            guard name == "https" || name == "http" else {
                throw Wrong("has the unknown scheme \(quoted(String(name))); known are https and http")
            }
            try checkURL(text, rest: text[scheme.upperBound...])
            return .url(text)
        }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw Wrong(
                "is no address: write NAME:PATH for a file of a named archive (debian:pool/main/...), or https://...")
        }
        let name = String(text[..<colon])
        guard !name.isEmpty, name.utf8.allSatisfy({ isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }) else {
            throw Wrong("names no archive: \(quoted(name)) is not of small letters, digits and hyphens")
        }
        let path = String(text[text.utf8.index(after: colon)...])
        guard !path.isEmpty else { throw Wrong("has no path behind the archive's name") }
        guard isPrintableASCII(path) else { throw Wrong("contains a space or a character that is not ASCII") }
        try checkRelative(path, below: "the archive")
        return .archive(name: name, path: path)
    }

    private static func checkURL(_ text: String, rest: Substring) throws(Wrong) {
        guard isPrintableASCII(text) else {
            throw Wrong("contains a space or a character that is not ASCII; percent-encode it")
        }
        guard text.utf8.count <= 2048 else { throw Wrong("is longer than 2048 bytes") }
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.isEmpty else { throw Wrong("names no host") }
        guard !authority.utf8.contains(UInt8(ascii: "@")) else {
            throw Wrong(
                "holds a user name or password, which would end up in records; configure it on the machine",
                isSecret: true)
        }
        guard !text.utf8.contains(UInt8(ascii: "#")) else { throw Wrong("has a fragment (\"#\")") }
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

    private static func isPrintableASCII(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}
