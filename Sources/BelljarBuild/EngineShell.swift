internal import BelljarControls
internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
internal import BelljarPlan
internal import BelljarSandbox
internal import BelljarStore

/// Shells: somebody sits in the very sandbox of a step. Nothing of it is recorded or kept, and no result comes of it. What the
/// build takes in is fetched and built as for any build, before the shell is there.
extension Engine {
    /// A shell in the build of a recipe as it stands in the project.
    ///
    /// - Parameter recipes: it, behind all that it takes inputs from.
    package func shell(
        _ recipes: [Recipe], _ place: ShellPlace, _ seat: ShellSeat
    ) throws(BelljarError) -> ShellEnd {
        guard let recipe = recipes.last else {
            throw BelljarError(.internal, operation: "open a shell in", subject: "a recipe", answer: "there is none")
        }
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        try suitability.check(recipe.name, recipe.limits, recipe.requirements)
        let secrets = try settings.secrets.read(for: recipes)
        let inputs = try buildInputs(Array(recipes.dropLast()))
        let images = makeImages()
        var job = try makeResolver(images).job(recipe, inputs: inputs)
        job.secrets = secrets[recipe.name] ?? []
        return try makeShellRunner(images).run(job, place, seat, recorded: nil)
    }

    /// - Parameter recipes: all that a recipe takes in.
    private func buildInputs(_ recipes: [Recipe]) throws(BelljarError) -> [String: BuildOutcome] {
        guard !recipes.isEmpty else { return [:] }
        var settings = self.settings
        let names = Set(recipes.flatMap { $0.secrets.map(\.name) })
        settings.secrets = settings.secrets.filter { names.contains($0.key) }
        return try Engine(tools: tools, settings: settings, progress: progress, cancellation: cancellation)
            .build(recipes).outcomes()
    }

    /// A shell in the build that a record is of, made again from what the record says.
    ///
    /// - Parameter digest: the record's own.
    package func shell(
        _ record: BuildRecord, digest: Digest, _ place: ShellPlace, _ seat: ShellSeat
    ) throws(BelljarError) -> ShellEnd {
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        let images = makeImages()
        var job = try makeRebuilder(images).job(of: record, digest: digest)
        // Nobody compares anything with the record's result, so the image is not hashed anew.
        job.rebuildOf = nil
        return try makeShellRunner(images).run(job, place, seat, recorded: record)
    }

    /// The recipe's own local source that a file belongs to, as the recipe names it; nil if no build of it takes the file in.
    package func localSource(of recipe: Recipe, thatTakes file: String) throws(BelljarError) -> String? {
        let status = try hostCall("look at", file) { () throws(KernelError) in
            try Descriptor.workingDirectory.statusIfPresent(of: file)
        }
        guard let status else { return nil }
        for source in recipe.sources {
            guard case .local(let path) = source.kind else { continue }
            if try sources.local(source, path, of: recipe).takes(status) { return path }
        }
        return nil
    }

    private func makeShellRunner(_ images: ToolchainImages) -> ShellRunner {
        ShellRunner(
            store: tools.store, sandbox: tools.sandbox, images: images, sources: sources,
            memoryCeiling: settings.hostLimits.memoryCeiling, progress: progress, cancellation: cancellation)
    }
}

/// Runs the steps before a shell, and the shell.
struct ShellRunner {
    let store: Store
    let sandbox: Once<Sandbox>
    let images: ToolchainImages
    let sources: Sources
    let memoryCeiling: UInt64?
    let progress: any ProgressSink
    let cancellation: Cancellation

    /// - Parameter recorded: what the build was like, to compare with; nil if that is not known.
    func run(
        _ job: BuildJob, _ place: ShellPlace, _ seat: ShellSeat, recorded: BuildRecord?
    ) throws(BelljarError) -> ShellEnd {
        let commands = try ShellCommands(place, in: job.definition)
        let secrets = SecretGuard(job.secrets)
        do throws(BelljarError) {
            return try run(job, commands, seat, recorded, secrets)
        } catch { throw Self.words(of: secrets.scan.redacted(error), job) }
    }

