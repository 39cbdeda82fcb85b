internal import BelljarModel

/// Rules for paths and addresses, which records are held to as well. All are lexical: what stands on a disk is looked at
/// where it is opened.
extension Rules {
    /// A path below a place that is named in messages (`/build`, `the recipe's folder`).
    static func path(below place: String) -> TextRule<String> {
        TextRule(.path(below: place)) { $0.unquoted(numbers: true) }
    }

    /// As `path(below:)`; the empty text stands for the place itself.
    static func pathOrEmpty(below place: String) -> TextRule<String> {
        TextRule(.pathOrNone(below: place)) { $0.unquoted(numbers: true) }
    }

    /// A path below the recipe's folder, or with a slash in front below the project's.
    static let ownPath = TextRule(.ownPath) { $0.unquoted(numbers: true) }

    /// A line of a `.gitignore` that is a pattern.
    static let ignorePattern = TextRule(.ignorePattern) { $0.unquoted(numbers: true) }

    /// A path below `/out`, or `.` for whatever is there.
    static let output = TextRule(.output) { $0.unquoted(numbers: true) }

    /// One component of a path.
    static let fileName = TextRule(.fileName) { $0.unquoted(numbers: true) }

    /// `debian:pool/main/h/hello/hello_2.10.orig.tar.gz`, or an address that begins with `https://` or `http://`.
    static let address = TextRule(SharedRule.address.schema) { (text) throws(Wrong) in
        do throws(TextMistake) { return try SourceAddress(text) } catch { throw Wrong(error) }
    }

    /// What matches an address from which no file name follows: one with a query, or whose last component is none.
    static let namelessAddress = JSONSchema.string(
        pattern: #"^https?://(?:[^?]*\?|(?:[^?]*/)?(?:\.{1,2}|[^/?]{256,})/*$)"#)

    /// What `git clone` takes, less what runs programs (`ext::`) or reads as an option.
    static let repository = TextRule(.repository) { $0.unquoted(numbers: true, from: 0) }
}
