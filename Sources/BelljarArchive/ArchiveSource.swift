internal import BelljarKernel
internal import BelljarPlan
internal import CArchive

/// libarchive's reading object, freed once.
@safe final class ArchiveHandle {
    let pointer: OpaquePointer

    /// Enables what belljar reads and nothing else: a format that is not needed is only a way in.
    init(isZip: Bool) throws(ParserFailure) {
        guard let made = unsafe archive_read_new() else { throw ParserFailure(.open, "out of memory") }
        unsafe pointer = made
        // Anything but OK means that this libarchive would run an external program for the format.
        let missing =
            if isZip {
                unsafe archive_read_support_format_zip(made) == ARCHIVE_OK ? [] : ["zip"]
            } else {
                unsafe Self.supportTarAndAr(made)
            }
        guard missing.isEmpty else { throw ParserFailure(.unsupported, missing.joined(separator: ", ")) }
    }

    deinit { keepingErrorNumber { _ = unsafe archive_read_free(pointer) } }

    private static func supportTarAndAr(_ archive: OpaquePointer) -> [String] {
        let answers = unsafe [
            ("tar", archive_read_support_format_tar(archive)), ("ar", archive_read_support_format_ar(archive)),
            ("gzip", archive_read_support_filter_gzip(archive)),
            ("bzip2", archive_read_support_filter_bzip2(archive)),
            ("xz", archive_read_support_filter_xz(archive)), ("zstd", archive_read_support_filter_zstd(archive)),
            ("lz4", archive_read_support_filter_lz4(archive)),
        ]
        return answers.filter { $0.1 != ARCHIVE_OK }.map { $0.0 }
    }
}

/// Where an archive's bytes come from.
protocol ArchiveSource: AnyObject {
    var isZip: Bool { get }
    /// What went wrong below libarchive, where that is known better than libarchive does.
    var failure: ParserFailure? { get }
    /// Starts the reading; libarchive's status.
    func open(_ handle: ArchiveHandle) -> Int32
}

/// An open file, from its beginning.
final class FileSource: ArchiveSource {
    private let descriptor: Descriptor
    let isZip: Bool
    var failure: ParserFailure? { nil }

    init(_ descriptor: consuming Descriptor) throws(ParserFailure) {
        do throws(KernelError) {
            try descriptor.seek(to: 0)
            isZip = try Self.looksLikeZip(descriptor)
        } catch {
            throw ParserFailure(.open, error.answer)
        }
        self.descriptor = descriptor
    }

    func open(_ handle: ArchiveHandle) -> Int32 {
        // 64 KiB a read: larger ones gain nothing, smaller ones cost system calls.
        unsafe archive_read_open_fd(handle.pointer, descriptor.number, 1 << 16)
    }

    /// `PK` with a local header, or with an empty archive's end (APPNOTE.TXT 4.3.7 and 4.3.16).
    private static func looksLikeZip(_ descriptor: borrowing Descriptor) throws(KernelError) -> Bool {
        var head = [UInt8](repeating: 0, count: 4)
        let number = try descriptor.readPrefix(into: &head)
        return number == 4 && (head == [0x50, 0x4b, 3, 4] || head == [0x50, 0x4b, 5, 6])
    }
}

extension Descriptor {
    /// Reads at most a buffer's fill from the beginning, leaving the position where it is.
    borrowing func readPrefix(into buffer: inout [UInt8]) throws(KernelError) -> Int {
        var count = 0
        var failure: KernelError?
        unsafe buffer.withUnsafeMutableBytes { room in
            do throws(KernelError) { count = try unsafe read(into: room, at: 0) } catch { failure = error }
        }
        if let failure { throw failure }
        return count
    }
}

/// The current member of another archive, such as `data.tar.xz` in a Debian package.
final class MemberSource: ArchiveSource {
    private let outer: RawArchive
    var isZip: Bool { false }
    private(set) var failure: ParserFailure?

    init(outer: RawArchive) { self.outer = outer }

    func open(_ handle: ArchiveHandle) -> Int32 {
        // The archive that owns the handle also owns this source, so the unretained reference outlives every call.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        return unsafe archive_read_open(
            handle.pointer, context, nil,
            { _, context, block in
                guard let context = unsafe context, let block = unsafe block else { return Int(ARCHIVE_FATAL) }
                return unsafe Unmanaged<MemberSource>.fromOpaque(context).takeUnretainedValue().read(block)
            }, nil)
    }

    private func read(_ block: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
        do throws(ParserFailure) {
            // An empty piece would mean the end to libarchive.
            while let piece = unsafe try outer.nextPiece().bytes {
                guard piece.count > 0 else { continue }
                unsafe block.pointee = piece.baseAddress
                return piece.count
            }
            return 0
        } catch {
            failure = error
            return Int(ARCHIVE_FATAL)
        }
    }
}