    private func run(
        _ job: BuildJob, _ commands: ShellCommands, _ seat: ShellSeat, _ recorded: BuildRecord?, _ secrets: SecretGuard
    ) throws(BelljarError) -> ShellEnd {
        let staged = try Staging(store: store, images: images, sources: sources, keepsLedger: false, progress: progress)
            .stage(job)
        try SandboxExecutor.verify(try InputWatch(store: store, inputs: staged.inputs), job, progress)
        let steps = StepLog()
        // Never committed: it is only there because a log is written somewhere.
        let batch = try store.makeBatch()
        let log = try BuildLog(
            batch: batch, subject: job.subject, limit: job.definition.limits.logBytes, secrets: secrets,
            progress: SeveralSinks([progress, steps]))
        var request = staged.request
        request.memoryCeiling = memoryCeiling
        commands.lay(into: &request, terminalType: seat.terminalType)
        let comparison = commands.isAfter ? recorded.map { RecordedSteps($0, in: store) } : nil
        let patch = try seat.patch.map { patch throws(BelljarError) in
            try ShellPatch(
                patch, of: job.subject, in: store, scan: job.secrets.isEmpty ? nil : secrets.scan, progress: progress)
        }
        let beginning = Flag()
        let begins = seat.begins
        request.terminal = .init(command: commands.shell, followsFailure: commands.isAfter) { before, build in
            beginning.set()
            if let patch, !patch.begin(build) { return false }
            let differences = comparison?.differences(before, log: steps.lines) ?? []
            begins(commands.beginning(job, before, differences: differences))
            return true
        }
        let outcome = try sandbox().run(
            request, cancellation: cancellation,
            started: { index in
                if index == commands.shell { return log.finish() }
                log.begin(command: index)
                progress.report(job.beginning(of: index))
            },
            output: { stream, bytes in
                beginning.isSet ? seat.output(bytes) : log.append(stream, bytes)
            })
        guard beginning.isSet else {
            log.finish()
            throw failure(job, outcome.status, outcome.usages, outcome.violation, outcome.exceeded, log)
        }
        if let refusal = patch?.refusal { throw refusal }
        var end = ShellEnd(outcome)
        try patch?.finish(outcome.build, &end)
        return end
    }

    /// Of a step before the shell.
    private func failure(
        _ job: BuildJob, _ status: BuildStatus, _ usages: [Report.CommandUsage],
        _ violation: SandboxOutcome.Violation?, _ exceeded: ExceededLimit?, _ log: BuildLog
    ) -> BelljarError {
        let words = BuildFailure(job: job)
        var error = words.explained(
            words.error(status, usages: usages, violation: violation, exceeded: exceeded), usages.last?.exit,
            log: log.tail)
        let reached = violation?.command ?? max(usages.count, 1) - 1
        if status != .cancelled, job.definition.steps.indices.contains(reached) {
            error.remedy = "it is a step before the shell; for a shell in place of it: --step \(reached + 1)"
        }
        return error
    }

    /// Who has no shell is not told of a command that he did not give.
    private static func words(of error: BelljarError, _ job: BuildJob) -> BelljarError {
        ShellCommands.words(of: error, image: job.definition.toolchain.name)
    }
}

extension ShellCommands {
    /// - Parameter image: the name of the toolchain.
    static func words(of error: BelljarError, image: String) -> BelljarError {
        guard error.code == .usage, error.stage == Stage.commandExecute.name, error.subject == argv[0] else {
            return error
        }
        return BelljarError(
            .usage, operation: "open a shell in", subject: image, stage: error.stage,
            answer: "the toolchain has no \(argv[0])",
            remedy: "add one to it (Debian: the packages dash and bash), or run a program that it has: "
                + "belljar run -t \(image) -- PROGRAM")
    }
}
