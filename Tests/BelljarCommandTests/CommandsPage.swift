import BelljarModel

/// docs/commands.md, made from what the program says about itself: `belljar --experimental-dump-help`, which argument-parser
/// prints, and the usage line of each command's `--help`.
struct CommandsPage {
    struct Command {
        /// `["belljar", "store", "gc"]`.
        var words: [String]
        var info: JSONValue
        var usage = ""

        var path: String { words.joined(separator: " ") }
        var arguments: [JSONValue] { info["arguments"]?.array ?? [] }
        var subcommands: [Command] {
            (info["subcommands"]?.array ?? []).compactMap { info in
                // argument-parser's own, which says what `--help` says.
                guard let name = info["commandName"]?.string, name != "help", info["shouldDisplay"]?.bool != false
                else { return nil }
                return Command(words: words + [name], info: info)
            }
        }
        /// Of its heading, as GitHub makes them.
        var anchor: String { words.joined(separator: "-") }
    }

    private let commands: [Command]
    /// What `belljar help TOPIC` prints, by topic.
    private let topics: [(name: String, text: String)]
    /// What every command that does something takes; said once.
    private let shared: Set<JSONValue>

    /// - Parameter usage: the usage line that a command's help has, given its words.
    init(
        dump: JSONValue, topics: [(name: String, text: String)], usage: ([String]) throws -> String
    ) throws {
        self.topics = topics
        var commands = [Command(words: ["belljar"], info: dump["command"] ?? .null)]
        var index = 0
        while index < commands.count {
            commands[index].usage = try usage(commands[index].words)
            // A command's own follow it.
            commands.insert(contentsOf: commands[index].subcommands, at: index + 1)
            index += 1
        }
        self.commands = commands
        let leaves = commands.filter(\.subcommands.isEmpty).map { Set($0.arguments) }
        shared = leaves.reduce(leaves.first ?? []) { $0.intersection($1) }
    }

    var text: String {
        var blocks = [
            "# Commands",
            "<!-- Made by `make commands` from what the program says about itself. -->",
            "`belljar COMMAND --help` and, where belljar is installed, `man belljar.COMMAND` say the same. "
                + "[Exit codes](exit-codes.md) · [options of every command](#options-of-every-command) · [help topics](#help-topics)",
            table(("command", "what it does"), commands.dropFirst().map(row)),
        ]
        for command in commands { blocks += section(command) }
        blocks.append("## Help topics")
        for topic in topics { blocks += ["### `belljar help \(topic.name)`", "```\n\(topic.text)```"] }
        return blocks.joined(separator: "\n\n") + "\n"
    }

    private func row(_ command: Command) -> (String, String) {
        ("[`\(command.path)`](#\(command.anchor))", Self.cell(command.info["abstract"]))
    }

    private func section(_ command: Command) -> [String] {
        var blocks = ["## `\(command.path)`", command.info["abstract"]?.string ?? "", "```\n\(command.usage)\n```"]
        blocks += Self.paragraphs(command.info["discussion"]?.string ?? "")
        let own = command.arguments.filter { !shared.contains($0) }
        if !own.isEmpty { blocks.append(table(("argument or option", "meaning"), own.map(Self.row))) }
        guard command.words.count == 1 else { return blocks }
        let common = commands.first { $0.subcommands.isEmpty }?.arguments.filter(shared.contains) ?? []
        return blocks + ["## Options of every command", table(("option", "meaning"), common.map(Self.row))]
    }

    private func table(_ head: (String, String), _ rows: [(String, String)]) -> String {
        ([head, ("---", "---")] + rows).map { "| \($0.0) | \($0.1) |" }.joined(separator: "\n")
    }

    private static func row(_ argument: JSONValue) -> (String, String) {
        let value = "<\(argument["valueName"]?.string ?? "")>"
        let names = (argument["names"]?.array ?? []).map { name in
            (name["kind"]?.string == "short" ? "-" : "--") + (name["name"]?.string ?? "")
        }
        let label =
            switch argument["kind"]?.string {
            case "positional": value
            case "option": names.joined(separator: ", ") + " " + value
            default: names.joined(separator: ", ")
            }
        var meaning = [cell(argument["abstract"])]
        let values = (argument["allValues"]?.array ?? []).compactMap(\.string)
        let initial = argument["defaultValue"]?.string
        if !values.isEmpty { meaning.append("One of " + values.map { "`\($0)`" }.joined(separator: ", ") + ".") }
        if let initial { meaning.append("Default: `\(initial)`.") }
        meaning.append(cell(argument["discussion"]))
        return ("`\(label)`", meaning.filter { !$0.isEmpty }.joined(separator: " "))
    }

    /// Text of the program in a table's cell.
    private static func cell(_ text: JSONValue?) -> String {
        escaped(text?.string ?? "").split(separator: "\n").joined(separator: " ")
    }

    /// Where the program's text has two spaces before every line, it is to be typed.
    private static func paragraphs(_ text: String) -> [String] {
        text.replacing("\n\n", with: "\u{0}").split(separator: "\u{0}").map { paragraph in
            let lines = paragraph.split(separator: "\n")
            guard lines.allSatisfy({ $0.hasPrefix("  ") }) else { return escaped(String(paragraph)) }
            return "```\n" + lines.map { $0.dropFirst(2) }.joined(separator: "\n") + "\n```"
        }
    }

    /// What is Markdown's, as text, outside of backticks.
    private static func escaped(_ text: String) -> String {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
            let part = part.replacing("|", with: "\\|")
            guard index.isMultiple(of: 2) else { return part }
            return part.replacing("*", with: "\\*").replacing("<", with: "\\<").replacing("$", with: "\\$")
        }.joined(separator: "`")
    }
}
