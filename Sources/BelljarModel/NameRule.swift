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
    /// Any variable of a build: also those that belljar sets.
    case anyVariable

    /// What is wrong with a text, worded to follow it (`is empty`); nil if it is such a name.
    package func mistake(in text: String) -> String? {
        let alphabet = alphabet
        guard let first = text.unicodeScalars.first else { return "is empty" }
        guard text.utf8.count <= byteLimit else {
            return "has \(text.utf8.count) bytes; at most \(byteLimit) are accepted"
        }
        guard alphabet.first.contains(first) else {
            return "begins with \(Self.shown(first)); use \(alphabet.words)"
        }
        let wrong = text.unicodeScalars.first { !alphabet.first.contains($0) && !alphabet.more.contains($0) }
        if let wrong { return "contains \(Self.shown(wrong)); use \(alphabet.words)" }
        return self == .variable ? Self.reservation(of: text) : nil
    }

    /// The same for schemas. Editors that know `patternErrorMessage` show the words in place of the pattern.
    package var schema: JSONSchema {
        let reserved = BuildEnvironment.fixedNames.sorted().joined(separator: "|")
        let refused = self == .variable ? "(?!(?:\(reserved))$|\(Self.reservedPrefix))" : ""
        let (first, more) = (alphabet.first.pattern, alphabet.more.pattern)
        return JSONSchema.string(pattern: "^\(refused)[\(first)][\(first)\(more)]*$", length: 1...byteLimit)
            .with("patternErrorMessage", .string(alphabet.words))
    }

    private var byteLimit: Int {
        switch self {
        case .recipe, .step: 64
        case .version, .variable, .anyVariable: 128
        }
    }

    /// Characters as in the brackets of a pattern: `a-z0-9`. A minus sign that is meant stands at the end.
    private struct Characters {
        let pattern: String
        private var ranges: [ClosedRange<Unicode.Scalar>] = []

        init(_ pattern: String) {
            self.pattern = pattern
            var rest = Array(pattern.unicodeScalars)[...]
            while let low = rest.popFirst() {
                let isRange = rest.count > 1 && rest.first == "-"
                ranges.append(low...(isRange ? rest[rest.startIndex + 1] : low))
                if isRange { rest = rest.dropFirst(2) }
            }
        }

        func contains(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar) } }
    }

    /// What a kind of name is made of, and how messages say it.
    private struct Alphabet {
        var first: Characters
        /// Accepted behind the first as well as what may be first.
        var more: Characters
        var words: String

        init(first: String, more: String, words: String) {
            self.first = Characters(first)
            self.more = Characters(more)
            self.words = words
        }
    }

    private var alphabet: Alphabet {
        switch self {
        case .recipe:
            Alphabet(first: "a-z0-9", more: ".+-", words: "a-z, 0-9 and, after the first character, . + -")
        case .step:
            Alphabet(first: "a-z0-9", more: "._+-", words: "a-z, 0-9 and, after the first character, . _ + -")
        case .version:
            Alphabet(
                first: "a-zA-Z0-9", more: "._+~:-", words: "letters, digits and, after the first character, . _ + ~ : -"
            )
        case .variable, .anyVariable:
            Alphabet(first: "a-zA-Z_", more: "0-9", words: "letters, _ and, after the first character, digits")
        }
    }

    private static let reservedPrefix = "BELLJAR_"

    private static func reservation(of name: String) -> String? {
        if BuildEnvironment.fixedNames.contains(name) {
            return "cannot be changed: belljar sets it, to the same value in every build"
        }
        return name.hasPrefix(reservedPrefix) ? "is reserved: names that begin with BELLJAR_ are belljar's own" : nil
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        scalar == " " ? "a space" : quoted(String(scalar))
    }
}

/// How many characters of a foreign text stand in a diagnostic.
private let shownCharacters = 80

/// A foreign name as it stands in a diagnostic without quotes, such as the path of a member: cut off where it gets long.
package func shortened(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: shownCharacters, limitedBy: scalars.endIndex),
        end < scalars.endIndex
    else { return text }
    return String(scalars[..<end]) + "..."
}

/// A text as it stands in a diagnostic: in quotes, control characters escaped, cut off where it gets long.
package func quoted(_ text: String) -> String {
    let limit = shownCharacters
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

/// A text as one word of a shell's command line.
package func shellWord(_ text: String) -> String {
    let plain = text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            || "._+-/:@%=,".utf8.contains($0)
    }
    if plain, !text.isEmpty { return text }
    return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
