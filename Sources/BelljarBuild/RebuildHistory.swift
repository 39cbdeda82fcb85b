package import BelljarModel
package import BelljarStore

/// What rebuilds of a store's records have shown until now. A rebuild leaves a record of its own, so nothing else has to be
/// kept: a rebuild came out alike if its record has the result of the one that was rebuilt.
package struct RebuildHistory {
    package struct Rebuild: Sendable {
        /// Its record.
        package var record: Digest
        /// Seconds since 1970 at which it was kept.
        package var time: UInt64
        /// Never `inconclusive`: that leaves no record.
        package var kind: Verdict.Kind
    }

    private let store: Store
    /// By the record that was rebuilt; the oldest first.
    private let rebuilds: [Digest: [RecordEntry]]

    /// - Parameter entries: all that the store lists, the newest first.
    package init(store: Store, entries: [RecordEntry]) {
        self.store = store
        let made = entries.reversed().compactMap { entry in entry.rebuildOf.map { (of: $0, entry) } }
        rebuilds = Dictionary(grouping: made, by: \.of).mapValues { $0.map(\.1) }
    }

    package init(store: Store) throws(BelljarError) {
        self.init(store: store, entries: try store.records())
    }

    /// The rebuilds of one record, the oldest first. What was built for a trial with another definition, as `check` does, is
    /// none of them.
    ///
    /// - Parameter record: one that succeeded.
    package func rebuilds(of record: BuildRecord, _ digest: Digest) throws(BelljarError) -> [Rebuild] {
        let result = try record.result.resultDigest()
        let definition = record.keyed.digest
        var found: [Rebuild] = []
        for entry in rebuilds[digest] ?? [] where entry.definition == definition {
            guard let made = entry.digest, let kind = try kind(of: entry, made, against: result) else { continue }
            found.append(Rebuild(record: made, time: entry.created, kind: kind))
        }
        return found
    }

    /// Nil for a record that cannot be read: it shows nothing.
    private func kind(
        of entry: RecordEntry, _ digest: Digest, against result: Digest
    ) throws(BelljarError) -> Verdict.Kind? {
        guard entry.status == .ok else { return .failed }
        guard let record = try? RecordDecoder.decode(store.read(digest, limit: BuildRecord.sizeLimit)) else {
            return nil
        }
        return try record.result.resultDigest() == result ? .identical : .different
    }
}
