internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// What the files of a local source were found to hold, kept in the store's cache, so that of a changed source only the files
/// are read that look otherwise than then.
///
/// A file whose inode, size and times are what they were holds what it held, as git has it for its index. One that
/// was changed shortly before it was read is not noted: it may have been changed again without a change of its times.
struct SourceMemory {
    let store: Store
    /// Absolute path.
    let source: String

    private var name: String { Self.names.name(of: Array(source.utf8)) }
    static let names = CacheNames("source", format: 2)
    /// Bytes of the file: half a million files with long paths.
    private static let limit = 128 << 20

    /// What is to be taken in, with the digests that are known.
    func selection(of entries: [SourceSurvey.Entry]) -> IngestSelection {
        let known = read()
        var selection = IngestSelection()
        for entry in entries {
            let digest = known[entry.path].flatMap { $0.marks == entry.status.marks ? $0.digest : nil }
            selection.add(PathText.text(entry.path), digest: digest)
        }
        return selection
    }

    /// - Parameter time: nanoseconds since 1970; what changed later is not noted.
    func note(
        _ entries: [SourceSurvey.Entry], _ result: IngestResult, unchangedSince time: Int64
    ) throws(BelljarError) {
        let digests = Dictionary(result.entries.map { (PathText.raw($0.path), $0.digest) }) { first, _ in first }
        var bytes = Array(source.utf8) + [0]
        for entry in entries where entry.status.kind == .regular {
            guard entry.status.changed.latest < time, let digest = digests[entry.path] else { continue }
            bytes += entry.path + [0]
            for number in entry.status.marks { bytes.append(number: number) }
            bytes += digest.bytes
        }
        guard bytes.count <= Self.limit else { return }
        try hostCall("write", store.cache.path) { () throws(KernelError) in try store.cache.write(bytes, as: name) }
    }

    // MARK: File

    /// Whose memory a file is, which stands at its beginning.
    static func source(of file: String, in store: Store) -> String? {
        guard let bytes = store.cache.read(file, limit: limit, isUse: false), let end = bytes.firstIndex(of: 0) else {
            return nil
        }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    private struct Known {
        /// Of the file's status.
        var marks: [UInt64]
        var digest: Digest
    }

    /// By the bytes of the path; empty if there is no file, or none that is whole.
    private func read() -> [[UInt8]: Known] {
        guard let bytes = store.cache.read(name, limit: Self.limit), let end = bytes.firstIndex(of: 0) else {
            return [:]
        }
        var known: [[UInt8]: Known] = [:]
        var rest = bytes[(end + 1)...]
        while let end = rest.firstIndex(of: 0) {
            let path = Array(rest[..<end])
            rest = rest[(end + 1)...]
            guard rest.count >= FileStatus.markCount * 8 + 32 else { return [:] }
            let marks = (0..<FileStatus.markCount).map { index in
                rest.dropFirst(index * 8).prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
            rest = rest.dropFirst(FileStatus.markCount * 8)
            guard let digest = Digest(bytes: Array(rest.prefix(32))) else { return [:] }
            known[path] = Known(marks: marks, digest: digest)
            rest = rest.dropFirst(32)
        }
        return known
    }
}
