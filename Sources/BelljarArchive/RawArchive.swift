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

    init(_ source: ArchiveSource) throws(ArchiveFailure) {
        self.source = source
        handle = try ArchiveHandle(for: source)
        let status: Int32
        switch source {
        case .zip(let file):
            feed = nil
            status = file.open(handle)
        case .plain(let pieces), .packed(let pieces):
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
            hardlink: unsafe bytes(archive_entry_hardlink(header)),
            symlink: unsafe bytes(archive_entry_symlink(header)))
    }

    /// A text up to its NUL, and not so much of it that a message could not hold three of them.
    private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8]? {
        guard let text = unsafe text else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < ArchiveMessage.textSize, unsafe text[bytes.count] != 0 {
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
