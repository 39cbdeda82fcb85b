internal import BelljarModel
internal import BelljarStore

/// Keeps the record of every build that ran, durably or not at all: successes and failures alike, so that a failed
/// build's log can be read later.
struct RecordingExecutor: Executor {
    let store: Store
    let inner: any Executor

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        var outcome = try inner.execute(job)
        // What was cut short says nothing about the recipe.
        if outcome.record.result.status == .cancelled { return outcome }
        let record = outcome.record
        var roots = job.materials.trees
        if let tree = record.result.tree { roots.append(tree) }
        let entry = RecordEntry(
            name: record.definition.name, version: record.definition.version, status: record.result.status,
            created: record.observed.started, definition: try record.definition.definitionDigest(), roots: roots,
            blobs: job.materials.blobs + [record.observed.log])
        let digest = try store.addRecord(entry, bytes: try record.canonicalBytes())
        outcome.digest = digest
        outcome.failure?.remedy = "belljar log \(digest.hex.prefix(12)) shows the whole log"
        return outcome
    }
}
