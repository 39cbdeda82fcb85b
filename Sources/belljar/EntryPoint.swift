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
            try Interruption.watch()
            var command = try Belljar.parseAsRoot(ProgramArguments.given)
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

    /// What argument-parser ends with: help and versions are successes, everything else is a usage error.
    private static func usage(_ error: any Error) -> Int32 {
        let text = Belljar.fullMessage(for: error)
        guard Belljar.exitCode(for: error) != .success else {
            Console.write(text + "\n")
            return 0
        }
        let arguments = ProgramArguments.all
        if arguments.contains("--json") {
            let failure = BelljarError(
                .usage, operation: "read", subject: "the command line", answer: Belljar.message(for: error))
            return ErrorReport(error: failure, arguments: arguments).report()
        }
        Console.complain(text + "\n")
        return ErrorCode.usage.exitCode
    }
}

/// Ends a command that has said everything already, with an exit code of its own.
struct QuietExit: Error {
    var exitCode: Int32
}

struct Belljar: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belljar",
        abstract: "Build in a sealed world, record what went in and out, and prove that it can be had again.",
        discussion: """
            Exit codes: 0 success, 1 the build failed, 2 usage or recipe error, 3 not reproducible, 4 sandbox \
            unavailable, 5 refused, 6 integrity, 7 resource or time limit, 8 source unavailable, 9 host failure, \
            70 internal error, 129, 130 or 143 interrupted.
            """,
        subcommands: [
            BuildCommand.self, RunCommand.self, RebuildCommand.self, VerifyCommand.self, ShowCommand.self,
            LogCommand.self, RecordsCommand.self, ToolchainCommand.self, StoreCommand.self, DoctorCommand.self,
            SchemaCommand.self, VersionCommand.self,
        ])
}
