package import BelljarKernel
package import BelljarModel
internal import CArchive

/// Reads an archive (tar, zip or ar, with gzip, bzip2, xz, zstd or lz4 around it) from beginning to end, member by
/// member, never holding a whole file. What is read is taken to be hostile: paths that are not safe below a directory,
/// and anything over a limit, end the reading with an error that names the entry.
///
/// Names are the archive's own bytes and must be UTF-8. In a zip archive libarchive gives names that are marked as
/// UTF-8 in composed form (NFC); in tar they are unchanged. A name with a NUL byte ends there, as for every C program.
///
/// Not for use from several threads at once.
package final class ArchiveReader {
    /// What the archive is called in messages.
    package let name: String
    package let limits: ArchiveLimits

    private let handle: ArchiveHandle
    private let source: any ArchiveSource
    private let locale: TextLocale
    /// Bytes of the archive itself, for the ratio.
    private let packedBytes: UInt64
    private var entries: UInt64 = 0
    /// Bytes of content that headers declared or that were read beyond what they declared.
    private var bytes: UInt64 = 0
    /// What the entry being read may still give before it exceeds what its header declared.
    private var declaredRemaining: UInt64 = 0
    private var current = ""

    /// Reads from the beginning of an open file.
    package convenience init(
        _ descriptor: consuming Descriptor, name: String, limits: ArchiveLimits = ArchiveLimits()
    ) throws(BelljarError) {
        try self.init(source: try FileSource(descriptor, name: name), name: name, limits: limits)
    }

    /// Reads the archive that is the member which `outer` stands at; `outer` must not be used until this reader is
    /// gone.
    convenience init(
        memberOf outer: ArchiveReader, size: UInt64, name: String, limits: ArchiveLimits
    ) throws(BelljarError) {
        try self.init(source: MemberSource(outer: outer, size: size), name: name, limits: limits)
    }

    private init(source: some ArchiveSource, name: String, limits: ArchiveLimits) throws(BelljarError) {
        self.name = name
        self.limits = limits
        self.source = source
        packedBytes = source.size
        // Outside UTF-8 libarchive keeps the bytes of tar names (and warns); in UTF-8 it composes them, which would give
        // other names than the archive has. Zip names marked as UTF-8 are lost outside UTF-8.
        locale = source.isZip ? .utf8 : .bytes
        handle = try ArchiveHandle(name: name, isZip: source.isZip)
        let status = source.open(handle)
        if status != ARCHIVE_OK { throw failure("open") }
    }

    // MARK: Reading

    /// The next entry; nil after the last one. What was not read of the one before is skipped.
    package func next() throws(BelljarError) -> ArchiveEntry? {
        var header: OpaquePointer?
        let status = locale.apply { unsafe archive_read_next_header(handle.pointer, &header) }
        if status == ARCHIVE_EOF { return nil }
        // Warnings are about names that cannot be converted, which is wanted, and about attributes that are not used.
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let header = unsafe header else {
            throw failure("read")
        }
        entries += 1
        guard entries <= limits.entries else { throw refuse("it has more than \(limits.entries) entries") }
        current = ""
        let entry = try locale.apply { () throws(BelljarError) in try unsafe self.entry(header) }
        declaredRemaining = entry.size
        try account(entry.size)
        return entry
    }

    /// Hands over the content of the current entry in pieces; holes are zeros. A piece is valid only during the call.
    package func readContent(
        _ body: (UnsafeRawBufferPointer) throws(BelljarError) -> Void
    ) throws(BelljarError) {
        var position: UInt64 = 0
        while true {
            let (piece, start) = unsafe try nextPiece()
            // The end of a sparse file may be a hole, so the end has a position too.
            guard start >= position else { throw refuse("\(quoted(current)) has overlapping pieces") }
            try consume(start - position)
            unsafe try Self.zeros(start - position, body)
            guard let bytes = unsafe piece else { break }
            try consume(UInt64(bytes.count))
            if bytes.count > 0 { unsafe try body(bytes) }
            position = start + UInt64(bytes.count)
        }
        guard declaredRemaining == 0 else { throw refuse("\(quoted(current)) is shorter than its header says") }
    }

    /// The content of the current entry as a whole.
    package func content(limit: Int) throws(BelljarError) -> [UInt8] {
        var bytes: [UInt8] = []
        unsafe try readContent { (piece) throws(BelljarError) in
            guard bytes.count + piece.count <= limit else {
                throw refuse("\(quoted(current)) is larger than \(limit) bytes")
            }
            unsafe bytes.append(contentsOf: piece)
        }
        return bytes
    }

    /// The next bytes of the current entry, for a reader of an archive inside it; nil at its end.
    func nextBlock() throws(BelljarError) -> UnsafeRawBufferPointer? {
        guard let bytes = unsafe try nextPiece().bytes else { return nil }
        try consume(UInt64(bytes.count))
        return unsafe bytes
    }

    /// A piece of the current entry and where in the file it belongs; no bytes at the end.
    private func nextPiece() throws(BelljarError) -> (bytes: UnsafeRawBufferPointer?, offset: UInt64) {
        var block: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let status = unsafe archive_read_data_block(handle.pointer, &block, &count, &offset)
        let position = UInt64(clamping: offset)
        if status == ARCHIVE_EOF { return (nil, position) }
        // Not even a warning is accepted here: it may be about a checksum.
        guard status == ARCHIVE_OK else { throw failure("read") }
        return unsafe (UnsafeRawBufferPointer(start: block, count: count), position)
    }

    // MARK: Limits

    private func consume(_ count: UInt64) throws(BelljarError) {
        if count <= declaredRemaining {
            declaredRemaining -= count
        } else {
            let excess = count - declaredRemaining
            declaredRemaining = 0
            try account(excess)
        }
    }

    private func account(_ count: UInt64) throws(BelljarError) {
        let (sum, overflow) = bytes.addingReportingOverflow(count)
        bytes = sum
        guard !overflow, sum <= limits.bytes else {
            throw refuse("\(quoted(current)) brings it over the limit of \(limits.bytes) bytes")
        }
        // With whole numbers: sum > ratio * packed, without the product's overflow.
        guard sum <= limits.ratioFloor || sum / limits.ratio <= packedBytes else {
            throw refuse(
                "\(quoted(current)) unpacks to more than \(limits.ratio) times the archive's \(packedBytes) bytes")
        }
    }

    private static let zeroBlock = [UInt8](repeating: 0, count: 1 << 16)

    private static func zeros(
        _ count: UInt64, _ body: (UnsafeRawBufferPointer) throws(BelljarError) -> Void
    ) throws(BelljarError) {
        var remaining = count
        while remaining > 0 {
            let size = Int(min(remaining, UInt64(zeroBlock.count)))
            var failure: BelljarError?
            unsafe zeroBlock.withUnsafeBytes { block in
                do throws(BelljarError) {
                    try unsafe body(UnsafeRawBufferPointer(rebasing: block[..<size]))
                } catch { failure = error }
            }
            if let failure { throw failure }
            remaining -= UInt64(size)
        }
    }

    // MARK: Headers

    private func entry(_ header: OpaquePointer) throws(BelljarError) -> ArchiveEntry {
        let text = unsafe try text(archive_entry_pathname(header), "an entry's name")
        current = text
        let mode = unsafe archive_entry_mode(header)
        let declared = unsafe archive_entry_size_is_set(header) != 0 ? archive_entry_size(header) : 0
        guard let size = UInt64(exactly: declared) else { throw refuse("\(quoted(text)) has a negative size") }
        return ArchiveEntry(
            path: try path(text, of: "entry \(quoted(text))"), kind: try unsafe kind(header, mode: mode),
            permissions: mode & 0o7777, size: size)
    }

    private func kind(_ header: OpaquePointer, mode: UInt32) throws(BelljarError) -> ArchiveEntry.Kind {
        if let link = unsafe archive_entry_hardlink(header) {
            let target = unsafe try text(link, "the link target of \(quoted(current))")
            return .hardlink(to: try path(target, of: "hard link \(quoted(current)) to \(quoted(target))"))
        }
        // The file types of a mode, which are the same in every archive format (POSIX, pax interchange format).
        switch mode & 0o170000 {
        case 0o100000: return .file
        case 0o040000: return .directory
        case 0o120000:
            let target = unsafe try text(archive_entry_symlink(header), "the link target of \(quoted(current))")
            guard target.utf8.count <= limits.pathBytes else {
                throw refuse("link \(quoted(current)) has a target longer than \(limits.pathBytes) bytes")
            }
            return .symlink(target: target)
        case 0o020000: return .special("a character device")
        case 0o060000: return .special("a block device")
        case 0o010000: return .special("a FIFO")
        case 0o140000: return .special("a socket")
        default: return .special("of no known type")
        }
    }

    private func path(_ text: String, of what: String) throws(BelljarError) -> EntryPath {
        do throws(PathFault) { return try EntryPath(text, limits: limits) } catch {
            throw refuse("\(what) has \(error)")
        }
    }

    private func text(_ bytes: UnsafePointer<CChar>?, _ what: String) throws(BelljarError) -> String {
        guard let bytes = unsafe bytes, unsafe bytes.pointee != 0 else {
            throw refuse("\(what) is empty or unreadable")
        }
        guard let text = unsafe String(validatingCString: bytes) else {
            throw refuse("\(what) is not UTF-8: \(quoted(unsafe String(cString: bytes)))")
        }
        return text
    }

    // MARK: Errors

    /// An archive that is refused for what it holds.
    func refuse(_ answer: String) -> BelljarError {
        BelljarError(.integrity, operation: "unpack archive", subject: name, answer: answer)
    }

    /// What the source or libarchive answered.
    private func failure(_ what: String) -> BelljarError {
        if let failure = source.failure { return failure }
        let answer = unsafe archive_error_string(handle.pointer).map { unsafe String(cString: $0) } ?? "no reason given"
        let place = current.isEmpty ? "" : " (after \(quoted(current)))"
        return BelljarError(
            .integrity, operation: "\(what) archive", subject: name, answer: answer + place,
            remedy: "the archive is cut off, damaged or of a kind that belljar does not read (tar, zip and ar are)")
    }
}

/// A name from an archive or a server as it may stand in a message: control characters escaped, in quotes.
func quoted(_ text: String) -> String {
    var shown = "\""
    for scalar in text.unicodeScalars {
        shown += scalar.value < 0x20 || scalar.value == 0x7f ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return shown + "\""
}
