internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

/// Rebuilds from a record alone: what it misses is fetched or built from what the record says, the recorded action is
/// executed, and no action cache is asked.
struct Rebuilder {
    let store: Store
    let resolver: Resolver
    /// Executes and records.
    let executor: any Executor
    let suitability: Suitability
    /// How inputs are looked at again: a recipe's wish, which a record does not know.
    let recheck: Recheck
    /// Where secrets are, by their names.
    let secrets: [String: SecretOrigin]
    let progress: any ProgressSink
    let cancellation: Cancellation

    func rebuild(_ record: BuildRecord, digest: Digest) throws(BelljarError) -> Verdict {
        let begin = Host.monotonicNanoseconds()
        guard record.result.status == .ok else {
            throw BelljarError(
                .usage, operation: "rebuild", subject: "\(digest)",
                answer:
                    "the recorded build failed (\(record.result.status.rawValue)), so there are no outputs to compare with",
                remedy: "rebuild the record of a build that succeeded")
        }
        try secrets.refuseUnknown(to: record)
        var verdict = Verdict(kind: .inconclusive, original: digest)
        do throws(BelljarError) {
            try checkTree(record.result)
            let outcome = try execute(
                record.keyed, of: Recorded(record: record, digest: digest), inputs: &verdict.inputs)
            try verdict.take(outcome, against: record)
            verdict.reason = verdict.reason.map(Self.recorded)
        } catch {
            // Being told to stop is no verdict.
            if error.code == .cancelled { throw error }
            verdict.reason = error
        }
        verdict.milliseconds = (Host.monotonicNanoseconds() - begin) / 1_000_000
        return verdict
    }

    /// The failure of a build whose limits nobody can change, because they are the record's.
    private static func recorded(_ failure: BelljarError) -> BelljarError {
        guard let exceeded = failure.exceeded else { return failure }
        var error = failure
        error.remedy = failure.remedy?.replacing(exceeded.remedy, with: exceeded.recordedRemedy)
        return error
    }

    /// Where the recorded tree is here, it is looked at whether it has the recorded outputs: against another one no build could be
    /// held.
    private func checkTree(_ result: BuildRecord.BuildResult) throws(BelljarError) {
        guard let tree = result.tree, try store.contains(tree.digest), try store.holds(tree) else { return }
        guard let difference = try result.difference(fromTreeIn: store) else { return }
        throw BelljarError(
            .integrity, operation: "compare", subject: "outputs of the record", answer: difference,
            remedy: RecordDecoder.remedy)
    }

    /// Inputs of inputs: as many as recipes may have within each other.
    private static let mostDeep = 256

    /// What is rebuilt.
    private struct Recorded {
        let record: BuildRecord
        let digest: Digest

        var closure: BuildRecord.Closure { record.closure }
        /// What can be done where this belljar does not make what the record names.
        var remedy: String {
            let maker = record.observed.runnerVersion
            return BuildRecord.remedyIfOwn(madeBy: maker) ?? "use belljar \(maker), which made the record"
        }
    }

    /// What a record defines, ready to be executed, without executing it. Its inputs are built where they are missing.
    func job(of record: BuildRecord, digest: Digest) throws(BelljarError) -> BuildJob {
        var inputs: [String: String] = [:]
        return try job(record.keyed, of: Recorded(record: record, digest: digest), inputs: &inputs, depth: 0)
    }

    /// Executes a recorded definition.
    ///
    /// - Parameters:
    ///   - recorded: the record that the definition is in.
    ///   - inputs: is told for each input where it came from.
    private func execute(
        _ keyed: BuildRecord.KeyedDefinition, of recorded: Recorded, inputs: inout [String: String], depth: Int = 0
    ) throws(BelljarError) -> BuildOutcome {
        try executor.execute(try job(keyed, of: recorded, inputs: &inputs, depth: depth))
    }

