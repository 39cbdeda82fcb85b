internal import BelljarKernel
internal import BelljarPlan
internal import CArchive

/// Bytes in their order, piece by piece.
protocol Pieces: AnyObject {
    /// The next piece, which has bytes; nil at the end. It is valid until the next call.
    func next() throws(ArchiveFailure) -> UnsafeRawBufferPointer?
}

/// An open file, from its beginning.
@safe final class FilePieces: Pieces {
    private let descriptor: Descriptor
    // 64 KiB a read: larger ones gain nothing, smaller ones cost system calls.
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    deinit { unsafe room.deallocate() }

    func next() throws(ArchiveFailure) -> UnsafeRawBufferPointer? {
        do throws(KernelError) {
            let count = try unsafe descriptor.read(into: room)
            return count == 0 ? nil : unsafe UnsafeRawBufferPointer(rebasing: room[..<count])
        } catch {
            throw ArchiveFailure(.read, error.answer)
        }
    }
}

/// The current member of another archive, such as `data.tar.xz` in a Debian package.
final class MemberPieces: Pieces {
    private let outer: RawArchive

    init(outer: RawArchive) { self.outer = outer }

    func next() throws(ArchiveFailure) -> UnsafeRawBufferPointer? {
        unsafe try outer.nextBytes()
    }
}

/// Others, whose first bytes can be looked at before they are read.
@safe final class PeekedPieces: Pieces {
    private let inner: any Pieces
    /// Copies of what was taken to be looked at; what follows comes from `inner`.
    private var taken: [UInt8] = []
    /// What the last piece lies in, if it was taken before.
    private var room = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 16)

    init(_ inner: any Pieces) { self.inner = inner }

    deinit { unsafe room.deallocate() }

    /// The first bytes, fewer only if there are no more.
    func first(_ count: Int) throws(ArchiveFailure) -> ArraySlice<UInt8> {
        while taken.count < count, let piece = unsafe try inner.next() { unsafe taken.append(contentsOf: piece) }
        return taken.prefix(count)
    }

    /// Bytes of the last piece come again.
    func putBack(_ bytes: UnsafeRawBufferPointer) { taken = unsafe Array(bytes) + taken }

    func next() throws(ArchiveFailure) -> UnsafeRawBufferPointer? {
        guard !taken.isEmpty else { return unsafe try inner.next() }
        unsafe room.deallocate()
        unsafe room = .allocate(byteCount: taken.count, alignment: 16)
        unsafe room.copyBytes(from: taken)
        taken = []
        return unsafe UnsafeRawBufferPointer(room)
    }
}

/// What libarchive unpacks of others: bzip2, xz, zstd, lz4, one within the other if they are so, or none of them. It checks
/// their checksums.
final class UnpackedPieces: Pieces {
    private let archive: RawArchive
    private var hasBegun = false

    init(_ packed: any Pieces) throws(ArchiveFailure) {
        archive = try RawArchive(.packed(packed))
    }

    /// Whether anything was packed.
    var isOfUse: Bool { archive.hasFilters }

    func next() throws(ArchiveFailure) -> UnsafeRawBufferPointer? {
        if !hasBegun {
            hasBegun = true
            guard try archive.begin() else { return nil }
        }
        return unsafe try archive.nextBytes()
    }
}

/// What zlib unpacks of gzip files: one or several behind each other. Checksums and lengths have to be right. What follows the
/// last one and is none, such as zeros up to the size of a block, is not looked at.
@safe final class GzipPieces: Pieces {
    private let packed: PeekedPieces
    /// At one address for its life: zlib's state points back to it.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    /// What is left of the current piece.
    private var rest = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    private var isInside = false
    private var isOver = false

    /// The bytes that mark the format, and deflate, the only method there is (RFC 1952).
    static let mark: [UInt8] = [0x1f, 0x8b, 8]

    init(_ packed: PeekedPieces) throws(ArchiveFailure) {
        self.packed = packed
        unsafe stream.initialize(to: z_stream())
        // 31: the largest window, and a gzip header.
        let status = unsafe inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw ArchiveFailure(.open, "out of memory") }
    }

    deinit {
        keepingErrorNumber { _ = unsafe inflateEnd(stream) }
        unsafe stream.deallocate()
        unsafe room.deallocate()
    }

    func next() throws(ArchiveFailure) -> UnsafeRawBufferPointer? {
        while !isOver {
            if unsafe rest.isEmpty {
                unsafe rest = try packed.next() ?? UnsafeRawBufferPointer(start: nil, count: 0)
                if unsafe rest.isEmpty {
                    if isInside { throw ArchiveFailure(.read, "gzip data is cut off") }
                    isOver = true
                    break
                }
            }
            if !isInside, try !begin() { break }
            let count = try inflatePiece()
            if count > 0 { return unsafe UnsafeRawBufferPointer(rebasing: room[..<count]) }
        }
        return nil
    }

    /// Whether a file begins here; if not, everything is over.
    private func begin() throws(ArchiveFailure) -> Bool {
        if unsafe rest.count < Self.mark.count {
            // The mark may be cut in two by the piece's end.
            unsafe packed.putBack(rest)
            _ = try packed.first(Self.mark.count)
            unsafe rest = try packed.next() ?? UnsafeRawBufferPointer(start: nil, count: 0)
        }
        isInside = unsafe rest.starts(with: Self.mark)
        isOver = !isInside
        if isInside { _ = unsafe inflateReset(stream) }
        return isInside
    }

    private func inflatePiece() throws(ArchiveFailure) -> Int {
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: rest.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = UInt32(rest.count)
        unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(room.count)
        let answer = unsafe inflate(stream, Z_NO_FLUSH)
        unsafe rest = UnsafeRawBufferPointer(rebasing: rest[(rest.count - Int(stream.pointee.avail_in))...])
        switch answer {
        case Z_STREAM_END: isInside = false
        // No progress: more has to come.
        case Z_OK, Z_BUF_ERROR: break
        default:
            let words = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "error \(answer)"
            throw ArchiveFailure(.read, "gzip data is damaged: \(words)")
        }
        return unsafe room.count - Int(stream.pointee.avail_out)
    }
}

/// Takes off everything that is packed around an archive, one layer after the other.
struct Layers {
    let archive: any Pieces
    /// Whether there was any.
    let isPacked: Bool

    /// As many as libarchive takes off at most.
    private static let limit = 25

    init(archive: any Pieces, isPacked: Bool) {
        self.archive = archive
        self.isPacked = isPacked
    }

    init(_ pieces: any Pieces) throws(ArchiveFailure) {
        var outer = pieces
        var count = 0
        while count < Self.limit {
            let peeked = PeekedPieces(outer)
            outer = peeked
            let head = try peeked.first(GzipPieces.mark.count)
            if head.elementsEqual(GzipPieces.mark) {
                outer = try GzipPieces(peeked)
            } else if !head.isEmpty {
                let unpacked = try UnpackedPieces(peeked)
                outer = unpacked
                guard unpacked.isOfUse else { break }
            } else {
                break
            }
            count += 1
        }
        archive = outer
        isPacked = count > 0
    }
}
