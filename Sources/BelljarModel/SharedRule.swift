/// What a text has to be, in recipes and in records alike: declared once, so that a record from elsewhere says nothing that
/// no recipe could.
package struct SharedRule: Sendable {
    private let makeSchema: @Sendable () -> JSONSchema
    private let findMistake: @Sendable (String) -> TextMistake?

    /// - Parameter mistake: what is wrong with a text; nil for a good one.
    package init(
        _ schema: @autoclosure @escaping @Sendable () -> JSONSchema,
        _ mistake: @escaping @Sendable (String) -> TextMistake?
    ) {
        makeSchema = schema
        findMistake = mistake
    }

    /// Made when it is asked for: reading does not need it.
    package var schema: JSONSchema { makeSchema() }

    package func mistake(in text: String) -> TextMistake? { findMistake(text) }
}

// MARK: Texts

extension SharedRule {
    /// Any text of at most this many bytes.
    package static func text(upTo limit: Int) -> SharedRule {
        SharedRule(.string(pattern: anyText, length: 1...limit)) { text in
            text.isEmpty ? TextMistake("is empty") : tooLong(text, limit)
        }
    }

    /// As `text(upTo:)`, or empty.
    package static func textOrNone(upTo limit: Int) -> SharedRule {
        SharedRule(.string(pattern: anyText, length: 0...limit)) { tooLong($0, limit) }
    }

    /// A script, which is an argument of the shell.
    package static let script = SharedRule(
        .string(pattern: #"^[^\u0000]*[^ \n\u0000][^\u0000]*$"#, length: 1...ProgramRoom.argumentBytes)
    ) { text in
        guard !text.utf8.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }) else {
            return TextMistake("is empty")
        }
        return tooLong(text, ProgramRoom.argumentBytes, because: ": \(ProgramRoom.argumentReason)")
    }

    /// A release of the kernel, two numbers: `6.12`.
    package static let release = SharedRule(
        .string(pattern: #"^(?:0|[1-9][0-9]{0,3})\.(?:0|[1-9][0-9]{0,3})$"#)
    ) { text in
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return TextMistake("is not a release such as 6.12") }
        for part in parts {
            let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
            guard !part.isEmpty, part.allSatisfy(digits.contains) else { return TextMistake("is not a whole number") }
            guard part.count == 1 || part.first != digits.lowerBound else { return TextMistake("begins with a zero") }
            guard part.count <= 4 else { return TextMistake("is not between 0 and 9999") }
        }
        return nil
    }

    /// Anything but NUL: the kernel ends an argument, a variable and a path at one.
    private static let anyText = #"^[^\u0000]*$"#

    private static func tooLong(_ text: String, _ limit: Int, because reason: String = "") -> TextMistake? {
        if text.utf8.contains(0) { return TextMistake("contains a NUL byte") }
        guard text.utf8.count > limit else { return nil }
        return TextMistake("has \(text.utf8.count) bytes; at most \(limit) are accepted\(reason)")
    }
}

/// What the kernel lets a program be started with (execve(2)).
package enum ProgramRoom {
    /// Bytes of one argument or variable, without the NUL at its end: MAX_ARG_STRLEN.
    package static let argumentBytes = 131_071
    package static let argumentReason = "Linux gives a program no longer argument (MAX_ARG_STRLEN)"
    /// Bytes of all arguments and variables together, with a NUL at the end of each and 8 bytes for its address: a quarter
    /// of the 8 MiB of stack that builds have, less what the path of the program takes. A recipe's file has not that many.
    package static let bytes = (2 << 20) - 4096 - 16

    /// What is wrong with the arguments and variables of a program; nil if they have room.
    static func mistake(argv: [String], environment: [String: String]) -> String? {
        let arguments = argv.reduce(0) { $0 + $1.utf8.count + 9 }
        let variables = environment.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 10 }
        guard arguments + variables > bytes else { return nil }
        return "the variables and a step's script have \(arguments + variables) bytes together; at most "
            + "\(bytes) are accepted: Linux starts a program with no more (a quarter of its stack's limit)"
    }
}