    private func job(
        _ keyed: BuildRecord.KeyedDefinition, of recorded: Recorded, inputs: inout [String: String], depth: Int
    ) throws(BelljarError) -> BuildJob {
        let definition = keyed.definition
        guard depth <= Self.mostDeep else {
            throw BelljarError(
                .usage, operation: "rebuild", subject: definition.name,
                answer: "its inputs, their inputs and so on go deeper than \(Self.mostDeep) definitions",
                remedy: "rebuild its inputs one by one, each from its own record")
        }
        try cancellation.check("rebuild", definition.name)
        // Before anything is fetched or built for it.
        try checkWorld(definition, recorded)
        let values = try secrets.read(for: definition)
        var listed = definition.inputs.isEmpty ? [:] : try recordsOfSuccess()
        for input in definition.inputs {
            let origin = try obtain(input, of: definition, in: recorded, listed: listed, depth: depth)
            inputs[input.name] = origin
            // It, and perhaps others on the way, has a record now.
            if origin == Self.rebuilt { listed = try recordsOfSuccess() }
        }
        try suitability.check(
            definition.name, definition.limits, definition.requirements, isRecorded: true)
        try resolver.sources.obtain(definition.sources)
        try obtainImage(definition.toolchain, recorded)
        var job = try resolver.job(
            keyed, closure: recorded.closure.reached(from: definition), otherwise: recorded.remedy)
        job.recheck = recheck
        job.rebuildOf = recorded.digest
        job.secrets = values
        return job
    }

    /// A record of a world that this version cannot make is not one to execute in another.
    private func checkWorld(_ definition: BuildRecord.Definition, _ recorded: Recorded) throws(BelljarError) {
        let remedy = recorded.remedy
        let world = BuildWorld.worldVersion(definition)
        guard world == "\(World.version)" else {
            throw BelljarError(
                .usage, operation: "rebuild", subject: definition.name,
                answer: "it was built in world \(world), and this belljar makes world \(World.version)", remedy: remedy)
        }
        guard let difference = Self.sandboxDifference(definition) else { return }
        throw BelljarError(
            .usage, operation: "rebuild", subject: definition.name,
            answer: "it was built in another kind of sandbox than this belljar makes: \(difference)", remedy: remedy)
    }

    /// The first thing that a definition says of its sandbox and that is otherwise in all that this version makes, in words.
    private static func sandboxDifference(_ definition: BuildRecord.Definition) -> String? {
        let recorded = definition.sandbox
        let known = IsolationProfile.allCases.map(BuildWorld.sandbox)
        guard let own = known.first(where: { $0.profile == recorded.profile }) else {
            let names = known.map { quoted($0.profile) }.joined(separator: " and ")
            return "sandbox.profile is \(quoted(recorded.profile)), and this belljar has \(names)"
        }
        let constants = BuildWorld.constants(definition.controls, keepsLinks: BuildWorld.keepsLinks(definition))
        let names = Set(constants.keys).union(definition.constants.keys).sorted()
        let members: [(name: String, recorded: String?, own: String?)] =
            [
                ("sandbox.baseline", recorded.baseline, own.baseline),
                ("sandbox.network", recorded.network, own.network),
            ] + names.map { ("controls.\($0)", definition.constants[$0], constants[$0]) }
        guard let member = members.first(where: { $0.recorded != $0.own }) else {
            // A member of the profile that is not compared above must not count as equal.
            return recorded == own ? addedDifference(definition) : "sandbox is not the same"
        }
        return "\(member.name) is \(member.recorded.map(quoted) ?? "missing"), and this belljar has "
            + (member.own.map(quoted) ?? "none")
    }

    /// The same of what belljar adds to a recipe by itself.
    private static func addedDifference(_ definition: BuildRecord.Definition) -> String? {
        let own = BuildWorld.fixedEnvironment(
            epoch: definition.epoch, cpus: definition.limits.cpus, controls: definition.controls)
        let reserved = definition.environment.keys.filter { NameRule.variable.mistake(in: $0) != nil }
        for name in Set(reserved + BuildEnvironment.fixedNames).sorted() where definition.environment[name] != own[name]
        {
            return
                "environment.\(name) is \(definition.environment[name].map(quoted) ?? "missing"), and this belljar sets "
                + (own[name].map(quoted) ?? "none")
        }
        guard let patching = Sources.patchStep(definition.sources), definition.steps.first != patching else {
            return nil
        }
        return "the first step does not apply the patches as this belljar does"
    }

