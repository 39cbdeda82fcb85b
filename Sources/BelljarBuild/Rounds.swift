internal import BelljarModel
internal import BelljarStore

/// Further builds of a job on a host that varies, each held against the record of the first: what `check` and `build --check`
/// have in common.
struct Rounds {
    let store: Store
    /// Executes and records, and remembers nothing.
    let executor: any Executor
    let progress: any ProgressSink

    /// What one more build shows.
    ///
    /// - Parameters:
    ///   - job: as it was built in the first place, read again or not.
    ///   - record: the first build's.
    ///   - host: what is otherwise than then.
    func round(
        _ job: BuildJob, against record: BuildRecord, _ original: Digest, on host: VariedHost
    ) throws(BelljarError) -> Verdict {
        var verdict = Verdict(kind: .inconclusive, original: original)
        guard job.keyed.digest == record.keyed.digest else {
            verdict.reason = BelljarError(
                .refused, operation: "check", subject: job.subject,
                answer: "its recipe or its sources were changed since the first round", remedy: "check it again")
            return verdict
        }
        let outcome = try execute(job, of: original, on: host)
        try verdict.take(outcome, against: record)
        verdict.milliseconds = outcome.record.observed.milliseconds
        return verdict
    }

    /// One more build, whatever it shows. Being told to stop is no answer.
    func execute(_ job: BuildJob, of original: Digest, on host: VariedHost?) throws(BelljarError) -> BuildOutcome {
        var job = job
        (job.rebuildOf, job.varied, job.running) = (original, host, nil)
        let again = job
        let made: BuildOutcome
        if let host {
            made = try host.during { () throws(BelljarError) in try executor.execute(again) }
        } else {
            made = try executor.execute(again)
        }
        if let failure = made.failure, failure.code == .cancelled { throw failure }
        return made
    }

    /// What earlier rebuilds of a record showed: one that once came out otherwise is never taken for reproducible.
    func past(of record: BuildRecord, _ digest: Digest) throws(BelljarError) -> [RebuildHistory.Rebuild] {
        try RebuildHistory(store: store).rebuilds(of: record, digest)
    }
}
