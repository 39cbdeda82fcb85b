internal import BelljarKernel
internal import BelljarPlan
internal import CArchive

/// A zip archive as a file: feeds libarchive, up to the archive's end, and knows what libarchive does not tell of it, the bytes of
/// names that are marked as UTF-8. It converts those, to composed characters at best.
@safe final class ZipFile {
    private let descriptor: Descriptor
    /// Bytes up to the end of the record that the archive ends with, without its comment. libarchive looks for that record in the
    /// last 16 KiB of what there is; with more padding or a longer comment it would read the archive as a stream, in which
    /// there are neither links nor modes.
    private let length: UInt64
    private var position: UInt64 = 0
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    /// What went wrong below libarchive.
    private(set) var failure: ArchiveFailure?

    init(_ descriptor: consuming Descriptor) throws(ArchiveFailure) {
        do throws(KernelError) { length = try Self.length(of: descriptor) } catch {
            throw ArchiveFailure(.open, error.answer)
        }
        self.descriptor = descriptor
    }

    deinit { unsafe room.deallocate() }

    /// Where the archive's last record ends (APPNOTE.TXT 4.3.16); the end of the file if there is none to be found.
    private static func length(of descriptor: borrowing Descriptor) throws(KernelError) -> UInt64 {
        let size = try descriptor.status().size
        var end = size
        // Zeros behind it are padding, but for those that the record itself ends with.
        while end > 0 {
            let begin = end > 1 << 16 ? end - 1 << 16 : 0
            let piece = try descriptor.bytes(Int(end - begin), at: begin)
            if let last = piece.lastIndex(where: { $0 != 0 }) {
                end = begin + UInt64(last) + 1
                break
            }
            end = begin
        }
        end = min(size, end + endRecord)
        let begin = end > endRecord + 0xffff ? end - endRecord - 0xffff : 0
        let tail = try descriptor.bytes(Int(end - begin), at: begin)
        var start = tail.count - Int(endRecord)
        while start >= 0 {
            if tail[start...].starts(with: [0x50, 0x4b, 5, 6]) { return begin + UInt64(start) + endRecord }
            start -= 1
        }
        return size
    }

    /// Bytes of the last record without its comment.
    private static let endRecord: UInt64 = 22

    /// Starts the reading; libarchive's status. The file has to live as long as the handle.
    func open(_ handle: ArchiveHandle) -> Int32 {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe archive_read_set_read_callback(handle.pointer) { _, context, block in
            guard let context = unsafe context, let block = unsafe block else { return Int(ARCHIVE_FATAL) }
            return unsafe Unmanaged<ZipFile>.fromOpaque(context).takeUnretainedValue().read(block)
        }
        unsafe archive_read_set_seek_callback(handle.pointer) { _, context, offset, origin in
            guard let context = unsafe context else { return Int64(ARCHIVE_FATAL) }
            return unsafe Unmanaged<ZipFile>.fromOpaque(context).takeUnretainedValue().seek(offset, origin)
        }
        unsafe archive_read_set_callback_data(handle.pointer, context)
        return unsafe archive_read_open1(handle.pointer)
    }

