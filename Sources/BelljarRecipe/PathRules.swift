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
    static let ownPath = TextRule(SharedRule.ownPath.schema.unquoted(numbers: true)) { (text) throws(Wrong) in
        guard let mistake = SharedRule.ownPath.mistake(in: text) else { return text }
        guard text.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) }) else {
            throw Wrong(mistake)
        }
        throw Wrong(
            mistake.reason
                + "; `/PATH` begins at the project's folder, and what lies outside of that can be copied there, or pinned as an "
                + "archive or a git repository")
    }

    /// A line of a `.gitignore` that is a pattern.
    static let ignorePattern = TextRule(.ignorePattern) { $0.unquoted(numbers: true) }

    /// A path below `/out`, or `.` for whatever is there. What looks like a pattern is none, and is refused before a build that
    /// would miss a file of that name; a file that has such a name can be promised by its directory. Records have `SharedRule`'s.
    static let output = TextRule<String>(
        SharedRule.output.schema.with("not", .object(["type": "string", "pattern": "[*?]"])).unquoted(numbers: true)
    ) { (text) throws(Wrong) in
        if let mistake = SharedRule.output.mistake(in: text) { throw Wrong(mistake) }
        guard text.utf8.contains(where: { "*?".utf8.contains($0) }) else { return text }
        // What stands before the first component with a pattern in it.
        let folder = text.split(separator: "/").prefix { !$0.contains { "*?".contains($0) } }.joined(separator: "/")
        let place = folder.isEmpty ? "\".\" for anything at all" : "the directory \(quoted(folder))"
        throw Wrong(
            "is a pattern, and outputs are paths: write each path, or \(place); everything below /out is kept anyway")
    }

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