// MARK: Paths

extension SharedRule {
    /// One component of a relative path, as `PathRule` has it.
    private static let component = #"(?!\.{1,2}(?:/|$))[^/\u0000-\u001f\u007f]{1,255}"#
    private static let relative = "\(component)(?:/\(component))*"

    private static func schema(ofPath pattern: String) -> JSONSchema {
        .string(pattern: "^(?:\(pattern))$", length: 0...4095)
    }

    /// A path below a place that is named in messages (`/build`, `the recipe's folder`).
    package static func path(below place: String) -> SharedRule {
        SharedRule(schema(ofPath: relative)) { text in
            if text.isEmpty { return TextMistake("is empty") }
            return PathRule.mistake(in: text, below: place).map { TextMistake($0) }
        }
    }

    /// A path below the recipe's folder, or with a slash in front below the project's, which `/` alone is.
    package static let ownPath = SharedRule(schema(ofPath: "/|/?" + relative)) { text in
        if text == "/" { return nil }
        guard text.utf8.first == UInt8(ascii: "/") else { return path(below: "the recipe's folder").mistake(in: text) }
        return path(below: "the project").mistake(in: String(decoding: text.utf8.dropFirst(), as: UTF8.self))
    }

    /// As `path(below:)`; the empty text stands for the place itself.
    package static func pathOrNone(below place: String) -> SharedRule {
        SharedRule(schema(ofPath: relative + "|")) { text in
            text.isEmpty ? nil : PathRule.mistake(in: text, below: place).map { TextMistake($0) }
        }
    }

    /// `/build`, or the path of a directory below it.
    package static let directoryInBuild = SharedRule(
        .string(pattern: "^/build(?:/\(relative))?$", length: 0...4095 + "/build/".utf8.count)
    ) { text in
        // By bytes, as the kernel does: to a Swift `Character`, a slash with a combining accent is not a slash.
        let root = Array("/build".utf8)
        let bytes = Array(text.utf8)
        if bytes == root { return nil }
        guard bytes.starts(with: root + [UInt8(ascii: "/")]) else { return TextMistake("is not below /build") }
        let path = String(decoding: bytes.dropFirst(root.count + 1), as: UTF8.self)
        return Self.path(below: "/build").mistake(in: path)
    }

    /// A line of a `.gitignore` that is a pattern.
    package static let ignorePattern = SharedRule(
        .string(pattern: #"^(?! *\r?$)(?!#)(?!!?/?/?$)[^\n\u0000]*$"#, length: 1...4095)
    ) { text in
        guard !text.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "\n") }) else {
            return TextMistake("has a line break or a NUL byte")
        }
        guard text.utf8.count < 4096 else { return TextMistake("is longer than 4095 bytes") }
        guard IgnorePattern(line: text.utf8) == nil else { return nil }
        return TextMistake("is no pattern; a line of a .gitignore is expected, such as /build/ or *.o")
    }

    /// A path below `/out`, or `.` for whatever is there.
    package static let output = SharedRule(schema(ofPath: relative + #"|\."#)) { text in
        text == "." ? nil : path(below: "/out").mistake(in: text)
    }

    /// One component of a path.
    package static let fileName = SharedRule(schema(ofPath: component)) { text in
        if text.isEmpty { return TextMistake("is empty") }
        if text.utf8.contains(UInt8(ascii: "/")) {
            return TextMistake("contains a slash; it must be the name of one file")
        }
        return PathRule.mistake(in: text, below: "its directory").map { TextMistake($0) }
    }
}

// MARK: Sources

