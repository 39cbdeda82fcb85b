package import BelljarControls
internal import BelljarKernel
package import BelljarModel
internal import BelljarStore

/// A record of before that was rebuilt: what that showed, and what earlier rebuilds of it had.
package struct Replayed: Sendable {
    /// Something of belljar or its host that is not as it was.
    package struct Change: Hashable, Sendable {
        /// `belljar`, `kernel`, `cpu`, or the name of what is enforced.
        package var what: String
        package var before: String
        package var now: String
    }

    package var name: String
    package var version: String
    /// Seconds since 1970 at which the recorded build began.
    package var built: UInt64
    package var verdict: Verdict
    /// When an earlier rebuild last came out alike: seconds since 1970; nil if none did.
    package var lastAlike: UInt64?
    /// When a rebuild first came out otherwise or failed after that; nil if this one came out alike.
    package var failsSince: UInt64?
    /// What has changed since it was last seen to come out as recorded; empty if this rebuild came out alike, or left no record.
    package var changes: [Change] = []
    /// Controls that the definition leaves to the host, although their default is another.
    package var leftToHost: [Control] = []
}

extension Engine {
    /// Rebuilds records, several at once. One that fails keeps none of the others from being rebuilt.
    ///
    /// - Parameter records: of builds that succeeded, each once.
    /// - Returns: in the order of the records, those that were rebuilt; fewer only if it was interrupted.
    package func replay(_ records: [(record: BuildRecord, digest: Digest)]) throws(BelljarError) -> [Replayed] {
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        let history = try RebuildHistory(store: tools.store)
        let rebuilder = makeRebuilder(makeImages())
        let byName = Dictionary(records.map { ($0.digest.hex, $0) }) { first, _ in first }
        let results = Scheduler(width: settings.jobs, keepsGoing: true, cancellation: cancellation).run(
            records.map { .init(name: $0.digest.hex, dependencies: []) }
        ) { task, _ throws(BelljarError) -> Replayed in
            guard let (record, digest) = byName[task.name] else {
                throw BelljarError(.internal, operation: "replay", subject: task.name, answer: "no such record")
            }
            try cancellation.check("rebuild", record.definition.name)
            return try replayed(record, try rebuilder.rebuild(record, digest: digest), history)
        }
        var done: [Replayed] = []
        for entry in records {
            switch results.endings[entry.digest.hex] {
            case .done(let one): done.append(one)
            case .failed(let error) where error.code != .cancelled: throw error
            case .failed, .untried, nil: continue
            }
        }
        return done
    }

    private func replayed(
        _ record: BuildRecord, _ verdict: Verdict, _ history: RebuildHistory
    ) throws(BelljarError) -> Replayed {
        var replayed = Replayed(
            name: record.definition.name, version: record.definition.version, built: record.observed.started,
            verdict: verdict)
        let past: [RebuildHistory.Rebuild]
        do throws(BelljarError) { past = try history.rebuilds(of: record, verdict.original) } catch {
            // What this rebuild showed stands; since when is not known.
            guard error.code == .integrity else { throw error }
            progress.report(.notice(error.summary + (error.remedy.map { "; \($0)" } ?? "")))
            past = []
        }
        let alike = past.last { $0.kind == .identical }
        replayed.lastAlike = alike?.time
        guard verdict.kind == .different || verdict.kind == .failed else { return replayed }
        replayed.leftToHost = Control.leftToHost(by: record.definition.controls)
        let after = past.lastIndex { $0.kind == .identical }.map { past[($0 + 1)...] } ?? past[...]
        replayed.failsSince = after.first?.time ?? Host.realNanoseconds() / 1_000_000_000
        let before = alike.flatMap { try? read($0.record).observed } ?? record.observed
        if let rebuilt = verdict.rebuilt, let now = try? read(rebuilt).observed {
            replayed.changes = Replayed.Change.all(from: before, to: now)
        }
        return replayed
    }

    private func read(_ digest: Digest) throws(BelljarError) -> BuildRecord {
        try RecordDecoder.decode(try tools.store.read(digest, limit: BuildRecord.sizeLimit))
    }
}

extension Replayed.Change {
    /// What two builds of one definition were made with that is not the same.
    static func all(from before: BuildRecord.Observed, to now: BuildRecord.Observed) -> [Self] {
        let facts = [
            ("belljar", before.runnerVersion, now.runnerVersion), ("kernel", before.kernel, now.kernel),
            ("cpu", before.cpu, now.cpu),
        ]
        let names = Set(before.enforcement.keys).union(now.enforcement.keys).sorted()
        let enforced = names.map { ($0, before.enforcement[$0] ?? "none", now.enforcement[$0] ?? "none") }
        return (facts + enforced).filter { $0.1 != $0.2 }.map { Self(what: $0.0, before: $0.1, now: $0.2) }
    }
}
