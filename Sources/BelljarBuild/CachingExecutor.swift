internal import BelljarModel
internal import BelljarStore

/// Answers with the record of an equal action that succeeded before, and whose inputs were looked at again as well as
/// is wanted now.
struct CachingExecutor: Executor {
    let store: Store
    /// Whether only a record with a ledger is an answer.
    let wantsLedger: Bool
    /// The same of a trace.
    var wantsTrace = false
    var progress: any ProgressSink = SilentProgress()
    let inner: any Executor

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        guard let found = try find(job), let digest = found.digest else { return try inner.execute(job) }
        if try !store.lists(digest) {
            let bytes = try store.read(digest, limit: BuildRecord.sizeLimit)
            guard try list(found.record, digest, bytes, job.materials) else { return try inner.execute(job) }
        }
        return found
    }

    /// What there is, as it is: nothing is mended of it.
    func find(_ job: BuildJob) throws(BelljarError) -> BuildOutcome? {
        let action = job.keyed.action
        guard job.definition.isCacheable, let digest = try store.cachedRecord(action: action) else { return nil }
        let bytes = try store.read(digest, limit: BuildRecord.sizeLimit)
        // What is no record of this format is no answer.
        guard let record = try? RecordDecoder.decode(bytes), record.result.status == .ok,
            record.action == action,
            !wantsLedger || record.observed.ledger != nil, !wantsTrace || record.observed.trace != nil,
            job.recheck <= record.observed.recheck.kind
        else { return nil }
        return BuildOutcome(record: record, digest: digest, isCached: true)
    }

    /// Lists a record again that is there and not listed any more, so that the next collection of garbage does not take it.
    /// Whoever is given an answer must find its record later.
    ///
    /// - Returns: false if something that it names is gone, so that it is no answer.
    private func list(
        _ record: BuildRecord, _ digest: Digest, _ bytes: [UInt8], _ materials: Materials
    ) throws(BelljarError) -> Bool {
        let name = "record \(digest.hex.prefix(12)) of \(record.definition.name)"
        // When it was kept is lost; when the build was over is nearly the same.
        let over = record.observed.started.addingReportingOverflow(record.observed.milliseconds / 1000).partialValue
        let entry = RecordEntry(of: record, materials, created: over)
        guard try isWhole(entry) else {
            progress.report(
                .notice("\(name) was not listed any more, and not all that it names is there: building again"))
            return false
        }
        try store.listAgain(entry, bytes: bytes)
        progress.report(.notice("\(name) was not listed any more; it is again"))
        return true
    }

    /// Whether all that a record keeps is in the store.
    private func isWhole(_ entry: RecordEntry) throws(BelljarError) -> Bool {
        for blob in entry.blobs where try !store.contains(blob) { return false }
        for tree in entry.roots where try !store.holds(tree) { return false }
        return true
    }
}
