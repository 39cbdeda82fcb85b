internal import BelljarKernel
internal import BelljarPlan
internal import CArchive

/// An archive that cannot be read further.
struct ArchiveFailure: Error {
    var kind: ArchiveMessage.Failure
    var answer: String

    init(_ kind: ArchiveMessage.Failure, _ answer: String) {
        self.kind = kind
        self.answer = answer
    }
}

/// An archive as libarchive reads it, from beginning to end, member by member. Nothing of what it says is checked here.
final class RawArchive {
    private let handle: ArchiveHandle
    private let source: ArchiveSource
    private let feed: PieceFeed?
    /// Outside UTF-8 libarchive keeps the bytes of names (and warns); in UTF-8 it composes them, which would give other names
    /// than the archive has. Names in a zip archive that are marked as UTF-8 are lost there, and have to be looked up.
    private let locale = TextLocale.bytes

    /// Whether headers have their details.
    private let isInspected: Bool

    init(_ source: ArchiveSource, isInspected: Bool = false) throws(ArchiveFailure) {
        self.source = source
        self.isInspected = isInspected
        handle = try ArchiveHandle(for: source)
        let status: Int32
        switch source {
        case .zip(let file):
            feed = nil
            status = file.open(handle)
        case .plain(let pieces), .inspected(let pieces), .packed(let pieces):
            let feed = PieceFeed(pieces)
            self.feed = feed
            status = feed.open(handle)
        }
        if status != ARCHIVE_OK { throw failure(.open) }
    }

    /// Whether libarchive takes anything off.
    var hasFilters: Bool { unsafe archive_filter_count(handle.pointer) > 1 }

    /// Comes to the first member, of which nothing is told; false if there is none.
    func begin() throws(ArchiveFailure) -> Bool {
        var found: OpaquePointer?
        let status = locale.apply { unsafe archive_read_next_header(handle.pointer, &found) }
        if status == ARCHIVE_EOF { return false }
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw failure(.read) }
        return true
    }

    /// The next member; nil after the last one. What was not read of the one before is skipped.
    func next() throws(ArchiveFailure) -> ArchiveHeader? {
        var found: OpaquePointer?
        let status = locale.apply { unsafe archive_read_next_header(handle.pointer, &found) }
        if status == ARCHIVE_EOF { return nil }
        // Warnings are about names that cannot be converted, which is wanted, and about attributes that are not used.
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let found = unsafe found else { throw failure(.read) }
        var header = locale.apply { unsafe Self.header(found) }
        if isInspected { header.details = locale.apply { unsafe details(found) } }
        if case .zip(let file) = source, Self.isToBeLookedUp(header.path) {
            let position = UInt64(clamping: unsafe archive_filter_bytes(handle.pointer, 0))
            if let name = try file.name(ofHeaderEndingAt: position, link: header.symlink?.count) {
                header.path = Array(name.prefix { $0 != 0 }.prefix(ArchiveMessage.textSize))
            }
        }
        return header
    }

    /// Whether libarchive has lost a name, or has left backslashes in it that it would have made slashes in ASCII.
    private static func isToBeLookedUp(_ path: [UInt8]) -> Bool {
        path.isEmpty
            || (path.contains(UInt8(ascii: "\\")) && !path.contains(UInt8(ascii: "/")) && path.contains { $0 >= 0x80 })
    }

    /// A piece of the current member and where in it that belongs; no bytes at the end. The piece is valid until the
    /// next call.
    func nextPiece() throws(ArchiveFailure) -> (bytes: UnsafeRawBufferPointer?, offset: UInt64) {
        var block: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let status = unsafe archive_read_data_block(handle.pointer, &block, &count, &offset)
        let position = UInt64(clamping: offset)
        if status == ARCHIVE_EOF { return (nil, position) }
        // Not even a warning is accepted here: it may be about a checksum.
        guard status == ARCHIVE_OK else { throw failure(.read) }
        return unsafe (UnsafeRawBufferPointer(start: block, count: count), position)
    }

    /// The next piece that has bytes, wherever it belongs; nil at the end.
    func nextBytes() throws(ArchiveFailure) -> UnsafeRawBufferPointer? {
        while let piece = unsafe try nextPiece().bytes {
            if piece.count > 0 { return unsafe piece }
        }
        return nil
    }

    private static func header(_ header: OpaquePointer) -> ArchiveHeader {
        ArchiveHeader(
            path: unsafe bytes(archive_entry_pathname(header)) ?? [], mode: unsafe archive_entry_mode(header),
            size: unsafe archive_entry_size_is_set(header) != 0 ? archive_entry_size(header) : 0,
            modified: unsafe archive_entry_mtime_is_set(header) != 0 ? Int64(archive_entry_mtime(header)) : 0,
            hardlink: unsafe bytes(archive_entry_hardlink(header)),
            symlink: unsafe bytes(archive_entry_symlink(header)))
    }

    private func details(_ header: OpaquePointer) -> ArchiveHeader.Details {
        var details = ArchiveHeader.Details()
        unsafe details.uid = archive_entry_uid(header)
        unsafe details.gid = archive_entry_gid(header)
        unsafe details.user = Self.bytes(archive_entry_uname(header), limit: 256)
        unsafe details.group = Self.bytes(archive_entry_gname(header), limit: 256)
        unsafe details.isTimed = archive_entry_mtime_is_set(header) != 0
        unsafe details.nanoseconds = UInt32(clamping: archive_entry_mtime_nsec(header))
        details.format = unsafe Self.bytes(archive_format_name(handle.pointer), limit: 256) ?? []
        return details
    }

    /// Whether something begins like an archive that is inspected: ar(5), cpio(5), or tar(5) by its mark, or by the sum of the
    /// header of old ones that have no mark.
    static func canInspect(_ head: ArraySlice<UInt8>) -> Bool {
        let marks =
            ["!<arch>\n", "070701", "070702", "070707"].map { Array($0.utf8) } + [[0xc7, 0x71], [0x71, 0xc7]]
        if marks.contains(where: { head.starts(with: $0) }) { return true }
        guard head.count == 512 else { return false }
        let header = Array(head)
        if header[257...].starts(with: Array("ustar".utf8)) { return true }
        let digits = header[148..<156].drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
        guard header[0] != 0, !digits.isEmpty else { return false }
        let sum = header.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 0x20 : Int(header[$1])) }
        return digits.reduce(0) { $0 * 8 + Int($1 - 0x30) } == sum
    }

    /// A text up to its NUL, and not so much of it that a message could not hold three of them.
    private static func bytes(_ text: UnsafePointer<CChar>?, limit: Int = ArchiveMessage.textSize) -> [UInt8]? {
        guard let text = unsafe text else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < limit, unsafe text[bytes.count] != 0 {
            unsafe bytes.append(UInt8(bitPattern: text[bytes.count]))
        }
        return bytes
    }

    /// What the source or libarchive answered.
    private func failure(_ kind: ArchiveMessage.Failure) -> ArchiveFailure {
        if let failure = feed?.failure { return failure }
        if case .zip(let file) = source, let failure = file.failure { return failure }
        let answer = unsafe Self.bytes(archive_error_string(handle.pointer)) ?? []
        return ArchiveFailure(kind, answer.isEmpty ? "no reason given" : String(decoding: answer, as: UTF8.self))
    }
}
