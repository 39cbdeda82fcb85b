import BelljarKernel
import BelljarModel

/// Keeps what `--json` answered anywhere in these tests, by the schema that it has to fit: when the tests are over, an
/// outside validator looks at all of it (Scripts/test.sh).
enum AnswerArchive {
    /// Those whose schemas have their names.
    private static let commands: Set<String> = [
        "build", "check", "diff", "doctor", "export", "graph", "impact", "init", "lint", "list", "log", "rebuild",
        "records",
        "replay", "stats", "timeline", "verify",
        "version",
        "why",
    ]

    private static let folder = Host.environment("BELLJAR_TEST_ANSWERS")

    static func keep(_ answer: Answer, to given: [String]) throws {
        let arguments = given.prefix { $0 != "--" }
        guard folder != nil, arguments.contains("--json"), !answer.output.isEmpty else { return }
        guard let document = try? answer.json(), let name = schema(arguments.map(\.self), document) else { return }
        try keep(answer.output, as: name)
    }

    /// - Parameter name: of the schema.
    static func keep(_ document: [UInt8], as name: String) throws {
        guard let folder else { return }
        let kind = try Descriptor.makeDirectories("\(folder)/\(name)")
        let file = try kind.open("\(Digest(of: document).hex).json", [.write, .create, .truncate], mode: 0o644)
        try file.writeAll(document)
    }

    /// The name of the schema; nil where the answer has none of its own, as what a program that was run wrote.
    private static func schema(_ arguments: [String], _ document: JSONValue) -> String? {
        // The answer of a build that failed holds its error among other things.
        if document["error"] != nil, document["builds"] == nil { return "error-answer" }
        let words = arguments.filter { !$0.hasPrefix("-") }
        switch (words.first, words.dropFirst().first) {
        case ("build", _) where arguments.contains("--dry-run") || arguments.contains("-n"): return "build-plan-answer"
        case ("observe", _): return "init-answer"
        case ("schema", nil): return "schema-answer"
        case ("show", _): return arguments.contains("--ledger") ? "ledger-answer" : "record"
        case ("store", "du"): return arguments.contains("--by-root") ? "store-roots-answer" : "store-usage-answer"
        case ("store", let part?) where ["fsck", "gc", "path"].contains(part): return "\(part)-answer"
        case ("toolchain", "list"): return "toolchain-list-answer"
        case ("toolchain", "show"): return "toolchain-answer"
        case ("toolchain", "verify"): return "toolchain-verify-answer"
        case ("toolchain", let part?) where ["new", "add", "lock", "build", "import"].contains(part):
            return "toolchains-answer"
        case (let command?, _) where commands.contains(command): return "\(command)-answer"
        default: return nil
        }
    }
}