    private func obtainImage(
        _ toolchain: BuildRecord.Toolchain, _ recorded: Recorded
    ) throws(BelljarError) {
        guard let text = recorded.closure.locks[toolchain.lock] else {
            throw BelljarError(
                .integrity, operation: "rebuild", subject: toolchain.name, answer: "the record does not hold its lock",
                remedy: RecordDecoder.remedy)
        }
        // Before an image is made for it, which takes minutes.
        try Self.check(toolchain, against: text)
        _ = try resolver.images.image(toolchain, lockText: text, recordedBy: recorded.remedy)
    }

    /// A lock says what its toolchain is called, and which image it gives.
    private static func check(_ toolchain: BuildRecord.Toolchain, against text: String) throws(BelljarError) {
        // What is wrong with the lock itself is told where it is used.
        guard let lock = try? ToolchainDecoder.lock(Array(text.utf8), file: toolchain.name) else { return }
        guard lock.name != toolchain.name || lock.image != toolchain.image else { return }
        throw BelljarError(
            .integrity, operation: "rebuild", subject: toolchain.name,
            answer: lock.name == toolchain.name
                ? "its lock in the record gives another image: " + toolchain.image.words(against: lock.image)
                : "its lock in the record is that of \(lock.name)",
            remedy: RecordDecoder.remedy)
    }

    /// An input from the store, or made by the definition that made it.
    ///
    /// That a tree is in the store does not say what made it: a record that was edited could name any definition for it. So it is
    /// taken only where a record of this store says the same.
    private func obtain(
        _ input: BuildRecord.Input, of definition: BuildRecord.Definition, in recorded: Recorded,
        listed: [Digest: [RecordEntry]], depth: Int
    ) throws(BelljarError) -> String {
        guard let made = recorded.closure.definitions[input.definition] else {
            throw BelljarError(
                .integrity, operation: "rebuild", subject: definition.name,
                answer: "the record does not hold the definition of its input \(input.name)",
                remedy: RecordDecoder.remedy)
        }
        if try store.holds(input.tree), try isMade(input, by: listed[input.definition] ?? []) { return "store" }
        var inner: [String: String] = [:]
        let outcome = try execute(made, of: recorded, inputs: &inner, depth: depth + 1)
        if let failure = outcome.failure { throw failure }
        guard outcome.record.result.tree == input.tree else {
            // No verdict: what was recorded of the outputs says nothing of a build with another input.
            throw BelljarError(
                .integrity, operation: "rebuild input", subject: input.name,
                answer: outcome.record.result.tree.map { input.tree.words(against: $0) }
                    ?? "expected \(input.tree), found nothing",
                remedy:
                    "\(input.name) does not come out the same again: rebuild its own record to see which files differ, "
                    + "or use a store that still has the tree and the record of its build")
        }
        return Self.rebuilt
    }

    private static let rebuilt = "rebuilt"

    /// What the store lists of builds that succeeded, by their definitions.
    private func recordsOfSuccess() throws(BelljarError) -> [Digest: [RecordEntry]] {
        Dictionary(grouping: try store.records().filter { $0.status == .ok }, by: \.definition)
    }

    /// Whether a build that this store has a record of made the tree from the definition.
    ///
    /// - Parameter records: those of the definition.
    private func isMade(_ input: BuildRecord.Input, by records: [RecordEntry]) throws(BelljarError) -> Bool {
        for entry in records {
            // As for the action cache, what cannot be read is no answer.
            guard let digest = entry.digest, entry.roots.contains(input.tree),
                let bytes = try? store.read(digest, limit: BuildRecord.sizeLimit),
                let record = try? RecordDecoder.decode(bytes)
            else { continue }
            if record.keyed.digest == input.definition, record.result.tree == input.tree { return true }
        }
        return false
    }
}

extension BuildRecord.Closure {
    /// The part of a closure that one definition needs.
    func reached(from definition: BuildRecord.Definition) -> BuildRecord.Closure {
        var part = BuildRecord.Closure()
        var queue = [definition]
        while let next = queue.popLast() {
            part.locks[next.toolchain.lock] = locks[next.toolchain.lock]
            for input in next.inputs where part.definitions[input.definition] == nil {
                guard let made = definitions[input.definition] else { continue }
                part.definitions[input.definition] = made
                queue.append(made.definition)
            }
        }
        return part
    }
}
