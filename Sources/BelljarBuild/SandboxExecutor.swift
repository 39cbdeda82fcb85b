internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan
internal import BelljarSandbox
internal import BelljarStore

/// Runs a build for real: stages it, runs its steps in the sandbox, and collects what it left.
struct SandboxExecutor: Executor {
    let store: Store
    let sandbox: Once<Sandbox>
    let images: ToolchainImages
    let sources: Sources
    let runnerVersion: String
    /// Where failed builds are kept; nil to keep none.
    let failedFolder: String?
    /// Whether to have written down who consulted what.
    let keepsLedger: Bool
    /// Whether to have written down which processes there were, and what they read and wrote.
    let keepsTrace: Bool
    /// Memory in bytes for builds without a limit of their own; nil for as much as there is.
    let memoryCeiling: UInt64?
    let progress: any ProgressSink
    let cancellation: Cancellation

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        let secrets = SecretGuard(job.secrets)
        // Errors quote paths of the build, also those that are the host's and not its own.
        do throws(BelljarError) { return try execute(job, secrets) } catch { throw secrets.scan.redacted(error) }
    }

    private func execute(_ job: BuildJob, _ secrets: SecretGuard) throws(BelljarError) -> BuildOutcome {
        let started = Host.realSeconds()
        let begin = Host.monotonicNanoseconds()
        let staged = try Staging(
            store: store, images: images, sources: sources, keepsLedger: keepsLedger, keepsTrace: keepsTrace,
            progress: progress
        ).stage(job)
        var request = staged.request
        request.memoryCeiling = memoryCeiling
        let inputs = try InputWatch(store: store, inputs: staged.inputs)
        try Self.verify(inputs, job, progress)
        let batch = try store.makeBatch()
        let log = try BuildLog(
            batch: batch, subject: job.subject, limit: job.definition.limits.logBytes, secrets: secrets,
            progress: progress)
        let notes = BuildNotes(
            ledger: keepsLedger ? try BuildLedger(batch: batch, secrets: secrets) : nil,
            trace: keepsTrace ? try BuildLedger(batch: batch, secrets: secrets) : nil)
        try job.running?.begin(job.definition, log: log.path)
        var outcome = try run(request, job, log, notes)
        log.finish()
        let out = outcome.out.take()
        let build = outcome.build.take()
        let observation = Observation(
            usages: outcome.usages, enforcement: outcome.enforcement, logTruncated: outcome.logTruncated,
            ledgerTruncated: outcome.ledgerTruncated, traceTruncated: outcome.traceTruncated,
            violation: outcome.violation, exceeded: outcome.exceeded,
            refusedOwner: outcome.refusedOwner, awaitedClock: outcome.awaitedClock)
        if outcome.logTruncated { log.markEnd(limit: job.definition.limits.logBytes) }
        let recheck = try recheck(inputs, job, outcome.status)
        if outcome.status == .ok {
            try secrets.check(job.definition, log: log, notes: notes, out: out)
        } else {
            try secrets.check(job.definition, log: log, notes: notes, out: nil)
        }
        let ending = try conclude(job, outcome.status, observation, out, batch)
        var failure = ending.failure.map { secrets.scan.redacted($0) }
        var record = BuildRecord(
            keyed: job.keyed, result: ending.result,
            observed: BuildRecord.Observed(
                runnerVersion: runnerVersion, kernel: try HostFacts.kernel(), cpu: HostFacts.cpu(),
                enforcement: observation.enforcement.merging(Self.heldHere) { theirs, _ in theirs },
                openChannels: BuildWorld.openChannels(
                    job.definition.controls, profile: request.profile,
                    isInherited: observation.enforcement["inherited"] != nil),
                started: started,
                milliseconds: (Host.monotonicNanoseconds() - begin) / 1_000_000,
                steps: observation.steps(job.definition, offsets: log.offsets), log: try log.commit(),
                logTruncated: observation.logTruncated, ledger: try notes.ledger?.commit(),
                ledgerTruncated: observation.ledgerTruncated, trace: try notes.trace?.commit(),
                traceTruncated: observation.traceTruncated, recheck: recheck,
                exceeded: failure?.exceeded, notFetched: sources.notFetched(job.definition.sources),
                worktrees: job.worktrees),
            closure: job.closure)
        if failure == nil, let refusal = try record.written().refusal {
            record.result = .init(status: .resourceExceeded, outputs: [], tree: nil)
            failure = refusal
        }
        if failure != nil {
            let exit = observation.usages.last?.exit
            failure = failure.map { BuildFailure(job: job).explained($0, exit, log: log.tail) }
            if let failedFolder {
                failure?.details += KeptBuild(folder: failedFolder, name: job.subject, scan: secrets.scan)
                    .kept(build: build, out: out)
            }
        }
        return BuildOutcome(record: record, failure: failure, batch: batch)
    }

    /// Runs the steps.
    ///
    /// - Throws: for a step that cannot be started, with its name and the recipe's.
    private func run(
        _ request: SandboxRequest, _ job: BuildJob, _ log: BuildLog, _ notes: BuildNotes
    ) throws(BelljarError) -> SandboxOutcome {
        let steps = job.definition.steps
        var last: Int?
        do throws(BelljarError) {
            return try sandbox().run(
                request, cancellation: cancellation,
                started: { index in
                    last = index
                    log.begin(command: index)
                    progress.report(job.beginning(of: index))
                },
                note: notes.append, output: { stream, bytes in log.append(stream, bytes) })
        } catch {
            guard let last else { throw error }
            throw BuildFailure(job: job).unstarted(steps[last], error)
        }
    }

    /// Hashes what a build is going to see, where it will see it: sources, patches and inputs. Before a rebuild also the image,
    /// because a verdict about anything else would be none; before a build that would take longer than most builds do. What
    /// is written there from now on is found afterwards.
    ///
    /// - Throws: `integrity` naming the first that is damaged.
    static func verify(
        _ inputs: InputWatch, _ job: BuildJob, _ progress: any ProgressSink
    ) throws(BelljarError) {
        let isRebuild = job.rebuildOf != nil
        progress.report(.phase(subject: job.subject, name: "verify"))
        let found = try inputs.look(.full, remembering: true, sparing: !isRebuild)
        guard let difference = found.difference else { return }
        throw BelljarError(
            .integrity, operation: isRebuild ? "rebuild" : "build",
            subject: "\(job.definition.name) \(job.definition.version)", stage: "verify",
            answer: "\(difference.path) is damaged in the store: \(difference.answer)",
            remedy: "run `belljar store fsck --repair` and try again; what is damaged is then fetched or built again",
            details: ["nothing was executed"])
    }

    /// Looks again at what the build could see, as far as it is wanted.
    ///
    /// - Throws: `refused` if something was changed: such a build says nothing about its definition, so nothing of it
    ///   is kept.
    private func recheck(
        _ inputs: InputWatch, _ job: BuildJob, _ status: BuildStatus
    ) throws(BelljarError) -> BuildRecord.RecheckFacts {
        guard status != .cancelled else { return .init(kind: .none) }
        progress.report(.phase(subject: job.subject, name: "recheck"))
        let begin = Host.monotonicNanoseconds()
        let found = try inputs.look(job.recheck)
        if let difference = found.difference {
            throw BelljarError(
                .refused, operation: "build", subject: "\(job.definition.name) \(job.definition.version)",
                stage: "recheck",
                answer: "violation: the input \(difference.path) was changed: \(difference.answer)",
                remedy: "find out who writes to the store, run `belljar store fsck --repair`, and build again",
                details: ["nothing was recorded"])
        }
        return .init(
            kind: job.recheck, entries: found.entries, hashed: found.hashed,
            milliseconds: (Host.monotonicNanoseconds() - begin) / 1_000_000)
    }

    /// The limits that belljar itself holds.
    private static let heldHere = ["log": "runner", "output-files": "runner", "output-size": "runner"]

    private struct Ending {
        var result: BuildRecord.BuildResult
        var failure: BelljarError?
    }

    private func conclude(
        _ job: BuildJob, _ status: BuildStatus, _ observation: Observation, _ out: borrowing Descriptor?,
        _ batch: Batch
    ) throws(BelljarError) -> Ending {
        guard status == .ok else {
            return Ending(
                result: .init(status: status, outputs: [], tree: nil),
                failure: BuildFailure(job: job).error(
                    status, usages: observation.usages, violation: observation.violation,
                    exceeded: observation.exceeded, refusedOwner: observation.refusedOwner,
                    awaitedClock: observation.awaitedClock))
        }
        progress.report(.phase(subject: job.subject, name: "collect"))
        do throws(BelljarError) {
            let outputs = try collect(job, out, batch)
            return Ending(result: .init(status: .ok, outputs: outputs.listed, tree: outputs.tree))
        } catch {
            // Only what the build did is a failed build; a full disk of ours is not.
            let status: BuildStatus
            switch error.code {
            case .buildFailed: status = .buildFailed
            case .resourceExceeded: status = .resourceExceeded
            default: throw error
            }
            return Ending(result: .init(status: status, outputs: [], tree: nil), failure: error)
        }
    }

    /// Takes in `/out`, after every process of the build is dead.
    private func collect(
        _ job: BuildJob, _ out: borrowing Descriptor?, _ batch: Batch
    ) throws(BelljarError) -> Outputs {
        let outputs: Outputs
        switch out {
        case .some(let directory):
            do throws(BelljarError) {
                outputs = try Outputs(
                    collecting: directory, limits: job.definition.limits,
                    keepsLinks: BuildWorld.keepsLinks(job.definition), into: batch)
            } catch {
                throw BuildFailure(job: job).refusedOutput(error)
            }
        case .none:
            throw BelljarError(
                .internal, operation: "collect outputs of", subject: job.subject,
                answer: "the sandbox did not hand over /out")
        }
        let missing = outputs.missing(job.definition.outputs)
        guard missing.isEmpty else {
            throw BuildFailure(job: job).missingOutputs(missing, present: outputs.listed.map(\.path))
        }
        return outputs
    }
}

/// What the sandbox saw of a run.
private struct Observation {
    var usages: [Report.CommandUsage]
    var enforcement: [String: String]
    var logTruncated: Bool
    var ledgerTruncated: Bool
    var traceTruncated: Bool
    var violation: SandboxOutcome.Violation?
    var exceeded: ExceededLimit?
    var refusedOwner: Bool
    var awaitedClock: Bool

    func steps(_ definition: BuildRecord.Definition, offsets: [Int: UInt64]) -> [BuildRecord.StepUsage] {
        usages.enumerated().map { index, usage in
            .init(
                name: definition.steps[index].name, milliseconds: usage.milliseconds, peakBytes: usage.peakBytes,
                logOffset: offsets[index] ?? 0)
        }
    }
}
