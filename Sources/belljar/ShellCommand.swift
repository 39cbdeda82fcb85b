internal import ArgumentParser
internal import BelljarBuild
internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan
internal import BelljarRecipe
internal import BelljarSandbox
internal import BelljarStore

struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Open a shell in the sandbox of a build's step, or in a toolchain.",
        usage: "belljar shell [<options>] [<recipe or record> | -t <toolchain>]",
        discussion: """
            The shell stands where the step would: same files, variables, clock, limits, account, and no network. The \
            steps before it run first. Leave it with `exit` or Ctrl-D; nothing that was done in it is recorded or kept.

              belljar shell hello                  before the first step of this recipe
              belljar shell hello --patch /tmp/p   the same, and keep what you change
              belljar shell hello --step 2         in place of its second step
              belljar shell hello --failed         where its last build that failed came to
              belljar shell --failed               the same of the newest build that failed
              belljar shell 5131762c2f16           in the build that a record is of
              belljar shell -t debian-12-c         in an empty /build of a toolchain

            It is bash if the toolchain has it, and otherwise sh. A shell has no time limit; the steps before it have \
            theirs.

            Exit code: that of the shell, or 128 plus the signal's number if a signal ended it.
            """)

    @Argument(
        help: ArgumentHelp(
            "A recipe of the project, or a record: the beginning of its digest, or a file.",
            discussion:
                "Default: the project's recipe, if it has just one; with --failed, the newest build that failed.",
            valueName: "recipe or record"), completion: .records)
    var name: String?

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp("A shell in this toolchain, and in no build.", valueName: "name"), completion: .toolchains)
    var toolchain: String?

    @Option(
        help: ArgumentHelp(
            "The step that the shell is in place of: its number, from 1, or its name.",
            discussion: "Default: the recipe's first. If the recipe has patches, applying them is step 1.",
            valueName: "step"))
    var step: String?

    @Flag(
        help: ArgumentHelp(
            "Run a failed build once more, and open the shell in the state that the failing step left.",
            discussion: "The build is that of the record, whatever the recipe says by now."))
    var failed = false

    @Option(
        help: ArgumentHelp(
            "When the shell ends, write what was changed in /build to this file, for `patch -p1`.",
            discussion: """
                Text is in it, and whether a file is executable. What else changed is named: links, binary files, empty \
                folders, other modes. The home directory is not looked at. The file must not be there yet; inside the \
                project it can become a part of the next build's source. Of 500,000 files or 4 GiB in /build no patch is \
                made.
                """, valueName: "file"), completion: .file())
    var patch: String?

    @OptionGroup var secrets: SecretOptions
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard toolchain == nil || name == nil && step == nil && !failed else {
            throw ValidationError(
                "-t takes neither a recipe or record, nor --step or --failed: it is a shell in no build")
        }
        guard step == nil || !failed else { throw ValidationError("--step and --failed are two places: choose one") }
    }

    func run() throws {
        try requireTerminal()
        let session = Session(options, showsProgress: true, makesStore: true)
        if let toolchain {
            _ = try session.toolchainFiles()
            return try open(in: toolchain, session)
        }
        // From before a record is looked for: it and what it names have to be there until the end.
        let lease = try session.store().lease()
        defer { withExtendedLifetime(lease) {} }
        let choice = try choose(session)
        let record: Digest? = if case .record(let found) = choice { found.digest } else { nil }
        let seat = ShellSeat(
            terminalType: Attended.terminalType, patch: try patchPlace(session),
            begins: { beginning in
                LiveProgress.stop()
                Self.announce(beginning, record, options)
            }, output: Attended.show)
        let engine = try session.engine(jobs: Host.cpus, secrets: try secrets.origins())
        let end: ShellEnd
        let subject: String
        switch choice {
        case .recipe(let name):
            subject = name
            end = try engine.shell(
                try RecipeGraph.resolve([name], in: try session.recipes()), .before(step: step), seat)
        case .record(let found):
            subject = found.record.definition.name
            end = try engine.shell(found.record, digest: found.digest, try place(in: found.record), seat)
        }
        LiveProgress.stop()
        for note in end.notes { Console.complain(shown(note) + "\n") }
        if let file = end.patch, let recipe = try? session.recipes().load(subject) {
            try WrittenFile(path: file, what: "the patch").tell(of: [recipe], engine, options)
        }
        try Attended.conclude(end, "keep a shell open in", subject, isWanted: session.cancellation.isCancelled)
    }

    private func patchPlace(_ session: Session) throws(BelljarError) -> ShellSeat.Patch? {
        guard let patch else { return nil }
        return .init(file: try session.places.absolute(patch), keptFolder: session.places.failedFolder())
    }

    private func requireTerminal() throws(BelljarError) {
        guard !options.json else {
            throw BelljarError(
                .usage, operation: "use", subject: "--json", answer: "standard output belongs to the shell",
                remedy: "leave it out; the exit code is the shell's")
        }
        guard !Attended.isThere else { return }
        throw BelljarError(
            .usage, operation: "open", subject: "a shell",
            answer: "standard \(Terminal.isTerminal(0) ? "output" : "input") is no terminal",
            remedy:
                "start it from a terminal; for a script: belljar run -t \(toolchain ?? "TOOLCHAIN") -- sh -c COMMANDS")
    }

    // MARK: Which build

    private enum Choice {
        case recipe(String)
        case record(RecordReference.Found)
    }

    private func choose(_ session: Session) throws(BelljarError) -> Choice {
        if failed { return .record(try lastFailure(session)) }
        guard let name else { return .recipe(try onlyRecipe(session)) }
        let reference = RecordReference(text: name, session: session)
        // A name that nothing has is more likely a recipe's than a record's.
        let isRecord = reference.isFile || reference.isDigits || name.hasPrefix("sha256:")
        guard isRecord, !reference.isRecipe else { return .recipe(name) }
        return .record(try reference.find())
    }

    private func onlyRecipe(_ session: Session) throws(BelljarError) -> String {
        let names = try session.recipes().names()
        if names.count == 1, let name = names.first { return name }
        throw BelljarError(
            .usage, operation: "open a shell in", subject: "the project",
            answer: names.isEmpty
                ? "it has no recipes" : "it has several recipes: " + names.prefix(20).joined(separator: ", "),
            remedy: names.isEmpty ? "belljar shell -t TOOLCHAIN" : "name one: belljar shell \(names[0])")
    }

    private func lastFailure(_ session: Session) throws(BelljarError) -> RecordReference.Found {
        let found: RecordReference.Found
        if let name {
            found = try RecordReference(text: name, session: session).first(succeeded: false) {
                $0.result.status != .ok
            }
        } else {
            found = try RecordReference(text: newestFailure(session).description, session: session).find()
        }
        let (status, subject) = (found.record.result.status, found.record.definition.name)
        if status == .ok {
            throw BelljarError(
                .usage, operation: "open a shell in", subject: subject,
                answer: "no record of a build of it that failed is in the store",
                remedy: "for the state before a step: belljar shell \(subject) --step STEP")
        }
        if status == .violation { throw Self.violation(found) }
        return found
    }

    /// PID 1 ends such a build at once, and everything with it.
    private static func violation(_ found: RecordReference.Found) -> BelljarError {
        let (steps, subject) = (found.record.definition.steps, found.record.definition.name)
        let step = min(found.record.observed.steps.count, max(steps.count, 1) - 1)
        let command = "belljar shell \(found.reference) --step"
        var remedy = "for a shell in place of the step: \(command) \(step + 1)"
        if step > 0, steps.indices.contains(step), steps[step].directory != "/build" {
            remedy +=
                "; if that is ended too, what is wrong is the step's directory \(steps[step].directory), and the step "
                + "before it shows that: \(command) \(step)"
        }
        return BelljarError(
            .usage, operation: "open a shell in", subject: subject,
            answer: "the sandbox ended that build at once (violation), and it would do so again", remedy: remedy)
    }

    /// Of a build of the project's; outside of a project, of any.
    private func newestFailure(_ session: Session) throws(BelljarError) -> Digest {
        let failures = try session.store().records().filter { $0.status != .ok && $0.rebuildOf == nil }
        let builds = try session.builds()
        let own = try builds.map { builds throws(BelljarError) in
            Set(try session.recipes().names().flatMap { builds.records(of: $0) })
        }
        let newest = failures.first { failure in
            guard let digest = failure.digest else { return false }
            return own?.contains(digest) ?? true
        }
        if let digest = newest?.digest { return digest }
        throw BelljarError(
            .usage, operation: "open a shell in", subject: "the last build that failed",
            answer: own == nil ? "the store has no record of one" : "the store has no record of one in this project",
            remedy: "belljar shell RECIPE; `belljar records` lists all records")
    }

    private func place(in record: BuildRecord) throws(BelljarError) -> ShellPlace {
        failed ? .afterFailure(begun: record.observed.steps.count) : .before(step: step)
    }

    // MARK: Words

    private static func announce(_ beginning: ShellBeginning, _ record: Digest?, _ options: GlobalOptions) {
        let style = TextStyle(options.color, descriptor: 2)
        for difference in beginning.differences {
            Console.complain(style.warning("note: ") + shown(difference) + "\n")
        }
        guard !options.quiet else { return }
        let step = "step \(shown(beginning.step)) (\(beginning.number) of \(beginning.count))"
        let place = beginning.ending.map { "after \(step): \(shown($0))" } ?? "in place of \(step)"
        let origin = record.map { " (record \($0.hex.prefix(12)))" } ?? ""
        Console.complain(
            "\(style.bold(shown(beginning.subject))): shell \(place)\(origin); exit or Ctrl-D leaves it\n")
    }

    private func open(in toolchain: String, _ session: Session) throws {
        let hostLimits = try session.hostLimits()
        let limits = hostLimits.clamped(.standard)
        let engine = try session.engine(jobs: 1)
        let states = ControlStates.standard
        let variables = BuildWorld.environment(
            adding: [:], epoch: RunCommand.epoch, limits: limits, controls: states)
        let end = try engine.shell(
            toolchain: toolchain, environment: variables, limits: limits,
            world: BuildWorld.world(states, epoch: RunCommand.epoch, limits: limits),
            ShellSeat(
                terminalType: Attended.terminalType, patch: try patchPlace(session),
                begins: { _ in
                    LiveProgress.stop()
                    guard !options.quiet else { return }
                    Console.complain(
                        TextStyle(options.color, descriptor: 2).bold(shown(toolchain))
                            + ": shell; exit or Ctrl-D leaves it\n")
                }, output: Attended.show))
        LiveProgress.stop()
        for note in end.notes { Console.complain(shown(note) + "\n") }
        try Attended.conclude(end, "keep a shell open in", toolchain, isWanted: session.cancellation.isCancelled)
    }
}
