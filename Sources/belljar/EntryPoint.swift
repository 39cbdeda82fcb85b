internal import ArgumentParser
internal import BelljarKernel
internal import BelljarModel
internal import BelljarSandbox

/// The program: parses the command line, runs the command, and turns whatever ends it into words and an exit code.
@main
enum EntryPoint {
    static func main() {
        StartingPoint.normalise(elseExitWith: ErrorCode.host.exitCode)
        let exitCode = run()
        Console.flushAndExit(exitCode)
    }

    private static func run() -> Int32 {
        do {
            try AccountFloor.check()
            guard !ProgramArguments.isRepaired else {
                throw TypedCommand.mistake(
                    "an argument is not valid UTF-8, and would mean another file",
                    remedy: "give the file another name, or go to its folder and name that")
            }
            try Interruption.watch()
            var command = try parse(TypedCommand.arranged(ProgramArguments.given))
            defer { LiveProgress.stop() }
            try command.run()
            return 0
        } catch let error as BelljarError {
            return ErrorReport(error: error, arguments: ProgramArguments.all).report()
        } catch let exit as QuietExit {
            return exit.exitCode
        } catch {
            return usage(error)
        }
    }

    /// argument-parser looks at each command on the way to the one that is meant, which takes as long as all else that a short
    /// one does. So that one is asked by itself. What it does not take, as help, is answered by all, who know its full name.
    private static func parse(_ words: [String]) throws -> any ParsableCommand {
        var (type, rest): (any ParsableCommand.Type, ArraySlice<String>) = (Belljar.self, words[...])
        while let word = rest.first,
            let next = type.configuration.subcommands.first(where: { $0.configuration.commandName == word })
        {
            (type, rest) = (next, rest.dropFirst())
        }
        if type.configuration.subcommands.isEmpty, let command = try? type.parseAsRoot(Array(rest)) { return command }
        return try Belljar.parseAsRoot(words)
    }

    /// What argument-parser ends with: help and versions are successes, everything else is a usage error.
    private static func usage(_ error: any Error) -> Int32 {
        let text = Belljar.fullMessage(for: error)
        guard Belljar.exitCode(for: error) != .success else {
            Console.write(CompletionScript.completed(text) + "\n")
            return 0
        }
        return ErrorReport(
            error: TypedCommand.refusal(error, of: ProgramArguments.given), arguments: ProgramArguments.all
        ).report()
    }
}

/// Ends a command that has said everything already, with an exit code of its own.
struct QuietExit: Error {
    var exitCode: Int32
}

struct Belljar: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belljar",
        abstract: "Build software in a sandbox, record what went in and came out, and rebuild it to compare.",
        discussion: """
            A project is a folder with recipes (belljar.yaml, Recipes/NAME/recipe.yaml) and toolchains \
            (Toolchains/NAME/toolchain.yaml).

              belljar doctor              can this host run sandboxes?
              belljar init                write a recipe and a toolchain for this folder
              belljar build               build it, and leave a record
              belljar rebuild NAME        build from the record, and compare

            Options of every command, such as --store and --json, may also stand in front of it. \
            `belljar --version` prints the version. `belljar help TOPIC` tells of \
            \(HelpTopic.all.map(\.name).joined(separator: ", ")).

            Exit codes:

               0  success                       6  bytes do not have their digest
               1  the build failed              7  a limit was reached
               2  usage or recipe error         8  a source cannot be fetched
               3  different (rebuild, check...) 9  the host failed (no space, ...)
               4  no sandbox on this host      70  a defect of belljar
               5  refused                     129, 130, 131, 143  interrupted
            """,
        subcommands: [
            InitCommand.self, ObserveCommand.self, BuildCommand.self, RunCommand.self, ShellCommand.self,
            RebuildCommand.self,
            CheckCommand.self, TimelineCommand.self, ImpactCommand.self, ReplayCommand.self, StatsCommand.self,
            VerifyCommand.self, DiffCommand.self, ExportCommand.self, ListCommand.self, LintCommand.self,
            GraphCommand.self,
            WhyCommand.self, ShowCommand.self,
            LogCommand.self, RecordsCommand.self, ToolchainCommand.self, StoreCommand.self, DoctorCommand.self,
            SchemaCommand.self, VersionCommand.self, TopicCommand.self,
        ])
}
