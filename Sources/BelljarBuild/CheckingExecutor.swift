internal import BelljarModel

/// Takes a build for done only when it came out alike in further rounds on a host that varies, where the recipe's policy or
/// the command line wants that. A result that was there already is held to the same: what earlier rebuilds of its record showed
/// counts, and one that once came out otherwise is never taken for reproducible.
struct CheckingExecutor: Executor {
    let rounds: Rounds
    let inner: any Executor

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        var outcome = try inner.execute(job)
        guard job.rounds > 1, outcome.failure == nil, let digest = outcome.digest else { return outcome }
        outcome.failure = try failure(of: outcome.record, digest, job)
        return outcome
    }

    /// Why the build does not count as done; nil if it does.
    private func failure(
        of record: BuildRecord, _ digest: Digest, _ job: BuildJob
    ) throws(BelljarError) -> BelljarError? {
        let past = try rounds.past(of: record, digest)
        if let odd = past.last(where: \.isAgainst) {
            let what = odd.kind == .different ? "came out otherwise" : "failed"
            return Self.differs(
                job.subject, "an earlier build of the same definition \(what)", digest, odd, paths: [])
        }
        let done = past.count { $0.kind == .identical } + 1
        guard done < job.rounds else { return nil }
        for round in (done + 1)...job.rounds {
            rounds.progress.report(.phase(subject: job.subject, name: "round \(round) of \(job.rounds)"))
            let verdict = try rounds.round(job, against: record, digest, on: .ofRound(round))
            switch verdict.kind {
            case .identical: continue
            case .failed, .inconclusive: return verdict.reason
            case .different:
                return Self.differs(
                    job.subject, "round \(round) of \(job.rounds) came out otherwise", digest,
                    verdict.rebuilt.map { .init(record: $0, time: 0, kind: .different, status: .ok) },
                    paths: verdict.differences.map { "\($0.kind.rawValue) \(PathText.shown($0.path))" })
            }
        }
        return nil
    }

    private static func differs(
        _ name: String, _ what: String, _ original: Digest, _ other: RebuildHistory.Rebuild?, paths: [String]
    ) -> BelljarError {
        let show = other.map { other in
            let record = other.record.hex.prefix(12)
            return other.status == .ok
                ? "`belljar diff \(original.hex.prefix(12)) \(record)` shows how; "
                : "`belljar log \(record)` shows how; "
        }
        let more = paths.count > Verdict.named ? ["and \(paths.count - Verdict.named) more"] : []
        return BelljarError(
            .notReproducible, operation: "check", subject: name, answer: what,
            remedy: (show ?? "") + "`belljar check \(name)` finds the cause",
            details: Array(paths.prefix(Verdict.named)) + more)
    }
}

extension RebuildHistory.Rebuild {
    /// Whether it shows that the build is not reproducible. One that a limit or the host ended does not.
    package var isAgainst: Bool { kind == .different || status == .buildFailed || status == .violation }
}
