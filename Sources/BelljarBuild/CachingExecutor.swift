internal import BelljarModel
internal import BelljarStore

/// Answers with the record of an equal action that succeeded before.
struct CachingExecutor: Executor {
    let store: Store
    let inner: any Executor

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        let action = job.definition.action
        guard let digest = try store.cachedRecord(action: action) else { return try inner.execute(job) }
        let record = try RecordDecoder.decode(try store.read(digest, limit: BuildRecord.sizeLimit))
        guard record.result.status == .ok, record.definition.action == action else {
            return try inner.execute(job)
        }
        return BuildOutcome(record: record, digest: digest, isCached: true)
    }
}
