internal import BelljarKernel
internal import BelljarModel

/// Tells whoever watches how each build ended and how long it took.
struct TracingExecutor: Executor {
    let progress: any ProgressSink
    let inner: any Executor

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        let started = Host.monotonicNanoseconds()
        let outcome = try inner.execute(job)
        let seconds = Double(Host.monotonicNanoseconds() - started) / 1e9
        let note =
            switch (outcome.isCached, outcome.failure) {
            case (true, _): "cached"
            case (false, nil): "built"
            case (false, _): outcome.record.result.status.rawValue
            }
        progress.report(.finished(subject: job.subject, note: note, seconds: seconds))
        return outcome
    }
}