    private func read(_ block: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
        guard position < length else { return 0 }
        let count = unsafe Int(min(UInt64(room.count), length - position))
        do throws(KernelError) {
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<count])
            let found = try unsafe descriptor.read(into: part, at: position)
            position += UInt64(found)
            unsafe block.pointee = UnsafeRawPointer(room.baseAddress)
            return found
        } catch {
            failure = ArchiveFailure(.read, error.answer)
            return Int(ARCHIVE_FATAL)
        }
    }

    /// As lseek(2): from the beginning, from here, from the end. libarchive may ask for places behind the end.
    private func seek(_ offset: Int64, _ origin: Int32) -> Int64 {
        let base: UInt64
        switch origin {
        case 0: base = 0
        case 1: base = position
        case 2: base = length
        default: return Int64(ARCHIVE_FATAL)
        }
        let (sum, overflow) = Int64(clamping: base).addingReportingOverflow(offset)
        guard !overflow, sum >= 0 else { return Int64(ARCHIVE_FATAL) }
        position = UInt64(sum)
        return sum
    }

    /// Whether a file is one: `PK` with a local header, or with an empty archive's end (APPNOTE.TXT 4.3.7 and 4.3.16).
    static func isOne(_ descriptor: borrowing Descriptor) throws(KernelError) -> Bool {
        let head = try descriptor.bytes(4, at: 0)
        return head == [0x50, 0x4b, 3, 4] || head == [0x50, 0x4b, 5, 6]
    }

    /// The name in the local header that ends at this offset, or before it if a link's target is between the two.
    ///
    /// libarchive does not say where the header begins, so it is looked for backwards from there, by its lengths. Bytes
    /// that only look like a header can lead to another name of the archive's own choice, which is checked like any.
    ///
    /// - Parameter link: bytes of a link's target, for one; nil for anything else.
    func name(ofHeaderEndingAt end: UInt64, link: Int?) throws(ArchiveFailure) -> [UInt8]? {
        let first = end > Self.longest ? end - Self.longest : 0
        let window: [UInt8]
        do throws(KernelError) { window = try descriptor.bytes(Int(end - first), at: first) } catch {
            throw ArchiveFailure(.read, error.answer)
        }
        guard window.count >= Header.size else { return nil }
        var start = window.count - Header.size
        var other: Header?
        while true {
            if let header = Header(window[start...]) {
                let gap = window.count - start - header.length
                if gap == 0 || (link != nil && (gap == link || gap == header.packedSize)) { return header.name }
                // The target of a link that is packed, of a size that stands elsewhere.
                if link != nil, other == nil { other = header }
            }
            if start == 0 { return other?.name }
            start -= 1
        }
    }

    /// A header with the longest name and fields, and behind it the longest target that libarchive takes.
    private static let longest = UInt64(Header.size + 3 * 0xffff + 1)

    /// What comes before each file (APPNOTE.TXT 4.3.7).
    private struct Header {
        static let size = 30

        var system: UInt8
        var packedSize: Int
        var storedName: [UInt8]
        var fields: [UInt8]

        var length: Int { Self.size + storedName.count + fields.count }

        /// Nil if no header begins here, or not all of it is here.
        init?(_ bytes: ArraySlice<UInt8>) {
            let begin = bytes.startIndex
            guard bytes.count >= Self.size, bytes[begin] == 0x50, bytes[begin + 1] == 0x4b, bytes[begin + 2] == 3,
                bytes[begin + 3] == 4
            else { return nil }
            func number(_ offset: Int, _ size: Int) -> Int { bytes[(begin + offset)...].littleEndian(size) }
            let names = begin + Self.size + number(26, 2)
            let end = names + number(28, 2)
            guard end <= bytes.endIndex else { return nil }
            system = bytes[begin + 5]
            packedSize = number(18, 4)
            storedName = Array(bytes[(begin + Self.size)..<names])
            fields = Array(bytes[names..<end])
        }

        /// As libarchive would give it: what Info-ZIP has as the name in UTF-8 outranks the other, and whoever writes in DOS's
        /// manner may mean slashes by backslashes.
        var name: [UInt8] {
            let name = unicodeName ?? storedName
            guard system == 0, !name.contains(UInt8(ascii: "/")) else { return name }
            return name.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
        }

        /// Field 0x7075 (APPNOTE.TXT 4.6.9): a version, the checksum of the name that it is for, and the name in UTF-8.
        private var unicodeName: [UInt8]? {
            var rest = fields[...]
            while rest.count >= 4 {
                let size = rest.dropFirst(2).littleEndian(2)
                let content = rest.dropFirst(4).prefix(size)
                if rest.littleEndian(2) == 0x7075, content.count > 5 {
                    let sum = unsafe crc32(0, storedName, UInt32(storedName.count))
                    if content.dropFirst().littleEndian(4) == Int(sum) { return Array(content.dropFirst(5)) }
                }
                rest = rest.dropFirst(4 + size)
            }
            return nil
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func littleEndian(_ size: Int) -> Int { prefix(size).reversed().reduce(0) { $0 << 8 | Int($1) } }
}

extension Descriptor {
    /// At most so many bytes from this offset on, leaving the position where it is.
    fileprivate borrowing func bytes(_ count: Int, at offset: UInt64) throws(KernelError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var found = 0
        var failure: KernelError?
        unsafe bytes.withUnsafeMutableBytes { room in
            do throws(KernelError) {
                while found < count {
                    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[found...])
                    let more = try unsafe read(into: rest, at: offset + UInt64(found))
                    if more == 0 { break }
                    found += more
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return Array(bytes[..<found])
    }
}
