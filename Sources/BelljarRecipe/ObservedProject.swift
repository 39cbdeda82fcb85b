internal import BelljarModel

/// What was learnt of a project by watching its ordinary build.
package struct ObservedProject: Sendable {
    /// The command, as argv.
    package var command: [String]
    /// Names of packages for the toolchain.
    package var packages: [String]
    /// What the command had in its environment of its caller's, by name.
    package var environment: [String: String]
    /// What it left that looks like a result, relative to the project's folder; empty if it wrote to `$OUT` itself.
    package var products: [String]
    /// What it used that no package has: absolute paths.
    package var foreign: [String]

    package init(
        command: [String], packages: [String], environment: [String: String], products: [String], foreign: [String]
    ) {
        self.command = command
        self.packages = packages
        self.environment = environment
        self.products = products
        self.foreign = foreign
    }

    /// So many are named in what is written.
    private static let namedFiles = 100

    /// What `belljar init` would make of it.
    ///
    /// - Parameter name: the toolchain's.
    package func template(_ name: String) -> ProjectTemplate {
        let results = products.filter(Self.isPlain).prefix(Self.namedFiles)
        let variables = environment.sorted { $0.key < $1.key }.filter { Self.isPlain($0.value) }
        let instance = ProjectTemplate.Instance(
            packages: packages, environment: variables.map { ($0.key, Self.escaped($0.value)) },
            steps: [.init("build", Self.script(command))] + Self.take(results),
            outputs: results.isEmpty ? ["."] : results.map(Self.escaped), notes: notes)
        return ProjectTemplate(
            name: name, title: "been observed while `\(headline)` built it", fits: { _ in true },
            plan: { _ in instance })
    }

    /// The command's first line, not too long for a comment.
    private var headline: String {
        let line = Self.words(command).prefix { !$0.isNewline }.filter { !$0.isNewline }
        return line.count > Self.headlineCount ? line.prefix(Self.headlineCount) + "..." : String(line)
    }

    private static let headlineCount = 60

    private static func take(_ results: some Collection<String>) -> [ProjectTemplate.Step] {
        if results.isEmpty { return [] }
        let files = results.map { "  \(quoted($0))" }
        return [
            .init(
                "take", ["cp --parents -t \"$OUT\" -- \\"] + files.dropLast().map { $0 + " \\" } + files.suffix(1),
                comment: ["What the build left that looks like a result. Take out what is none, here and in `outputs`."]
            )
        ]
    }

    /// Whether it can stand in a line of a recipe.
    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f ~= $0.value) }
    }

    /// What stands between double quotes in YAML.
    private static func escaped(_ text: String) -> String {
        text.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
            .split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
    }

    /// Lines of a comment.
    private var notes: [String] {
        if foreign.isEmpty { return [] }
        return ["The build that was observed also used these, which no Debian package has. This one does not see them:"]
            + foreign.prefix(Self.namedFiles).map { "  \($0)" }
            + ["Put them into the project, or declare a source with a digest (`url` and `sha256`) for each."]
    }

    // MARK: The shell's words

    /// Lines of the step.
    private static func script(_ command: [String]) -> [String] {
        // `sh -c SCRIPT` is the script.
        let isScript = command.count == 3 && ["sh", "/bin/sh"].contains(command[0]) && command[1] == "-c"
        let text = isScript ? String(command[2].drop(while: \.isWhitespace)) : words(command)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    package static func words(_ command: [String]) -> String { command.map(quoted).joined(separator: " ") }

    private static func quoted(_ word: String) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_./=:,@%")
        if !word.isEmpty, word.allSatisfy(plain.contains) { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
