/// What a schema and a reader may disagree about, with the reason. Everything else on which they do is a defect.
struct Unsayable: Sendable {
    let name: String
    let reason: String
    /// A recipe that shows it.
    let example: String
    /// Whether this is why a document got an answer. All that stands without quotes in the document is given too.
    let explains: @Sendable (_ answer: String, _ plain: [String]) -> Bool

    private static func recipe(_ more: String, steps: String = "{name: s, run: x}", outputs: String = ".") -> String {
        "name: a\nversion: 1\ntoolchain: t\nepoch: 1\n\(more)\nsteps: [\(steps)]\noutputs: [\(outputs)]\n"
    }

    /// Mistakes that readers find in documents which the schema accepts.
    static let mistakes = [
        Unsayable(
            name: "equal names", reason: "a schema compares whole members of a list, not one key of each",
            example: recipe("", steps: "{name: s, run: x}, {name: s, run: y}"),
            explains: { answer, _ in answer.hasPrefix("duplicate step ") || answer.hasPrefix("duplicate secret ") }),
        Unsayable(
            name: "secrets and steps", reason: "a schema cannot look up in one list what stands in another",
            example: recipe("secrets: [{name: k, variable: K}]", steps: "{name: s, run: x, secrets: [j]}"),
            explains: { answer, _ in
                answer.contains(#/^no step lists secret ".*"; /#)
                    || answer.contains(#/^step ".*" lists the secret ".*", which the recipe does not declare$/#)
            }),
        Unsayable(
            name: "equal variables", reason: "a schema cannot compare a value with the keys of another mapping",
            example: recipe(
                "environment: {V: x}\nsecrets: [{name: k, variable: K, environment: V}]",
                steps: "{name: s, run: x, secrets: [k]}"),
            explains: { answer, _ in answer.contains(#/^variable ".*" is set twice$/#) }),
        Unsayable(
            name: "a recipe as its own input", reason: "a schema cannot compare two values",
            example: recipe("inputs: [a]"),
            explains: { answer, _ in answer.contains(#/^input ".*" is the recipe itself$/#) }),
        Unsayable(
            name: "bytes", reason: "a schema counts characters, and the kernel bytes",
            example: recipe("seed: " + String(repeating: "\u{e9}", count: 200)),
            explains: { answer, _ in
                answer.contains(#/bytes; at most \d+ are accepted(?:$|: Linux)| than \d+ bytes$/#)
                    && text(in: answer).unicodeScalars.contains { !$0.isASCII }
            }),
        Unsayable(
            name: "in quotes and without", reason: "1 and \"1\" are one text, and to a schema a number and a text",
            example: recipe("", outputs: "1, \"1\""),
            explains: { answer, plain in
                let given = text(in: answer)
                return answer.contains(#/^duplicate \w+ /#) && looksLikeNoText(given) && plain.contains(given)
            }),
        Unsayable(
            name: "the spelling of what is no text",
            reason: "a schema sees a number or a truth value, readers the letters: 0x10 or 1.0 for a number, True",
            example: recipe("limits: {cpus: 0x10}"),
            explains: { answer, plain in
                let given = text(in: answer)
                return looksLikeNoText(given) && !isUsual(given) && plain.contains(given)
                    || answer.hasSuffix("must be true or false, without quotes")
                        && plain.contains { ["True", "TRUE", "False", "FALSE"].contains($0) }
            }),
        Unsayable(
            name: "half a release", reason: "6.0 is a release and 6 is none, and both are one number",
            example: recipe("requires: {kernel: 6}"),
            explains: { answer, plain in
                answer.hasSuffix("is not a release such as 6.12") && plain.contains(text(in: answer))
            }),
        Unsayable(
            name: "nothing as a key", reason: "in JSON every key is a text, so validators make one of it",
            example: recipe("environment: {null: x}"),
            explains: { answer, plain in
                answer == "variable must be text, not nothing"
                    && plain.contains { ["", "~", "null", "Null", "NULL"].contains($0) }
            }),
    ]

    /// Answers of the schema to documents which readers accept.
    static let refusals = [
        Unsayable(
            name: "a digest that is a number", reason: "YAML takes decimal digits without quotes for a number",
            example: recipe("sources: [{git: x, commit: \(String(repeating: "12345678", count: 5))}]"),
            explains: { answer, plain in
                answer.contains("is not of type 'string'")
                    && plain.contains { $0.utf8.count >= 40 && looksLikeNoText($0) }
            }),
        Unsayable(
            name: "equal numbers", reason: "1.0 and 1 are equal numbers and different texts",
            example: recipe("", outputs: "1.0, 1.00"),
            explains: { answer, plain in
                answer.contains("has non-unique elements") && plain.count(where: looksLikeNoText) > 1
            }),
    ]

    /// Mistakes that the reader of records finds in definitions which the schema accepts.
    static let inDefinitions: [(reason: String, isMet: @Sendable (_ answer: String) -> Bool)] = [
        (
            "a schema compares whole members of a list, not one of each",
            {
                $0.contains(#/^is (?:the name of )?an earlier \w+ too: /#)
            }
        ),
        ("a schema cannot compare two values", { $0.hasPrefix("is the recipe itself: ") }),
        (
            "a schema counts characters, and the kernel bytes",
            { answer in
                answer.contains(#/bytes; at most \d+ are accepted(?:$|: Linux)| than \d+ bytes$/#)
                    && text(in: answer).unicodeScalars.contains { !$0.isASCII }
            }
        ),
        (
            "1.0 and -0 are whole numbers to a schema, and no canonical JSON",
            { $0.contains("a number with fraction") || $0.hasSuffix("minus zero") }
        ),
    ]

    /// The text that an answer quotes first.
    private static func text(in answer: String) -> String {
        let parts = answer.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts[1]) : ""
    }

    /// Whether it is written as every writer would: then a schema sees what a reader sees.
    private static func isUsual(_ text: String) -> Bool {
        text == "true" || text == "false" || Int64(text).map(String.init) == text
            || text.utf8.count > 1 && text.utf8.allSatisfy { (0x30...0x39).contains($0) } && text.first != "0"
    }

    /// A number or truth value of YAML.
    private static func looksLikeNoText(_ text: String) -> Bool {
        text.wholeMatch(of: #/[-+]?(?:0b[01_]+|0o?[0-7_]+|[0-9_]+|0x[0-9a-fA-F_]+)/#) != nil
            || text.wholeMatch(of: #/[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?/#)
                != nil
            || text.wholeMatch(of: #/[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|true|True|TRUE|false|False|FALSE/#) != nil
    }
}
