/// What names are made of, in recipes and in records alike. Names become parts of paths and stand on terminals, so that a
/// record from elsewhere is held to the same rules as a recipe.
package enum NameRule: Sendable {
    /// A recipe or toolchain, which is also a folder: Debian's rule for package names.
    case recipe
    /// A step or a secret: as a recipe's, with underscores.
    case step
    /// What Debian and most projects use, taken as text.
    case version
    /// A variable that a recipe may set.
    case variable

    /// What is wrong with a text, worded to follow it (`is empty`); nil if it is such a name.
    package func mistake(in text: String) -> String? {
        let alphabet = alphabet
        guard let first = text.unicodeScalars.first else { return "is empty" }
        guard text.utf8.count <= byteLimit else {
            return "has \(text.utf8.count) bytes; at most \(byteLimit) are accepted"
        }
        guard alphabet.first.contains(first) else {
            return "begins with \(Self.shown(first)); it is made of \(alphabet.words)"
        }
        let wrong = text.unicodeScalars.first { !alphabet.first.contains($0) && !alphabet.more.contains($0) }
        if let wrong { return "contains \(Self.shown(wrong)); it is made of \(alphabet.words)" }
        return self == .variable ? Self.reservation(of: text) : nil
    }

    private var byteLimit: Int {
        switch self {
        case .recipe, .step: 64
        case .version, .variable: 128
        }
    }

    /// What a kind of name is made of, and how messages say it.
    private struct Alphabet {
        var first: String.UnicodeScalarView
        /// Accepted behind the first as well as what may be first.
        var more: String.UnicodeScalarView
        var words: String

        init(first: String, more: String, words: String) {
            self.first = first.unicodeScalars
            self.more = more.unicodeScalars
            self.words = words
        }
    }

    private static let small = "abcdefghijklmnopqrstuvwxyz"
    private static let large = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    private static let digits = "0123456789"

    private var alphabet: Alphabet {
        let (small, large, digits) = (Self.small, Self.large, Self.digits)
        return switch self {
        case .recipe:
            Alphabet(first: small + digits, more: ".+-", words: "small letters, digits, and behind the first . + -")
        case .step:
            Alphabet(first: small + digits, more: "._+-", words: "small letters, digits, and behind the first . _ + -")
        case .version:
            Alphabet(
                first: small + large + digits, more: "._+~:-",
                words: "letters, digits, and behind the first . _ + ~ : -")
        case .variable:
            Alphabet(
                first: small + large + "_", more: digits, words: "letters, underscores, and behind the first digits")
        }
    }

    private static func reservation(of name: String) -> String? {
        if BuildEnvironment.fixedNames.contains(name) {
            return "is set by belljar, the same for every build, and cannot be changed"
        }
        return name.hasPrefix("BELLJAR_") ? "is reserved: names that begin with BELLJAR_ are belljar's own" : nil
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        scalar == " " ? "a space" : quoted(String(scalar))
    }
}

/// A text as it stands in a diagnostic: in quotes, control characters escaped, cut off where it gets long.
package func quoted(_ text: String) -> String {
    let limit = 80
    var shown = ""
    for scalar in text.unicodeScalars.prefix(limit) {
        switch scalar {
        case "\"", "\\": shown += "\\\(scalar)"
        case "\n": shown += "\\n"
        case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
            shown += "\\u{\(String(scalar.value, radix: 16))}"
        default: shown.unicodeScalars.append(scalar)
        }
    }
    return "\"\(shown)\"" + (text.unicodeScalars.count > limit ? "..." : "")
}
