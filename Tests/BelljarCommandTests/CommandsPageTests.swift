import BelljarKernel
import BelljarModel
import Testing

/// docs/commands.md says what the program says.
@Suite struct CommandsPageTests {
    private static let file =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/commands.md"

    private func page() throws -> CommandsPage {
        let project = try Project(toolchain: false)
        let dump = try project.belljar("--experimental-dump-help").json()
        // The error for a topic that there is not lists those that there are.
        let error = try project.belljar("help", "no-such-topic").complaint
        let topics = try Said(text: error).between("the topics: ", ";").replacing(" ", with: "").split(separator: ",")
        let texts = try topics.map { (String($0), try project.belljar("help", String($0)).text) }
        return try CommandsPage(dump: dump, topics: texts) { words in
            let help = try project.start(Project.programs + "/belljar", words.dropFirst() + ["--help"]).finish()
            let line = help.text.split(separator: "\n").first { $0.hasPrefix("USAGE: ") }
            return String(try #require(line).dropFirst(7))
        }
    }

    /// `make commands` writes it.
    @Test func thePageIsWhatTheProgramSays() throws {
        let text = try page().text
        if Host.environment("BELLJAR_WRITE_COMMANDS") != nil {
            let file = try Descriptor.workingDirectory.open(Self.file, [.write, .create, .truncate], mode: 0o644)
            try file.writeAll(Array(text.utf8))
        }
        let written = try Descriptor.workingDirectory.open(Self.file).readAll(limit: 1 << 20)
        let (expected, found) = (
            text.split(separator: "\n"), String(decoding: written, as: UTF8.self).split(separator: "\n")
        )
        for (line, wanted) in zip(found, expected) { try #require(line == wanted, "`make commands` writes it anew") }
        #expect(written.elementsEqual(text.utf8), "`make commands` writes it anew")
    }

    /// A page without commands would be the same as a program without them.
    @Test func everyCommandAndOptionIsOnIt() throws {
        let text = try page().text
        for heading in ["build", "run", "rebuild", "store gc", "toolchain import"] {
            #expect(text.contains("\n## `belljar \(heading)`\n"))
        }
        for option in ["-o, --output <folder>", "--json", "--secret <name=place>", "--sha256 <digits>"] {
            #expect(text.contains("| `\(option)` |"), "\(option)")
        }
        for topic in ["recipes", "exit-codes"] { #expect(text.contains("\n### `belljar help \(topic)`\n")) }
        #expect(!text.contains("belljar topic"))
        // Those of every command are said once.
        #expect(text.split(separator: "\n").count { $0.hasPrefix("| `--json` |") } == 1)
    }

    /// 80 columns is what a terminal has: argument-parser breaks lines there, and an example would be broken too.
    @Test func examplesFitATerminal() throws {
        let dump = try Project(toolchain: false).belljar("--experimental-dump-help").json()
        var commands = [CommandsPage.Command(words: ["belljar"], info: dump["command"] ?? .null)]
        while let command = commands.popLast() {
            commands += command.subcommands
            for line in (command.info["discussion"]?.string ?? "").split(separator: "\n") where line.hasPrefix("  ") {
                #expect(line.count <= 80, "\(command.path): \(line)")
            }
        }
    }
}
