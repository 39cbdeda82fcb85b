internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

extension RecordEntry {
    /// What the store lists of the record of a build.
    ///
    /// - Parameters:
    ///   - materials: what it was made of.
    ///   - created: seconds since 1970.
    init(of record: BuildRecord, _ materials: Materials, created: UInt64) {
        self.init(
            name: record.definition.name, version: record.definition.version, status: record.result.status,
            created: created, definition: record.keyed.digest,
            roots: materials.trees + (record.result.tree.map { [$0] } ?? []),
            blobs: materials.blobs + record.observed.blobs)
    }
}

/// Keeps the record of every build that ran, durably and together with what it names, or not at all: successes and
/// failures alike, so that a failed build's log can be read later.
struct RecordingExecutor: Executor {
    let store: Store
    /// Whether later builds of an equal action may be answered with the record.
    let remembers: Bool
    let inner: any Executor

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        var outcome = try inner.execute(job)
        let record = outcome.record
        guard Self.isRecorded(record.result.status), let batch = outcome.batch else { return outcome }
        let (bytes, refusal) = try record.written()
        if let refusal { throw refusal }
        let now = Host.realNanoseconds()
        var entry = RecordEntry(of: record, job.materials, created: now / 1_000_000_000)
        (entry.nanoseconds, entry.rebuildOf) = (UInt32(now % 1_000_000_000), job.rebuildOf)
        let digest = try batch.addRecord(entry, bytes: bytes)
        // Failures are never remembered: they may be the host's fault.
        if remembers, record.result.status == .ok, record.definition.isCacheable {
            try batch.setCachedRecord(action: record.action, record: digest)
        }
        try batch.commit()
        outcome.batch = nil
        outcome.digest = digest
        let short = digest.hex.prefix(12)
        // A violation ends a build before anything can be looked at.
        let looking =
            record.result.status == .violation ? "" : ", belljar shell \(short) --failed opens a shell where it failed"
        let reading = "belljar log \(short) shows the whole log" + looking
        let remedies = [outcome.failure?.remedy, reading]
        outcome.failure?.remedy = remedies.compactMap(\.self).joined(separator: "; ")
        return outcome
    }

    /// What was cut short, or is the host's or our own fault, says nothing about the recipe.
    private static func isRecorded(_ status: BuildStatus) -> Bool {
        switch status {
        case .ok, .buildFailed, .timeout, .resourceExceeded, .violation: true
        case .cancelled, .sandboxUnavailable, .internal: false
        }
    }
}
