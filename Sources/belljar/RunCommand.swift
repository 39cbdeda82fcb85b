internal import ArgumentParser
internal import BelljarBuild
internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan
internal import BelljarRecipe
internal import BelljarSandbox

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command in a toolchain, in the sandbox that build steps get.",
        usage: "belljar run -t <toolchain> [<options>] -- <command> [<argument> ...]",
        discussion: """
            The command starts in an empty, writable folder, /build. Nothing is recorded, and what it writes is gone \
            when it ends.

              belljar run -t debian-12-c -- gcc --version
              belljar run -t debian-12-c --bind-ro ./src:/mnt/src -- sh -c 'ls /mnt/src'

            Exit code: that of the command, or 128 plus the signal's number if a signal ended it.

            The command gets belljar's standard input, unless that is a terminal. belljar may read more of it than \
            the command does, so in a shell loop that reads lines, write `belljar run ... </dev/null`.

            --json is refused, because standard output belongs to the command.
            """)

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp("The toolchain to run in: a folder of Toolchains/.", valueName: "name"))
    var toolchain: String

    @Option(
        name: .customLong("bind-ro"),
        help: ArgumentHelp(
            "Let the command read a file or folder of the host. May be repeated.",
            discussion: "It is at the same path inside, unless another one follows after a colon.",
            valueName: "host[:inside]"))
    var binds: [String] = []

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp(
            "Set an environment variable. May be repeated.",
            discussion: "Those that belljar sets in every sandbox, such as PATH and HOME, cannot be changed.",
            valueName: "name=value"))
    var variables: [String] = []

    @Option(
        help: ArgumentHelp(
            "End the command after this time: 90s, 10m or 2h; a number alone means seconds. Default: 1h.",
            valueName: "time"))
    var timeout: String?

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The command to run, and its arguments.", valueName: "command"))
    var command: [String] = []

    @OptionGroup var controls: ControlOptions
    @OptionGroup var options: GlobalOptions

    /// `SOURCE_DATE_EPOCH` of a command that belongs to no recipe: 1980-01-02, the time of every file in the store.
    private static let epoch = UInt64(World.incomingSeconds)

    func run() throws {
        guard !options.json else {
            throw BelljarError(
                .usage, operation: "use", subject: "--json",
                answer: "standard output belongs to the command that is run",
                remedy: "leave it out; the exit code tells how the command ended")
        }
        let argv = try Self.argv(command)
        guard !argv.isEmpty else {
            throw BelljarError(
                .usage, operation: "run", subject: toolchain, answer: "no command was given",
                remedy: "belljar run -t \(toolchain) -- COMMAND [ARGUMENT ...]")
        }
        let session = Session(options, showsProgress: true, makesStore: true)
        // Nothing is recorded, so the host's limits simply hold; only what is asked for can be refused.
        let hostLimits = try session.hostLimits()
        var limits = hostLimits.clamped(.standard)
        if let timeout { limits.timeoutSeconds = try RecipeDecoder.timeout(timeout) }
        try hostLimits.check(limits, of: "the command")
        let states = try controls.applied(to: .standard)
        let environment = BuildWorld.environment(
            adding: try additions(), epoch: Self.epoch, limits: limits, controls: states)
        let step = Plan.Command(argv: argv, environment: environment, directory: "/build")
        let engine = try session.engine(jobs: 1)
        let mounts = try binds.map { bind throws(BelljarError) in try Self.bind(bind, session.places) }
        let outcome = try engine.run(
            step, toolchain: toolchain, binds: mounts, limits: limits,
            world: BuildWorld.world(states, epoch: Self.epoch, limits: limits)
        ) { stream, bytes in
            switch stream {
            case .standardOutput:
                Console.write(bytes: bytes)
                Console.flush()
            case .standardError: Console.complain(bytes)
            }
        }
        LiveProgress.stop()
        if let violation = outcome.violation {
            throw BelljarError(
                .refused, operation: "run", subject: "the command", answer: violation.words,
                remedy: "leave that out: no sandbox allows it")
        }
        if let exceeded = outcome.exceeded {
            throw BelljarError(
                .resourceExceeded, operation: "run", subject: "the command", answer: exceeded.words,
                remedy: exceeded.limit == .timeout
                    ? "give it more time with --timeout"
                    : "make it use less: a command gets what builds without limits of their own get",
                exceeded: exceeded)
        }
        try conclude(outcome.status, outcome.usages.last?.exit)
    }

    /// What follows the options. Behind the command's name all is the command's; an option in its place is a mistake, unless
    /// `--` stands in front.
    private static func argv(_ command: [String]) throws(BelljarError) -> [String] {
        guard let first = command.first, first != "--" else { return Array(command.dropFirst()) }
        guard first.hasPrefix("-") else { return command }
        throw TypedCommand.unknownOption(
            first, of: "belljar run", among: OptionNames(of: RunCommand.self).names,
            remedy: "`belljar run --help` lists the options; for a program of that name, write -- \(first)")
    }

    private func conclude(_ status: BuildStatus, _ exit: ProcessEnd.Exit?) throws {
        switch (status, exit) {
        case (.ok, _): return
        case (.buildFailed, .status(let number)): throw QuietExit(exitCode: number)
        case (.buildFailed, .signal(let number)): throw QuietExit(exitCode: 128 + number)
        case (.cancelled, _): throw BelljarError.cancelled("run", toolchain)
        default:
            throw BelljarError(
                .resourceExceeded, operation: "run", subject: "the command",
                answer: "it reached a limit of the sandbox",
                remedy: "make it use less")
        }
    }

    private func additions() throws(BelljarError) -> [String: String] {
        var additions: [String: String] = [:]
        for variable in variables {
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw BelljarError(
                    .usage, operation: "use", subject: "--env \(variable)", answer: "it is not of the form NAME=VALUE",
                    remedy: "for example --env \(parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "NAME")=1")
            }
            guard !BuildEnvironment.fixedNames.contains(String(parts[0])) else {
                throw BelljarError(
                    .usage, operation: "use", subject: "--env \(parts[0])",
                    answer: "belljar sets \(parts[0]) itself, to the same in every sandbox",
                    remedy: "set it in the command: -- env \(parts[0])=... COMMAND")
            }
            additions[String(parts[0])] = String(parts[1])
        }
        return additions
    }

    private static func bind(_ text: String, _ places: Places) throws(BelljarError) -> Plan.Bind {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let source = try places.absolute(parts[0])
        let target = parts.count == 2 ? parts[1] : source
        let components = target.split(separator: "/").filter { $0 != "." }
        guard !parts[0].isEmpty, target.hasPrefix("/"), !components.contains("..") else {
            throw BelljarError(
                .usage, operation: "use", subject: "--bind-ro \(text)",
                answer: "it is not of the form HOST or HOST:INSIDE, where INSIDE is an absolute path without ..",
                remedy: "for example --bind-ro ./src:/mnt/src")
        }
        guard (try? Descriptor.workingDirectory.open(source, [.pathOnly, .followingLinks]).status()) != nil else {
            throw BelljarError(
                .usage, operation: "use", subject: "--bind-ro \(text)", answer: "\(source) does not exist",
                remedy: "correct the path, which is one of the host, or make the file or folder")
        }
        return Plan.Bind(source: source, target: "/" + components.joined(separator: "/"))
    }
}

extension Console {
    /// What a command says to its standard error. As to standard output, nobody need say any more when nobody reads.
    static func complain(_ bytes: [UInt8]) {
        do throws(KernelError) { try Terminal.write(bytes, to: 2) } catch {
            if error.isBrokenPipe { Signals.endByBrokenPipe() }
        }
    }
}
