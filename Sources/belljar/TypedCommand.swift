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
        var command: any ParsableCommand.Type = Belljar.self
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
                    if words.isEmpty, let topic = rest.dropFirst().first, HelpTopic.named(topic) != nil {
                        return ["topic"] + options + rest.dropFirst()
                    }
                    try checkHelp(about: rest.dropFirst(), of: path, commands)
                    break
                }
                let names = commands.map { $0.configuration.commandName ?? "" }
                guard let index = names.firstIndex(of: word) else {
                    throw unknownCommand(word, of: path, among: names)
                }
                words.append(word)
                command = commands[index]
                commands = command.configuration.subcommands
                rest = rest.dropFirst()
            }
        }
        if !commands.isEmpty, !options.isEmpty, rest.isEmpty {
            let path = (["belljar"] + words).joined(separator: " ")
            throw mistake("no command follows the options", remedy: "`\(path) --help` lists the commands")
        }
        return words + options + withNumbers(withJobs(rest, of: command), of: command)
    }

    /// `-j4`, as make takes it.
    private static func withJobs(
        _ arguments: ArraySlice<String>, of command: any ParsableCommand.Type
    ) -> ArraySlice<String> {
        guard command == BuildCommand.self else { return arguments }
        return arguments.flatMap { word in
            let digits = word.utf8.dropFirst(2)
            let isJobs = word.hasPrefix("-j") && !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
            return isJobs ? ["-j", String(word.dropFirst(2))] : [word]
        }[...]
    }

    /// argument-parser takes `-1` for an option, and says that the one before it has no value. Written `--step=-1` it is one,
    /// which the command can refuse in its own words.
    private static func withNumbers(_ arguments: ArraySlice<String>, of command: any ParsableCommand.Type) -> [String] {
        guard arguments.contains(where: isNegative) else { return Array(arguments) }
        let known = OptionNames(of: command)
        var arranged: [String] = []
        var rest = arguments
        while let word = rest.popFirst() {
            // Behind its name, everything is the program's.
            if word == "--" || !word.hasPrefix("-") && command == RunCommand.self { return arranged + [word] + rest }
            guard known.takingValues.contains(word), let value = rest.popFirst() else {
                arranged.append(word)
                continue
            }
            let isJoined = isNegative(value) && word.hasPrefix("--")
            arranged += isJoined ? ["\(word)=\(value)"] : [word, value]
        }
        return arranged
    }

    private static func isNegative(_ word: String) -> Bool {
        word.utf8.first == UInt8(ascii: "-")
            && word.utf8.dropFirst().first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    /// argument-parser's own command, which prints the help of `belljar` about everything it does not know.
    private static func checkHelp(
        about words: ArraySlice<String>, of path: String, _ commands: [any ParsableCommand.Type]
    ) throws(BelljarError) {
        guard let word = words.first, !word.hasPrefix("-") else { return }
        let names = commands.map { $0.configuration.commandName ?? "" }
        guard let index = names.firstIndex(of: word) else {
            let topics = path == "belljar" ? HelpTopic.all.map(\.name) : []
            throw unknownCommand(word, of: path, among: names, topics: topics)
        }
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

    /// - Parameter topics: what there is help about besides commands.
    private static func unknownCommand(
        _ word: String, of path: String, among all: [String], topics: [String] = []
    ) -> BelljarError {
        let names = all.filter { $0 != TopicCommand.configuration.commandName }
        return mistake(
            "there is no command `\(path) \(word)`" + (topics.isEmpty ? "" : ", and no topic of help")
                + NearMatch.hint(for: word, among: names + topics),
            remedy: names.isEmpty
                ? "`\(path) --help` says what it does"
                : "the commands are: \(names.joined(separator: ", "))"
                    + (topics.isEmpty ? "" : "; the topics: \(topics.joined(separator: ", "))")
                    + "; `\(path) --help` says what they do")
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
    ///
    /// - Parameter typed: the command line.
    static func refusal(_ error: any Error, of typed: [String]) -> BelljarError {
        // An option that is misspelt is missed first, and a command may be refused for that. What was typed says it better.
        let message = Belljar.message(for: error)
        if !message.hasPrefix("Unknown option"), let words = try? arranged(typed), let misspelt = misspelt(in: words) {
            return misspelt
        }
        let lines = Belljar.fullMessage(for: error).split(separator: "\n").map(String.init)
        let usage = lines.drop { !$0.hasPrefix("Usage: ") }.prefix { !$0.hasPrefix("  See ") }
        let words = usage.joined(separator: " ").split(separator: " ").dropFirst().joined(separator: " ")
        let help = lines.first { $0.hasPrefix("  See ") }?.split(separator: "'").dropFirst().first ?? "belljar --help"
        return mistake(
            answer(message), remedy: "write \(words); `\(help)` says more",
            details: lines.filter { $0.hasPrefix("Help:  ") }.map { String($0.dropFirst(7)) })
    }

    /// The first option that its command does not have; nil if there is none.
    private static func misspelt(in words: [String]) -> BelljarError? {
        var (path, rest) = ("belljar", words[...])
        var command: any ParsableCommand.Type = Belljar.self
        while let word = rest.first,
            let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == word })
        {
            (path, command, rest) = ("\(path) \(word)", next, rest.dropFirst())
        }
        let known = OptionNames(of: command)
        while let word = rest.popFirst() {
            // What follows is a program's, and its options.
            if word == "--" || !word.hasPrefix("-") && command == RunCommand.self { return nil }
            guard word.hasPrefix("-"), word != "-" else { continue }
            // Short ones may stand together, and have their values behind them.
            let name = word.hasPrefix("--") ? String(word.prefix { $0 != "=" }) : String(word.prefix(2))
            guard known.names.contains(name) || ["-h", "--help", "--version"].contains(name) else {
                return unknownOption(name, of: path, among: known.names, remedy: "`\(path) --help` lists its options")
            }
            if known.takingValues.contains(name), name == word { rest = rest.dropFirst() }
        }
        return nil
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
