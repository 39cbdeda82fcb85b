internal import BelljarModel

// Records: their own bytes, what the store lists of them, and what they say of contents that are here.

extension FsckRun {
    /// What is listed of a record, in words; nil for what is no listed record.
    func recordName(_ digest: Digest) throws(BelljarError) -> String? {
        guard let bytes = try content(Layout.record(digest)), let entry = RecordEntry(digest: digest, refFile: bytes)
        else { return nil }
        return "\(entry.name) \(entry.version)"
    }

    /// A record's own bytes are damaged. Nothing makes them again: another build leaves another record. So a repair takes the record
    /// out of the list as well, and this one finding stands for all that follows from it.
    mutating func damagedRecord(
        _ digest: Digest, named name: String, _ path: String, _ finding: String
    ) throws(BelljarError) {
        damagedRecords.insert(digest)
        let again = "build it again, which leaves a new record; who has a copy can rebuild that (belljar rebuild FILE)"
        try note(
            .corruptBlob, path, "the record of \(name) was edited or damaged after belljar wrote it: \(finding)",
            remedy: repairs ? again : "`belljar store fsck --repair` moves it to quarantine; \(again)"
        ) { (store) throws(BelljarError) in
            try store.quarantine(path)
            try store.quarantine(Layout.record(digest))
        }
    }

    mutating func record(_ path: String) throws(BelljarError) {
        report.refs += 1
        guard let digest = Digest(hex: path.dropFirst("records/".count)), let bytes = try content(path),
            let entry = RecordEntry(digest: digest, refFile: bytes)
        else { return try unreadable(path) }
        guard !damagedRecords.contains(digest) else { return }
        guard try size(of: digest) != nil else {
            damagedRecords.insert(digest)
            return try note(
                .missing, path, "the record itself, blob \(digest), is not there",
                remedy:
                    "bring its blob back, if there is a copy; else build \(entry.name) again, which leaves a new record, and "
                    + "remove \(store.path)/\(path)")
        }
        let (record, objection) = try reading(entry, digest, bytes)
        if let objection { return try wrong(path, objection) }
        listed.insert(digest)
        let remedy =
            "`belljar rebuild \(digest.hex.prefix(12))` fetches and builds again what the record names, as far as it can be had"
        for blob in entry.blobs where try size(of: blob) == nil {
            try note(.missing, path, "blob \(blob) is not there", remedy: remedy)
            incomplete.insert(digest)
        }
        for root in entry.roots {
            guard let lack = try lack(of: root) else { continue }
            incomplete.insert(digest)
            // Nothing that is brought back would make it whole: it would be damage for ever.
            if lack.isForEver { return try wrong(path, lack.finding) }
            try note(.missing, path, lack.finding, remedy: remedy)
        }
        guard let record, !incomplete.contains(digest), let objection = try objectionToContents(of: record) else {
            return
        }
        try wrong(path, "its record was edited, or made by a fork: \(objection)")
    }

    /// What a record says of contents that are here, and that do not say the same.
    private func objectionToContents(of record: BuildRecord) throws(BelljarError) -> String? {
        if let difference = try record.result.difference(fromTreeIn: store) { return difference }
        guard let last = record.observed.steps.last, let size = try size(of: record.observed.log),
            last.logOffset > size
        else { return nil }
        return "the log has \(size) bytes, and step \(last.name) begins at \(last.logOffset)"
    }

    /// The record, if it can be read, and where what is listed of it is not what it says, or was not written by belljar.
    private mutating func reading(
        _ entry: RecordEntry, _ digest: Digest, _ bytes: [UInt8]
    ) throws(BelljarError) -> (record: BuildRecord?, objection: String?) {
        guard RefFile.isOwn(bytes, entry.forms) else { return (nil, "it was not written by belljar") }
        let record: BuildRecord
        do throws(BelljarError) {
            record = try RecordDecoder.decode(try store.read(digest, limit: BuildRecord.sizeLimit))
        } catch {
            // Damaged: told of its blob. Of another format: nothing is known of it but its digest.
            guard error.code == .integrity || error.code == .usage || error.isOfTheFile else { throw error }
            return (nil, nil)
        }
        answers[digest] = (record.action, record.result.status)
        let told = RecordEntry(
            digest: digest, name: record.definition.name, version: record.definition.version,
            status: record.result.status, created: entry.created, nanoseconds: entry.nanoseconds,
            definition: record.keyed.digest, roots: entry.roots, blobs: entry.blobs,
            rebuildOf: entry.rebuildOf)
        guard entry == told else { return (record, "it contradicts the record that it is about") }
        let trees = [record.definition.toolchain.image] + record.definition.inputs.map(\.tree)
        let blobs = record.observed.blobs
        guard Set(entry.roots).isSuperset(of: trees + (record.result.tree.map { [$0] } ?? [])),
            Set(entry.blobs).isSuperset(of: blobs)
        else { return (record, "it does not list everything that its record refers to") }
        return (record, nil)
    }
}