extension SharedRule {
    /// Printable ASCII in which there is no user name and no fragment.
    private static let url = #"(?=.{1,2048}$)https?://[!-"$-.0->A-~]+(?:[/?][!-"$-~]*)?"#
    /// The name of an archive, and a relative path in printable ASCII.
    private static let archived =
        #"[a-z0-9-]+:(?=.{1,4095}$)(?!\.{1,2}(?:/|$))[!-.0-~]{1,255}(?:/(?!\.{1,2}(?:/|$))[!-.0-~]{1,255})*"#

    /// `debian:pool/main/h/hello/hello_2.10.orig.tar.gz`, or an address that begins with `https://` or `http://`.
    package static let address = SharedRule(.string(pattern: "^(?:\(url)|\(archived))$")) { text in
        do throws(TextMistake) { _ = try SourceAddress(text) } catch { return error }
        return nil
    }

    /// A full commit id (SHA-1 or SHA-256). Anything shorter or named can come to mean another commit.
    package static let commit = SharedRule(.string(pattern: "^(?:[0-9a-f]{40}|[0-9a-f]{64})$")) { text in
        guard [40, 64].contains(text.utf8.count), text.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
            return TextMistake(
                "can mean another commit tomorrow (a floating reference); give the full ID, 40 or 64 lower-case "
                    + "hexadecimal digits, as `git rev-parse` prints it")
        }
        return nil
    }

    /// What `git clone` takes, less what runs programs (`ext::`) or reads as an option.
    package static let repository = SharedRule(
        .string(pattern: "^(?!-)(?:\(repositoryURL)|[^:\(control)]+)$", length: 1...2048)
    ) { repositoryMistake(in: $0) }

    private static let control = #"\u0000-\u001f\u007f"#
    private static let schemes = ["https", "http", "ssh", "git", "file"]
    private static let repositoryURL = "(?:\(schemes.joined(separator: "|")))://(?![^/]*:[^/]*@)[^\(control)]*"

    private static func repositoryMistake(in text: String) -> TextMistake? {
        if text.isEmpty { return TextMistake("is empty") }
        if text.utf8.count > 2048 { return TextMistake("is longer than 2048 bytes") }
        if text.utf8.first == UInt8(ascii: "-") { return TextMistake("begins with \"-\"") }
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return TextMistake("contains a control character")
        }
        // By bytes, as git does: to a Swift `String`, an at sign with a combining accent is no at sign.
        let bytes = Array(text.utf8)
        if let scheme = bytes.firstRange(of: Array("://".utf8)) {
            let name = String(decoding: bytes[..<scheme.lowerBound], as: UTF8.self)
            guard schemes.contains(name) else {
                return TextMistake(
                    "has the unknown scheme \(quoted(name)); known are https, http, ssh, git and file")
            }
            // A user alone is how ssh is addressed; a password has no place in a file that everybody reads.
            let authority = bytes[scheme.upperBound...].prefix { $0 != UInt8(ascii: "/") }
            if let at = authority.lastIndex(of: UInt8(ascii: "@")), authority[..<at].contains(UInt8(ascii: ":")) {
                return TextMistake("holds a password, which would end up in records", isSecret: true)
            }
            return nil
        }
        guard bytes.contains(UInt8(ascii: ":")) else { return nil }
        return TextMistake(
            "is neither a path nor an address with a scheme; write ssh://USER@HOST/PATH for USER@HOST:PATH")
    }
}

// MARK: In records

extension JSONType where Value == String {
    /// A text by a rule that recipes have, too.
    package static func text(_ rule: SharedRule) -> JSONType {
        text(schema: rule.schema) { (text, place) throws(BelljarError) in
            guard let mistake = rule.mistake(in: text) else { return }
            throw place.wrong(mistake.isSecret ? mistake.reason : "\(quoted(text)) \(mistake.reason)")
        }
    }

    /// One certain text, as what a kind of value has no use for.
    package static func only(_ text: String, _ mistake: String) -> JSONType {
        self.text(schema: .constant(.string(text))) { (given, place) throws(BelljarError) in
            guard given.utf8.elementsEqual(text.utf8) else { throw place.wrong(mistake) }
        }
    }
}
