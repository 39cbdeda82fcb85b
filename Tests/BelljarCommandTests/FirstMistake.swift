import BelljarModel
import Testing

/// A mistake that somebody makes in the first hours, what belljar says to it, and how the remedy is followed.
struct FirstMistake: Sendable, CustomTestStringConvertible {
    /// As docs/mistakes.md calls it.
    let title: String
    var testDescription: String { title }
    /// What is typed behind `belljar`.
    let command: [String]
    let code: Int32
    /// Parts of what is said.
    let says: [String]
    let make: @Sendable (Project) throws -> Void
    /// Does what was said, as far as it can with the words that were printed.
    let follow: @Sendable (Project, Said) throws -> Void
    /// What is typed then, and ends with 0; nil for the same command. Where the remedy is an answer, `follow` fills it in.
    let then: (@Sendable (Said) throws -> [String])?

    init(
        _ title: String, _ command: [String] = ["build", "hello"], code: Int32 = 2, says: String...,
        make: @escaping @Sendable (Project) throws -> Void,
        follow: @escaping @Sendable (Project, Said) throws -> Void = { _, _ in },
        then: (@Sendable (Said) throws -> [String])? = nil
    ) {
        self.title = title
        self.command = command
        self.code = code
        self.says = says
        self.make = make
        self.follow = follow
        self.then = then
    }
}

/// What belljar said to a mistake.
struct Said: Sendable {
    let text: String

    struct Unsaid: Error, CustomStringConvertible {
        var description: String
    }

    /// What stands between two texts.
    func between(_ start: String, _ end: String) throws -> String {
        guard let from = text.firstRange(of: start)?.upperBound, let to = text[from...].firstRange(of: end)?.lowerBound
        else { throw Unsaid(description: "nothing between \(start) and \(end) in: \(text)") }
        return String(text[from..<to])
    }

    /// `did you mean "hello"?`
    func meant() throws -> String { try between("did you mean \"", "\"?") }

    /// The command in backticks that begins like this.
    func command(_ beginning: String) throws -> String { beginning + (try between("`" + beginning, "`")) }
}

extension Project {
    static let hello = "Recipes/hello/recipe.yaml"

    /// The recipe of most mistakes.
    func hello(_ run: String = "echo hello > $OUT/hello", more: String = "", outputs: String = "[.]") throws {
        try recipe("hello", run: run, more: more, outputs: outputs)
    }

    /// Changes the recipe.
    func edit(_ old: String, _ new: String) throws { try edit(Self.hello, old, new) }

    func edit(_ file: String, _ old: String, _ new: String) throws {
        let text = try read(file)
        guard text.contains(old) else { throw Said.Unsaid(description: "\(file) has no \(old)") }
        try write(file, text.replacing(old, with: new))
    }

    /// Types a line into a shell whose PATH has belljar.
    @discardableResult func type(_ line: String) throws -> String {
        let answer = try start(
            "/bin/sh", ["-c", line], environment: ["PATH": Self.programs + ":/usr/sbin:/usr/bin:/sbin:/bin"]
        ).finish()
        guard answer.code == 0 else { throw Said.Unsaid(description: "\(line): \(answer.complaint)") }
        return String(answer.text.split(separator: "\n").last ?? "")
    }
}
