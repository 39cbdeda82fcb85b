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
            when it ends, but for what -o and --bind keep.

              belljar run -t debian-12-c -- gcc --version
              belljar run -t debian-12-c -- bash
              belljar run -t debian-12-c --bind-ro ./src:/mnt/src -- sh -c 'ls /mnt/src'
              belljar run -t debian-12-c --bind .:/build -o out -- make install DESTDIR=/out

            Exit code: that of the command, or 128 plus the signal's number if a signal ended it.

            If standard input and output are a terminal, the command gets one too: it can be talked to, Ctrl-C goes to \
            it, and it has no time limit but --timeout. Otherwise it gets what belljar's standard input has, and \
            nothing where that is a terminal: --tty gives it that. belljar may read more of that than the command does, so in a shell loop that reads lines, write \
            `belljar run ... </dev/null`.

            --json is refused, because standard output belongs to the command.
            """)

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp("The toolchain to run in: a folder of Toolchains/.", valueName: "name"),
        completion: .toolchains)
    var toolchain: String

    @Option(
        name: .customLong("bind-ro"),
        help: ArgumentHelp(
            "Let the command read a file or folder of the host. May be repeated.",
            discussion: "It is at the same path inside, unless another one follows after a colon.",
            valueName: "host[:inside]"))
    var readOnlyBinds: [String] = []

    @Option(
        name: .customLong("bind"),
        help: ArgumentHelp(
            "The same, and let the command change it. May be repeated.",
            discussion: """
                For work on what is there, with the rights of the account that builds run under. What comes of it depends on \
                this host: no build has such a folder.
                """,
            valueName: "host[:inside]"))
    var binds: [String] = []

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Copy what the command leaves in /out to this folder, however it ends.",
            discussion: "Files there are only overwritten if an earlier --output left them.", valueName: "folder"),
        completion: .directory)
    var output: String?

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp(
            "Set an environment variable. May be repeated.",
            discussion: "Those that belljar sets in every sandbox, such as PATH and HOME, cannot be changed.",
            valueName: "name=value"))
    var variables: [String] = []

    @Option(
        help: ArgumentHelp(
            "End the command after this time: 90s, 10m or 2h; a number alone means seconds. Default: 1h, and none for a command with a terminal.",
            valueName: "time"))
    var timeout: String?

    @Flag(help: "Give the command a terminal, also if standard input or output is none.")
    var tty = false

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The command to run, and its arguments.", valueName: "command"))
    var command: [String] = []

    @OptionGroup var controls: ControlOptions
    @OptionGroup var options: GlobalOptions

    /// `SOURCE_DATE_EPOCH` of a command that belongs to no recipe: 1980-01-02, the time of every file in the store.
    static let epoch = UInt64(World.incomingSeconds)

    func run() throws {
        guard !options.json else {
            throw BelljarError(
                .usage, operation: "use", subject: "--json",
                answer: "standard output belongs to the command that is run",
                remedy: "leave it out; the exit code tells how the command ended")
        }
        let argv = try Self.argv(
            command, of: "run", toolchain, usage: "belljar run -t \(toolchain)",
            among: OptionNames(of: RunCommand.self).names)
        let session = Session(options, showsProgress: true, makesStore: true)
        // Nothing is recorded, so the host's limits simply hold; only what is asked for can be refused.
        let hostLimits = try session.hostLimits()
        var limits = hostLimits.clamped(.standard)
        let seconds = try timeout.map { text throws(BelljarError) in try RecipeDecoder.timeout(text) }
        if let seconds { limits.timeoutSeconds = seconds }
        try hostLimits.check(limits, of: "the command")
        let states = try controls.applied(to: .standard)
        let environment = BuildWorld.environment(
            adding: try additions(), epoch: Self.epoch, limits: limits, controls: states)
        let engine = try session.engine(jobs: 1)
        let mounts = try self.mounts(session.places)
        let folder = try output.map { path throws(BelljarError) in try session.places.absolute(path) }
        let isAttended = tty || Attended.isThere
        let terminal = SandboxRequest.Attendance(
            command: 0, takesErrors: tty || Terminal.isTerminal(2), timeoutSeconds: seconds,
            begins: { _, _ in
                LiveProgress.stop()
                return true
            })
        let variables = environment.merging(isAttended ? ["TERM": Attended.terminalType] : [:]) { _, own in own }
        var outcome = try engine.run(
            Plan.Command(argv: argv, environment: variables, directory: "/build"), toolchain: toolchain, binds: mounts,
            limits: limits, world: BuildWorld.world(states, epoch: Self.epoch, limits: limits),
            terminal: isAttended ? terminal : nil
        ) { stream, bytes in
            switch stream {
            case .standardOutput:
                Attended.show(bytes)
                // It would go on for nobody.
                if Console.hasFailed { session.cancellation.cancel() }
            case .standardError: Console.complain(bytes)
            }
        }
        LiveProgress.stop()
        // What could not be written was said then.
        if Console.hasFailed { throw QuietExit(exitCode: ErrorCode.host.exitCode) }
        if let folder, let out = outcome.out.take() { try engine.export(out, limits: limits, to: folder) }
        try Attended.conclude(
            ShellEnd(outcome), "run", "the command", isWanted: !isAttended || session.cancellation.isCancelled)
    }

    /// What follows the options. Behind the command's name all is the command's; an option in its place is a mistake, unless
    /// `--` stands in front.
    ///
    /// - Parameters:
    ///   - name: of belljar's command.
    ///   - subject: what it is about, for an error.
    ///   - usage: what is typed in front of `--`.
    static func argv(
        _ command: [String], of name: String, _ subject: String, usage: String,
        among options: @autoclosure () -> [String]
    ) throws(BelljarError) -> [String] {
        var argv = command
        if let first = command.first, first.hasPrefix("-") {
            guard first == "--" else {
                throw TypedCommand.unknownOption(
                    first, of: "belljar \(name)", among: options(),
                    remedy: "`belljar \(name) --help` lists the options; for a program of that name, write -- \(first)")
            }
            argv.removeFirst()
        }
        guard argv.isEmpty else { return argv }
        throw BelljarError(
            .usage, operation: name, subject: subject, answer: "no command was given",
            remedy: "\(usage) -- COMMAND [ARGUMENT ...]")
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

    private func mounts(_ places: Places) throws(BelljarError) -> [Plan.Bind] {
        var mounts: [Plan.Bind] = []
        for text in readOnlyBinds { mounts.append(try Self.bind(text, "--bind-ro", isReadOnly: true, places)) }
        for text in binds { mounts.append(try Self.bind(text, "--bind", isReadOnly: false, places)) }
        if output != nil, let over = mounts.first(where: { $0.target == "/out" || $0.target.hasPrefix("/out/") }) {
            throw BelljarError(
                .usage, operation: "use", subject: "--output beside a folder of the host at \(over.target)",
                answer: "what the command writes there goes to \(over.source), and none of it to --output",
                remedy: "leave one of them out")
        }
        return mounts
    }

    private static func bind(
        _ text: String, _ option: String, isReadOnly: Bool, _ places: Places
    ) throws(BelljarError) -> Plan.Bind {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let source = try places.absolute(parts[0])
        let target = parts.count == 2 ? parts[1] : source
        let components = target.split(separator: "/").filter { $0 != "." }
        guard !parts[0].isEmpty, target.hasPrefix("/"), !components.contains("..") else {
            throw BelljarError(
                .usage, operation: "use", subject: "\(option) \(text)",
                answer: "it is not of the form HOST or HOST:INSIDE, where INSIDE is an absolute path without ..",
                remedy: "for example \(option) ./src:/mnt/src")
        }
        guard (try? Descriptor.workingDirectory.open(source, [.pathOnly, .followingLinks]).status()) != nil else {
            throw BelljarError(
                .usage, operation: "use", subject: "\(option) \(text)", answer: "\(source) does not exist",
                remedy: "correct the path, which is one of the host, or make the file or folder")
        }
        // The sandbox's own root lies over the host's by then.
        guard places.withoutLinks(source) != "/" else {
            throw BelljarError(
                .usage, operation: "use", subject: "\(option) \(text)",
                answer: "the host's root as a whole cannot be shown",
                remedy: "name the folders that the command needs, one by one")
        }
        guard let first = components.first, !ownPlaces.contains(String(first)) else {
            throw BelljarError(
                .usage, operation: "use", subject: "\(option) \(text)",
                answer:
                    "\(target) is a place of the sandbox's own: nothing can lie over \(components.isEmpty ? "all of it" : "it")",
                remedy: "let it be at another path, such as \(option) \(parts[0]):/mnt/\(components.last ?? "host")")
        }
        return Plan.Bind(
            source: source, target: "/" + components.joined(separator: "/"), isReadOnly: isReadOnly)
    }

    /// What PID 1 makes itself, and needs as it is.
    private static let ownPlaces: Set<String> = ["dev", "proc", "sys"]
}

extension Console {
    /// What a command says to its standard error. As to standard output, nobody need say any more when nobody reads.
    static func complain(_ bytes: [UInt8]) {
        do throws(KernelError) { try Terminal.write(bytes, to: 2) } catch {
            if error.isBrokenPipe { Signals.endByBrokenPipe() }
        }
    }
}
