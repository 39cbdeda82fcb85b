internal import BelljarModel
internal import BelljarStore

/// Answers with the record of an equal action that succeeded before. Failures are never remembered: they may be the
/// host's fault.
struct CachingExecutor: Executor {
    let store: Store
    /// False to execute anyway; what comes of it is remembered all the same.
    let reads: Bool
    let inner: any Executor

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        if reads, let hit = try lookUp(job.definition.action) { return hit }
        let outcome = try inner.execute(job)
        if outcome.record.result.status == .ok, let digest = outcome.digest {
            try store.setCachedRecord(action: job.definition.action, record: digest)
        }
        return outcome
    }

    private func lookUp(_ action: Digest) throws(BelljarError) -> BuildOutcome? {
        guard let digest = try store.cachedRecord(action: action), try store.contains(digest) else { return nil }
        let record = try RecordDecoder.decode(try store.read(digest, limit: BuildRecord.sizeLimit))
        guard record.result.status == .ok, record.definition.action == action else { return nil }
        return BuildOutcome(record: record, digest: digest, isCached: true)
    }
}
