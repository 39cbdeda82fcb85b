internal import BelljarModel
internal import BelljarStore

/// Answers with the record of an equal action that succeeded before, and whose inputs were looked at again as well as
/// is wanted now.
struct CachingExecutor: Executor {
    let store: Store
    /// Whether only a record with a ledger is an answer.
    let wantsLedger: Bool
    let inner: any Executor

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        let action = job.keyed.action
        guard job.definition.isCacheable, let digest = try store.cachedRecord(action: action) else {
            return try inner.execute(job)
        }
        let bytes = try store.read(digest, limit: BuildRecord.sizeLimit)
        // What is no record of this format is no answer.
        guard let record = try? RecordDecoder.decode(bytes), record.result.status == .ok,
            record.action == action,
            !wantsLedger || record.observed.ledger != nil, job.recheck <= record.observed.recheck.kind
        else {
            return try inner.execute(job)
        }
        return BuildOutcome(record: record, digest: digest, isCached: true)
    }
}
