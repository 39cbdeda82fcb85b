internal import BelljarKernel
internal import BelljarPlan
internal import CArchive

/// libarchive's reading object, freed once.
@safe final class ArchiveHandle {
    let pointer: OpaquePointer

    /// Enables what belljar reads and nothing else: a format that is not needed is only a way in.
    init(for source: ArchiveSource) throws(ArchiveFailure) {
        guard let made = unsafe archive_read_new() else { throw ArchiveFailure(.open, "out of memory") }
        unsafe pointer = made
        let answers =
            switch source {
            case .zip: unsafe [("zip", archive_read_support_format_zip(made))]
            case .plain:
                unsafe [
                    ("tar", archive_read_support_format_tar(made)), ("ar", archive_read_support_format_ar(made)),
                ]
            case .inspected:
                unsafe [
                    ("tar", archive_read_support_format_tar(made)), ("ar", archive_read_support_format_ar(made)),
                    ("cpio", archive_read_support_format_cpio(made)),
                ]
            case .packed:
                unsafe [
                    ("raw", archive_read_support_format_raw(made)),
                    ("bzip2", archive_read_support_filter_bzip2(made)),
                    ("xz", archive_read_support_filter_xz(made)), ("zstd", archive_read_support_filter_zstd(made)),
                    ("lz4", archive_read_support_filter_lz4(made)),
                ]
            }
        // Anything but OK means that this libarchive would run an external program for the format.
        let missing = answers.filter { $0.1 != ARCHIVE_OK }.map { $0.0 }
        guard missing.isEmpty else { throw ArchiveFailure(.unsupported, missing.joined(separator: ", ")) }
    }

    deinit { keepingErrorNumber { _ = unsafe archive_read_free(pointer) } }
}

/// What libarchive reads.
enum ArchiveSource {
    /// A zip archive: it is not read in order, and so from a file.
    case zip(ZipFile)
    /// A tar or ar archive with nothing around it.
    case plain(any Pieces)
    /// The same, or a cpio archive, to be compared.
    case inspected(any Pieces)
    /// Anything, of which libarchive is only to take off what is packed around it.
    case packed(any Pieces)
}

/// Hands pieces over to libarchive.
final class PieceFeed {
    private let pieces: any Pieces
    /// What went wrong below libarchive, where that is known better than libarchive does.
    private(set) var failure: ArchiveFailure?

    init(_ pieces: any Pieces) { self.pieces = pieces }

    /// Starts the reading; libarchive's status. The feed has to live as long as the handle.
    func open(_ handle: ArchiveHandle) -> Int32 {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        return unsafe archive_read_open(
            handle.pointer, context, nil,
            { _, context, block in
                guard let context = unsafe context, let block = unsafe block else { return Int(ARCHIVE_FATAL) }
                return unsafe Unmanaged<PieceFeed>.fromOpaque(context).takeUnretainedValue().read(block)
            }, nil)
    }

    private func read(_ block: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
        do throws(ArchiveFailure) {
            guard let piece = unsafe try pieces.next() else { return 0 }
            unsafe block.pointee = piece.baseAddress
            return piece.count
        } catch {
            failure = error
            return Int(ARCHIVE_FATAL)
        }
    }
}
