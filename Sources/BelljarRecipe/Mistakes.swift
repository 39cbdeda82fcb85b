internal import BelljarModel

/// What a rule says of a text that it does not accept, worded to follow the text: `has 3 digits instead of 64`.
struct Wrong: Error {
    var reason: String
    /// The text holds a secret, so the message leaves it out.
    var isSecret: Bool

    init(_ reason: String, isSecret: Bool = false) {
        self.reason = reason
        self.isSecret = isSecret
    }

    init(_ mistake: TextMistake) { self.init(mistake.reason, isSecret: mistake.isSecret) }

    /// The whole message about a text that was given for `label`.
    func message(_ label: String, _ text: String) -> String {
        isSecret ? "\(label) \(reason)" : "\(label) \(quoted(text)) \(reason)"
    }
}

/// All mistakes of one file, collected so that its author sees them together and not one per run.
final class Mistakes {
    private struct Mistake {
        var line: Int
        var column: Int
        var message: String
    }

    /// More than this many are counted and not listed: a file of another kind altogether would fill the screen.
    static let listed = 50

    let file: String
    private var list: [Mistake] = []

    init(file: String) { self.file = file }

    var isEmpty: Bool { list.isEmpty }

    func add(_ message: String, at node: YAMLNode) {
        add(message, line: node.line, column: node.column)
    }

    /// As `add`, but of what was refused already nothing more is said.
    func addUnlessRefused(_ message: String, at node: YAMLNode) {
        if case .refused = node.content { return }
        add(message, at: node)
    }

    func add(_ message: String, line: Int, column: Int) {
        list.append(Mistake(line: line, column: column, message: message))
    }

    func location(of node: YAMLNode) -> SourceLocation {
        SourceLocation(file: file, line: node.line, column: node.column)
    }

    /// The error for `operation`, or nil if there are no mistakes. A single mistake is the error's answer; several
    /// are its details, each as `file:line:column: message`, in the order of the file.
    ///
    /// - Parameter remedy: what can be done about any mistake in such a file.
    func error(_ operation: String, remedy: String) -> BelljarError? {
        let sorted = list.sorted { ($0.line, $0.column, $0.message) < ($1.line, $1.column, $1.message) }
        guard let first = sorted.first else { return nil }
        let place = SourceLocation(file: file, line: first.line, column: first.column)
        guard sorted.count > 1 else {
            return BelljarError(
                .usage, operation: operation, subject: place.description, answer: first.message, remedy: remedy)
        }
        var details = sorted.prefix(Self.listed).map { mistake in
            "\(SourceLocation(file: file, line: mistake.line, column: mistake.column)): \(mistake.message)"
        }
        if sorted.count > Self.listed { details.append("and \(sorted.count - Self.listed) more") }
        return BelljarError(
            .usage, operation: operation, subject: place.description, answer: "\(sorted.count) mistakes",
            remedy: remedy, details: details)
    }
}
