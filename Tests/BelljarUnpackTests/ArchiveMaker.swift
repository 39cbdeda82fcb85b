import BelljarKernel
import CArchive
import TestSupport
import Testing

/// One member of an archive that a test makes, however hostile.
struct Member {
    enum Kind { case file, directory, symlink(String), hardlink(String), blockDevice, characterDevice, fifo }

    var path: String
    var kind: Kind
    var content: [UInt8]
    var mode: UInt32

    static func file(_ path: String, _ text: String = "content\n", mode: UInt32 = 0o644) -> Member {
        Member(path: path, kind: .file, content: Array(text.utf8), mode: mode)
    }
    static func bytes(_ path: String, _ content: [UInt8]) -> Member {
        Member(path: path, kind: .file, content: content, mode: 0o644)
    }
    static func directory(_ path: String, mode: UInt32 = 0o755) -> Member {
        Member(path: path, kind: .directory, content: [], mode: mode)
    }
    static func symlink(_ path: String, to target: String) -> Member {
        Member(path: path, kind: .symlink(target), content: [], mode: 0o777)
    }
    static func hardlink(_ path: String, to target: String) -> Member {
        Member(path: path, kind: .hardlink(target), content: [], mode: 0o644)
    }
    static func special(_ path: String, _ kind: Kind) -> Member {
        Member(path: path, kind: kind, content: [], mode: 0o644)
    }
}

enum ArchiveFormat { case gnutar, ustar, pax, zip, ar }
enum ArchiveFilter: String, CaseIterable { case none, gzip, bzip2, xz, zstd, lz4 }

/// Writes archives with libarchive's writer, which checks nothing of what it writes.
enum ArchiveMaker {
    struct Failed: Error { let answer: String }

    static func make(
        _ members: [Member], format: ArchiveFormat = .gnutar, filter: ArchiveFilter = .none
    ) throws -> [UInt8] {
        let folder = try TestFolder()
        guard let archive = archive_write_new() else { throw Failed(answer: "no memory") }
        defer { archive_write_free(archive) }
        func check(_ status: Int32) throws {
            guard status >= ARCHIVE_WARN else {
                throw Failed(answer: archive_error_string(archive).map { String(cString: $0) } ?? "\(status)")
            }
        }
        switch format {
        case .gnutar: try check(archive_write_set_format_gnutar(archive))
        case .ustar: try check(archive_write_set_format_ustar(archive))
        case .pax: try check(archive_write_set_format_pax(archive))
        case .zip: try check(archive_write_set_format_zip(archive))
        case .ar: try check(archive_write_set_format_ar_svr4(archive))
        }
        if filter != .none { try check(archive_write_add_filter_by_name(archive, filter.rawValue)) }
        // No padding to the tape's block size after the last byte.
        try check(archive_write_set_bytes_in_last_block(archive, 1))
        try check(archive_write_open_filename(archive, folder.path + "/archive"))
        // The writer converts names through the locale, and in UTF-8 it composes them. Only zip needs that.
        try (format == .zip ? TextLocale.utf8 : .bytes).apply {
            for member in members { try write(member, to: archive, check) }
        }
        try check(archive_write_close(archive))
        return try folder.bytes("archive")
    }

    private static func write(
        _ member: Member, to archive: OpaquePointer, _ check: (Int32) throws -> Void
    ) throws {
        guard let entry = archive_entry_new() else { throw Failed(answer: "no memory") }
        defer { archive_entry_free(entry) }
        archive_entry_copy_pathname(entry, member.path)
        var type: UInt32 = 0o100000
        switch member.kind {
        case .file: break
        case .directory: type = 0o040000
        case .symlink(let target):
            type = 0o120000
            archive_entry_copy_symlink(entry, target)
        case .hardlink(let target): archive_entry_copy_hardlink(entry, target)
        case .blockDevice: type = 0o060000
        case .characterDevice: type = 0o020000
        case .fifo: type = 0o010000
        }
        archive_entry_set_mode(entry, type | member.mode)
        archive_entry_set_size(entry, Int64(member.content.count))
        try check(archive_write_header(archive, entry))
        if !member.content.isEmpty {
            try check(archive_write_data(archive, member.content, member.content.count) < 0 ? ARCHIVE_FATAL : 0)
        }
    }

    /// Puts the right checksum into the first header of a tar archive: the sum of its bytes with blanks in the sum's
    /// own place, as six octal digits (POSIX ustar).
    static func fixChecksum(_ bytes: inout [UInt8]) {
        bytes.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let digits = String(bytes[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
        let text = String(repeating: "0", count: 6 - digits.count) + digits + "\0 "
        bytes.replaceSubrange(148..<156, with: Array(text.utf8))
    }
}
