/// Where the content of a source comes from, and how it is laid out: the same in a recipe and in a record.
///
/// - `File`: what names a file that is fetched. A recipe pins it (`Pin`); a record has its address, and says what was
///   pinned of every kind alike.
package enum SourceKind<File: Hashable & Sendable>: Hashable, Sendable {
    /// An archive (tar, zip, ar; any usual compression), unpacked with its first `strip` path components removed.
    case archive(File, strip: Int)
    /// One file, placed as `name`.
    case file(File, name: String, isExecutable: Bool)
    /// A directory or file by a path that does not climb out: relative to the recipe's folder, or with a slash in front to
    /// the project's.
    case local(path: String)
    /// A patch file, by a path as a local source has it, applied with `patch -p<strip>` in the order of the list, before the steps.
    case patch(path: String, strip: Int)
    /// The tree of one commit of a git repository (a local path or an address git can clone), by its full id.
    case git(repository: String, commit: String)

    package enum Name: String, Hashable, Sendable, CaseIterable { case archive, file, local, patch, git }

    package var name: Name {
        switch self {
        case .archive: .archive
        case .file: .file
        case .local: .local
        case .patch: .patch
        case .git: .git
        }
    }

    /// The file that is fetched; nil if nothing is, or not as a file.
    package var file: File? {
        switch self {
        case .archive(let file, _), .file(let file, _, _): file
        case .local, .patch, .git: nil
        }
    }

    /// The same source with another name for what is fetched.
    package func naming<Other>(_ other: (File) -> Other) -> SourceKind<Other> {
        switch self {
        case .archive(let file, let strip): .archive(other(file), strip: strip)
        case .file(let file, let name, let isExecutable): .file(other(file), name: name, isExecutable: isExecutable)
        case .local(let path): .local(path: path)
        case .patch(let path, let strip): .patch(path: path, strip: strip)
        case .git(let repository, let commit): .git(repository: repository, commit: commit)
        }
    }
}

extension SourceKind<SourceAddress> {
    /// Where it came from, as the recipe says it.
    package var address: String {
        switch self {
        case .archive(let address, _), .file(let address, _, _): address.description
        case .local(let path), .patch(let path, _): path
        case .git(let repository, _): repository
        }
    }
}

/// Where pinned bytes come from.
///
/// - `archive`: `debian:pool/main/h/hello/hello_2.10.orig.tar.gz`, a path relative to a named archive; which mirror
///   serves that archive is the machine's configuration, never the recipe's.
/// - `url`: an `https://` or `http://` address.
package enum SourceAddress: Hashable, Sendable, CustomStringConvertible {
    case archive(name: String, path: String)
    case url(String)

    package var description: String {
        switch self {
        case .archive(let name, let path): "\(name):\(path)"
        case .url(let text): text
        }
    }

    /// The last path component, for display and for naming a file that is not unpacked.
    package var fileName: String {
        let text =
            switch self {
            case .archive(_, let path): path
            case .url(let text): text
            }
        return text.split(separator: "/").last.map(String.init) ?? text
    }
}

/// Why a text is not accepted, worded to follow it: `has no path behind the archive's name`.
package struct TextMistake: Error, Hashable, Sendable {
    package var reason: String
    /// The text holds a secret, so messages leave it out.
    package var isSecret = false

    package init(_ reason: String, isSecret: Bool = false) {
        self.reason = reason
        self.isSecret = isSecret
    }
}

extension SourceAddress {
    /// Reads `debian:pool/main/h/hello/hello_2.10.orig.tar.gz`, or an address that begins with `https://` or `http://`.
    package init(_ text: String) throws(TextMistake) {
        if let scheme = text.firstRange(of: "://") {
            let name = text[..<scheme.lowerBound]
            guard name == "https" || name == "http" else {
                throw TextMistake("has the unknown scheme \(quoted(String(name))); known are https and http")
            }
            try Self.checkURL(text, rest: text[scheme.upperBound...])
            self = .url(text)
            return
        }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw TextMistake(
                "is not an address: write https://..., or ARCHIVE:PATH for a file on a mirror, such as debian:pool/main/..."
            )
        }
        let name = String(text[..<colon])
        guard !name.isEmpty, name.utf8.allSatisfy({ "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0) }) else {
            throw TextMistake("names no archive: \(quoted(name)) may have only lower-case letters, digits and hyphens")
        }
        let path = String(text[text.utf8.index(after: colon)...])
        guard !path.isEmpty else { throw TextMistake("has no path after the archive's name") }
        guard Self.isPrintableASCII(path) else {
            throw TextMistake("contains a space or a character that is not ASCII")
        }
        if let mistake = PathRule.mistake(in: path, below: "the archive") { throw TextMistake(mistake) }
        self = .archive(name: name, path: path)
    }

    private static func checkURL(_ text: String, rest: Substring) throws(TextMistake) {
        guard isPrintableASCII(text) else {
            throw TextMistake("contains a space or a character that is not ASCII; percent-encode it")
        }
        guard text.utf8.count <= 2048 else { throw TextMistake("is longer than 2048 bytes") }
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.isEmpty else { throw TextMistake("names no host") }
        guard !authority.utf8.contains(UInt8(ascii: "@")) else {
            throw TextMistake(
                "has a user name or password, which would end up in records; configure it on the machine",
                isSecret: true)
        }
        guard !text.utf8.contains(UInt8(ascii: "#")) else { throw TextMistake("has a fragment (\"#\")") }
    }

    private static func isPrintableASCII(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}

/// What relative paths look like. Lexical: what stands on a disk is looked at where it is opened.
package enum PathRule {
    /// What is wrong with a path below a place that is named in messages (`/build`, `the recipe's folder`); nil for a good one.
    package static func mistake(in text: String, below place: String) -> String? {
        guard text.utf8.first != UInt8(ascii: "/") else { return "is absolute; paths are relative to \(place)" }
        // Linux's PATH_MAX and NAME_MAX (linux/limits.h).
        guard text.utf8.count < 4096 else { return "is longer than 4095 bytes" }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            return "contains a control character"
        }
        // By bytes, as the kernel does: to a Swift `Character`, a slash with a combining accent is not a slash.
        for component in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if component.elementsEqual("..".utf8) { return "climbs out of \(place) (\"..\")" }
            if component.elementsEqual(".".utf8) { return "has a component \".\"; leave it out" }
            if component.isEmpty { return "has an empty component (\"//\", or a slash at the end)" }
            if component.count > 255 { return "has a component of more than 255 bytes" }
        }
        return nil
    }
}
