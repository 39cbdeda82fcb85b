internal import ArgumentParser
internal import BelljarModel
internal import BelljarRecipe

/// The command line as somebody typed it, on its way to argument-parser, which knows the options of a command only behind its
/// name, and says of a command that there is not no more than that.
enum TypedCommand {
    /// Puts options that every command has, and that were given in front of it, behind its name; `--version` alone is the
    /// command `version`.
    ///
    /// - Throws: `usage` for a command that there is not, and for an option in front that is of no or of one command only.
    static func arranged(_ typed: [String]) throws(BelljarError) -> [String] {
        var (words, options, rest): ([String], [String], ArraySlice<String>) = ([], [], typed[...])
        var commands = Belljar.configuration.subcommands
        while !commands.isEmpty, let word = rest.first {
            let path = (["belljar"] + words).joined(separator: " ")
            if word == "--version", words.isEmpty {
                (words, commands, rest) = (["version"], [], rest.dropFirst())
            } else if word.hasPrefix("-") {
                guard let count = try argumentCount(of: word, before: path) else { break }
                options += rest.prefix(count)
                rest = rest.dropFirst(count)
            } else {
                if word == "help" {
                    try checkHelp(about: rest.dropFirst(), of: path, commands)
                    break
                }
                let names = commands.map { $0.configuration.commandName ?? "" }
                guard let index = names.firstIndex(of: word) else {
                    throw unknownCommand(word, of: path, among: names)
                }
                words.append(word)
                commands = commands[index].configuration.subcommands
                rest = rest.dropFirst()
            }
        }
        if !commands.isEmpty, !options.isEmpty, rest.isEmpty {
            let path = (["belljar"] + words).joined(separator: " ")
            throw mistake("no command follows the options", remedy: "`\(path) --help` lists the commands")
        }
        return words + options + rest
    }

    /// argument-parser's own command, which prints the help of `belljar` about everything it does not know.
    private static func checkHelp(
        about words: ArraySlice<String>, of path: String, _ commands: [any ParsableCommand.Type]
    ) throws(BelljarError) {
        guard let word = words.first, !word.hasPrefix("-") else { return }
        let names = commands.map { $0.configuration.commandName ?? "" }
        guard let index = names.firstIndex(of: word) else { throw unknownCommand(word, of: path, among: names) }
        try checkHelp(about: words.dropFirst(), of: "\(path) \(word)", commands[index].configuration.subcommands)
    }

    /// How many arguments an option takes up that every command has; nil for argument-parser's own, which mean something in
    /// front of a command, too.
    private static func argumentCount(of word: String, before path: String) throws(BelljarError) -> Int? {
        let name = String(word.prefix { $0 != "=" })
        // `--help`, `--help-hidden`, `--experimental-dump-help`, `--generate-completion-script`, `---completion`.
        let own = ["-h", "--help", "--experimental-", "--generate-", "---", "--"]
        if own.contains(where: { name == $0 || $0.utf8.count > 2 && name.hasPrefix($0) }) { return nil }
        let known = OptionNames(of: GlobalOptions.self)
        if known.takingValues.contains(name) { return word.contains("=") ? 1 : 2 }
        if known.names.contains(name) { return 1 }
        throw unknownOption(
            word, of: path, among: known.names,
            remedy: "options of one command stand behind its name; `\(path) --help` lists the commands")
    }

    private static func unknownCommand(_ word: String, of path: String, among names: [String]) -> BelljarError {
        mistake(
            "there is no command `\(path) \(word)`" + NearMatch.hint(for: word, among: names),
            remedy: names.isEmpty
                ? "`\(path) --help` says what it does"
                : "the commands are: \(names.joined(separator: ", ")); `\(path) --help` says what they do")
    }

    static func unknownOption(
        _ word: String, of path: String, among names: [String], remedy: String
    ) -> BelljarError {
        let name = String(word.prefix { $0 != "=" })
        // All letters are near each other.
        let hint = name.hasPrefix("--") ? NearMatch.hint(for: name, among: names) : ""
        return mistake("`\(path)` has no option \(name)" + hint, remedy: remedy)
    }

    static func mistake(_ answer: String, remedy: String, details: [String] = []) -> BelljarError {
        BelljarError(
            .usage, operation: "read", subject: "the command line", answer: answer, remedy: remedy, details: details)
    }
}

/// The names of the options that a command has, from what argument-parser says of it.
struct OptionNames {
    /// `--output`, `-o`.
    private(set) var names: [String] = []
    /// Those of them that a value follows.
    private(set) var takingValues: Set<String> = []

    init(of type: (some ParsableArguments).Type) {
        guard let dump = try? CanonicalJSON.decode(Array(type._dumpHelp().utf8)) else {
            preconditionFailure("argument-parser's dump is JSON")
        }
        for argument in dump["command"]?["arguments"]?.array ?? [] {
            for name in argument["names"]?.array ?? [] {
                let text = (name["kind"]?.string == "short" ? "-" : "--") + (name["name"]?.string ?? "")
                names.append(text)
                if argument["kind"]?.string == "option" { takingValues.insert(text) }
            }
        }
    }
}

extension TypedCommand {
    /// What argument-parser refuses, in the form of all other errors.
    ///
    /// Its text is `Error: ...`, then `Help:  ...` with what an option means, then `Usage: ...` and `See 'belljar build --help'`.
    static func refusal(_ error: any Error) -> BelljarError {
        let lines = Belljar.fullMessage(for: error).split(separator: "\n").map(String.init)
        let usage = lines.drop { !$0.hasPrefix("Usage: ") }.prefix { !$0.hasPrefix("  See ") }
        let words = usage.joined(separator: " ").split(separator: " ").dropFirst().joined(separator: " ")
        let help = lines.first { $0.hasPrefix("  See ") }?.split(separator: "'").dropFirst().first ?? "belljar --help"
        return mistake(
            answer(Belljar.message(for: error)), remedy: "write \(words); `\(help)` says more",
            details: lines.filter { $0.hasPrefix("Help:  ") }.map { String($0.dropFirst(7)) })
    }

    /// A sentence as the end of one: `unknown option '--outptu'; did you mean '--output'?`
    private static func answer(_ message: String) -> String {
        var text = message.split { $0.isNewline }.joined(separator: "; ")
            .replacing(". Did you mean", with: "; did you mean")
            .replacing(". Please provide one of ", with: ": it is one of ")
        if text.last == "." { text.removeLast() }
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
