package import BelljarModel
package import BelljarStore

/// What builds of one definition have shown until now. Each leaves a record of its own, so nothing else has to be kept: a build came
/// out alike if its record has the same result. It is the definition that counts, and not the record that was rebuilt: who builds
/// anew, to have a ledger or without the cache, does not begin with a clean slate.
package struct RebuildHistory {
    package struct Rebuild: Sendable {
        /// Its record.
        package var record: Digest
        /// Seconds since 1970 at which it was kept.
        package var time: UInt64
        /// Never `inconclusive`: that leaves no record.
        package var kind: Verdict.Kind
        /// How the build ended.
        package var status: BuildStatus
    }

    private let store: Store
    /// By definition; the oldest first.
    private let entries: [Digest: [RecordEntry]]

    /// - Parameter entries: all that the store lists, the newest first.
    package init(store: Store, entries: [RecordEntry]) {
        self.store = store
        self.entries = Dictionary(grouping: entries.reversed(), by: \.definition)
    }

    package init(store: Store) throws(BelljarError) {
        self.init(store: store, entries: try store.records())
    }

    /// What other builds of a record's definition showed, the oldest first: rebuilds of whichever record has it, and builds
    /// that came out otherwise. What was built for a trial with another definition, as `check` does, is none of them.
    ///
    /// - Parameter record: one that succeeded.
    /// - Throws: `integrity` for a record that is listed and cannot be read: what it shows is not known.
    package func rebuilds(of record: BuildRecord, _ digest: Digest) throws(BelljarError) -> [Rebuild] {
        let result = try record.result.resultDigest()
        var found: [Rebuild] = []
        for entry in entries[record.keyed.digest] ?? [] {
            guard let made = entry.digest, made != digest else { continue }
            let kind = try kind(of: entry, made, against: result)
            // That somebody built it anew says nothing if it came out alike, or failed: nobody asked.
            if entry.rebuildOf == nil, kind != .different { continue }
            found.append(Rebuild(record: made, time: entry.created, kind: kind, status: entry.status))
        }
        return found
    }

    private func kind(
        of entry: RecordEntry, _ digest: Digest, against result: Digest
    ) throws(BelljarError) -> Verdict.Kind {
        guard entry.status == .ok else { return .failed }
        let record: BuildRecord
        do throws(BelljarError) {
            record = try RecordDecoder.decode(store.read(digest, limit: BuildRecord.sizeLimit))
        } catch {
            throw Self.unreadable(entry, digest, error)
        }
        return try record.result.resultDigest() == result ? .identical : .different
    }

    /// A record that is listed and cannot be read.
    package static func unreadable(_ entry: RecordEntry, _ digest: Digest, _ error: BelljarError) -> BelljarError {
        if error.code == .cancelled { return error }
        return BelljarError(
            .integrity, operation: "read", subject: "record \(digest.hex.prefix(12)) of \(entry.name)",
            answer: error.answer,
            remedy: "`belljar store fsck --repair` takes it off the list; what that build showed is lost then")
    }
}
