internal import BelljarKernel
package import BelljarModel

extension Store {
    /// Every record, newest first. An index that is damaged is made again, with a notice; without one, because the disk
    /// is full or may not be written, the files are read.
    package func records() throws(BelljarError) -> [RecordEntry] {
        do throws(BelljarError) {
            return try indexedRecords()
        } catch {
            guard error.code == .integrity else { return try recordsWithoutIndex(error) }
            progress.report(.notice("\(error.summary); the index is being made again"))
        }
        do throws(BelljarError) {
            try rebuildIndex()
            return try index.records()
        } catch {
            return try recordsWithoutIndex(error)
        }
    }

    private func indexedRecords() throws(BelljarError) -> [RecordEntry] {
        try refreshIndex()
        return try index.records()
    }

    private func recordsWithoutIndex(_ reason: BelljarError) throws(BelljarError) -> [RecordEntry] {
        progress.report(.notice("\(reason.summary); the records are read without it"))
        var entries: [RecordEntry] = []
        for digest in try recordDigests() {
            if let entry = try recordEntry(digest) { entries.append(entry) }
        }
        return entries.sorted { $0.isListed(before: $1) }
    }

    /// Makes the index again from the files.
    package func rebuildIndex() throws(BelljarError) {
        try index.reset()
        try refreshIndex()
    }

    /// Brings the index up to date with the files.
    private func refreshIndex() throws(BelljarError) {
        let indexed = try index.digests()
        let present = Set(try recordDigests())
        var added: [RecordEntry] = []
        for digest in present.subtracting(indexed).sorted() {
            if let entry = try recordEntry(digest) { added.append(entry) }
        }
        try index.update(adding: added, removing: indexed.subtracting(present).sorted())
    }

    /// Whether a record is in the list. What is not goes at the next collection of garbage.
    package func lists(_ digest: Digest) throws(BelljarError) -> Bool { try recordEntry(digest) != nil }

    /// Those in the folder `records` whose entries cannot be read, and that are in no list for that.
    package func damagedRecords() throws(BelljarError) -> [Digest] {
        var damaged: [Digest] = []
        for digest in try recordDigests() where try recordEntry(digest) == nil { damaged.append(digest) }
        return damaged
    }

    /// The refs in the folder `records`.
    func recordDigests() throws(BelljarError) -> [Digest] { try digests(in: "records") }

    /// The digests that files of a folder are named by; anything else in it is left alone.
    func digests(in folder: String) throws(BelljarError) -> [Digest] {
        try entries(in: folder).compactMap { Digest(hex: String(decoding: $0.name, as: UTF8.self)) }
    }

    /// What the store lists of a record; nil, with a notice, if its file cannot be read any more.
    func recordEntry(_ digest: Digest) throws(BelljarError) -> RecordEntry? {
        let relative = Layout.record(digest)
        do throws(BelljarError) {
            guard let bytes = try readIfPresent(relative) else { return nil }
            if let entry = RecordEntry(digest: digest, refFile: bytes) { return entry }
        } catch { guard error.code == .integrity else { throw error } }
        progress.report(.notice("\(path)/\(relative) is damaged; run `belljar store fsck --repair`"))
        return nil
    }
}
