internal import BelljarModel

/// What texts have to look like.
enum Rules {
    /// What becomes of links that lead out of what is taken in.
    static let keepsLinks = TextRule.words([("refuse", false), ("keep", true)]) { _ in "is neither keep nor refuse" }

    /// Any text of at most this many bytes.
    static func text(upTo limit: Int) -> TextRule<String> {
        TextRule(.text(upTo: limit)) { $0.unquoted(numbers: true) }
    }

    /// As `text(upTo:)`, or empty.
    static func textOrEmpty(upTo limit: Int) -> TextRule<String> {
        TextRule(.textOrNone(upTo: limit)) { $0.unquoted(numbers: true) }
    }

    /// A script, which is an argument of the shell.
    static let script = TextRule(.script) { $0.unquoted(numbers: true) }

    // MARK: names

    /// A name of a recipe or toolchain, which is also the name of a folder.
    static let name = named(.recipe)
    static let stepName = named(.step)
    static let version = named(.version)
    static let variableName = named(.variable)

    private static func named(_ rule: NameRule) -> TextRule<String> {
        // No name begins with a minus sign, and no variable with a digit.
        TextRule(rule.schema.unquoted(numbers: rule != .variable, from: rule == .variable ? nil : 0)) {
            (text) throws(Wrong) in
            if let mistake = rule.mistake(in: text) { throw Wrong(mistake) }
            return text
        }
    }

    /// As `name`, of what the file itself is about, whose author can choose another one.
    static let ownName = TextRule(name.schema) { (text) throws(Wrong) in
        guard let mistake = NameRule.recipe.mistake(in: text) else { return text }
        throw Wrong(mistake + (proposal(for: text).map { "; \(quoted($0)) would do" } ?? ""))
    }

    /// A name of a recipe or toolchain that is like a text; nil if there is nothing in the text to make one of.
    static func proposal(for text: String) -> String? {
        let name = ProjectRecipe.name(from: text)
        return name == ProjectRecipe.noName ? nil : name
    }

    @Sendable static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    @Sendable static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    // MARK: digests

    /// A SHA-256 as `sha256sum` prints it.
    static let sha256 = TextRule(.string(pattern: "^[0-9a-f]{64}$")) { (text) throws(Wrong) in
        if let digest = Digest(hex: text) { return digest }
        if text.hasPrefix("sha256:") { throw Wrong("must be the digits alone, without \"sha256:\"") }
        try checkHexadecimal(text)
        throw Wrong("has \(text.utf8.count) digits instead of 64")
    }

    /// A digest with its algorithm, as locks and records have it.
    static let prefixedDigest = TextRule(.string(pattern: "^sha256:[0-9a-f]{64}$")) { (text) throws(Wrong) in
        guard let digest = Digest(prefixed: text) else { throw Wrong("is not sha256: and 64 hexadecimal digits") }
        return digest
    }

    /// A full commit id (SHA-1 or SHA-256). Anything shorter or named can come to mean another commit.
    static let commit = TextRule(.commit) { $0 }

    private static func checkHexadecimal(_ text: String) throws(Wrong) {
        let isHex: (UInt8) -> Bool = { isDigit($0) || isHexLetter($0 | 0x20) }
        guard text.utf8.allSatisfy(isHex) else { throw Wrong("is not hexadecimal") }
        guard !text.utf8.contains(where: { isLetter($0) && $0 & 0x20 == 0 }) else {
            throw Wrong("must be in lower case")
        }
    }

    private static func isHexLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) }
}
