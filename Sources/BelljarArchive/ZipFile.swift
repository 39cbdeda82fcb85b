internal import BelljarKernel
internal import BelljarPlan
internal import CArchive

/// A zip archive as a file, for what libarchive does not tell of it: the bytes of names that are marked as UTF-8. It
/// converts those, to composed characters at best.
final class ZipFile {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

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
    func name(ofHeaderEndingAt end: UInt64, link: Int?) throws(ParserFailure) -> [UInt8]? {
        let first = end > Self.longest ? end - Self.longest : 0
        let window: [UInt8]
        do throws(KernelError) { window = try descriptor.bytes(Int(end - first), at: first) } catch {
            throw ParserFailure(.read, error.answer)
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
