package import BelljarModel
internal import BelljarStore

/// Why a recipe is built again: what is otherwise than when this project built it last.
package struct BuildExplanation: Sendable {
    /// A record of this project's recipe.
    package struct Earlier: Sendable {
        package var digest: Digest
        package var status: BuildStatus
        /// Seconds since 1970.
        package var started: UInt64

        package init(digest: Digest, of record: BuildRecord) {
            (self.digest, status, started) = (digest, record.result.status, record.observed.started)
        }
    }

    /// Nil if this project never built it, or the store has no such record any more.
    package var earlier: Earlier?
    package var changes: [DefinitionChange] = []
    /// What that record does not have and is asked for, in words, though its definition is the same.
    package var lacks: [String] = []
    /// Inputs that nobody knows the outputs of before they are built.
    package var unknownInputs: [String] = []
}

extension Engine {
    /// What is between two records' definitions.
    package func changes(from old: BuildRecord, to new: BuildRecord) throws(BelljarError) -> [DefinitionChange] {
        try DefinitionComparison.changes(
            from: .init(definition: old.definition, closure: old.closure),
            to: .init(definition: new.definition, closure: new.closure), store: tools.store)
    }

    /// What a job has otherwise than this project's last build of its recipe; nil if there was none.
    func explain(_ job: BuildJob) throws(BelljarError) -> BuildExplanation? {
        guard let last = try last(of: job.definition.name), let digest = last.digest else { return nil }
        return BuildExplanation(
            earlier: .init(digest: digest, of: last.record),
            changes: try DefinitionComparison.changes(
                from: .init(definition: last.record.definition, closure: last.record.closure),
                to: .init(definition: job.definition, closure: job.closure), store: tools.store),
            lacks: lacks(last.record, job.recheck))
    }

    private func lacks(_ record: BuildRecord, _ recheck: Recheck) -> [String] {
        let found = record.observed
        var lacks = settings.reusesRecords ? [] : ["no record is to answer (--no-cache)"]
        if !record.definition.isCacheable { lacks.append("no record answers for a build with secrets") }
        if settings.keepsLedger, found.ledger == nil { lacks.append("a ledger is asked for, and that build kept none") }
        if settings.keepsTrace, found.trace == nil { lacks.append("a trace is asked for, and that build kept none") }
        if recheck > found.recheck.kind {
            lacks.append("recheck: \(recheck.rawValue) is asked for, and that build had \(found.recheck.kind.rawValue)")
        }
        return lacks
    }

    func explain(
        _ recipe: Recipe, _ choice: ToolchainImages.Choice, _ foreseen: Sources.Foreseen,
        inputs: [String: BuildOutcome], _ resolver: Resolver
    ) throws(BelljarError) -> BuildExplanation {
        guard let last = try last(of: recipe.name), let digest = last.digest else { return BuildExplanation() }
        let record = last.record
        var explanation = BuildExplanation(
            earlier: .init(digest: digest, of: record), lacks: lacks(record, settings.recheck ?? recipe.recheck))
        // Of what is built first, the outputs of before stand for those that will be.
        var (known, recipe) = (inputs, recipe)
        for name in recipe.inputs where known[name] == nil {
            if let outcome = try self.last(of: name), outcome.record.result.status == .ok {
                known[name] = outcome
            } else {
                explanation.unknownInputs.append(name)
            }
        }
        var old = record.definition
        recipe.inputs.removeAll(where: explanation.unknownInputs.contains)
        old.inputs.removeAll { explanation.unknownInputs.contains($0.name) }
        for (source, found) in zip(recipe.sources, foreseen.sources) where found == nil {
            let (before, words) = Self.unseen(source, among: old.sources)
            if let before { old.sources.remove(at: before) }
            explanation.changes += words
        }
        let new = try resolver.definition(
            recipe, choice, foreseen.sources.compactMap { $0 }, inputs: known,
            // That of a source which is to be fetched is not known.
            epoch: (try? sources.epoch(of: recipe)) ?? old.epoch)
        explanation.changes += try DefinitionComparison.changes(
            from: .init(definition: old, closure: record.closure),
            to: .init(definition: new.definition, closure: new.closure), store: tools.store)
        return explanation
    }

    /// What can be said of a source that is not in the store, and where the one is that it stands in place of.
    private static func unseen(
        _ source: RecipeSource, among old: [BuildRecord.Source]
    ) -> (index: Int?, changes: [DefinitionChange]) {
        let kind = source.kind.naming(\.address)
        let index = old.firstIndex { $0.kind.name == kind.name && $0.into == source.into }
        let (before, address) = (index.map { old[$0].kind }, quoted(kind.address))
        guard before != kind else { return (index, []) }
        let words = before.map { " instead of \(quoted($0.address))" } ?? ""
        return (
            index,
            [
                .init(
                    part: .source, subject: kind.address,
                    words: "source \(address)\(words): it is not in the store, and is fetched first")
            ]
        )
    }

    /// What this project's last build of a recipe led to, if the store still has it.
    private func last(of recipe: String) throws(BelljarError) -> BuildOutcome? {
        for digest in tools.builds?.records(of: recipe) ?? [] where try tools.store.contains(digest) {
            let bytes = try tools.store.read(digest, limit: BuildRecord.sizeLimit)
            // What an older version wrote, or is damaged, is no answer.
            guard let record = try? RecordDecoder.decode(bytes) else { continue }
            return BuildOutcome(record: record, digest: digest)
        }
        return nil
    }
}

/// Says why, before anything is executed.
struct ExplainingExecutor: Executor {
    let explain: @Sendable (BuildJob) throws(BelljarError) -> BuildExplanation?
    let progress: any ProgressSink
    let inner: any Executor

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        progress.report(.notice("\(job.definition.name) is built: \(try words(job))"))
        return try inner.execute(job)
    }

    private func words(_ job: BuildJob) throws(BelljarError) -> String {
        guard let found = try explain(job), let earlier = found.earlier else {
            return "this project has no earlier build of it"
        }
        let reasons = found.changes.filter(\.decides).map(\.words)
        if !reasons.isEmpty { return reasons.joined(separator: "; ") }
        if earlier.status != .ok { return "the build of before failed, and nothing has changed" }
        return found.lacks.isEmpty
            ? "nothing has changed, but the record of before is no answer" : found.lacks.joined(separator: "; ")
    }
}
