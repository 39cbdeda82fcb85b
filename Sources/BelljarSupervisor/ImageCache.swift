internal import Synchronization

/// What of a C library is changed when a program begins: places in its memory, counted from the beginning of its file there.
struct ImagePlaces: Equatable {
    /// Of the address of the kernel's shared object; none for a program that keeps no such address.
    var object: [UInt64] = []
    /// Of the value of the tunable that holds the library to a processor's level; its flag follows.
    var tunable: UInt64?
}

/// Where, in programs that were seen before, the C library keeps the address of the kernel's shared object.
///
/// The first program of a kind is searched; all later ones are changed at once. A program is told by the first bytes of
/// its ELF file, which hold its program headers and as a rule its build id.
final class ImageCache: Sendable {
    /// Bytes of an ELF file that tell it from others.
    static let headerSize = 1024
    private static let maximumCount = 64

    private struct Known {
        var header: [UInt64]
        var places: ImagePlaces
    }

    /// By a number that follows from the header.
    private let known = Mutex<[UInt64: Known]>([:])

    /// - Parameter header: `headerSize` bytes, aligned.
    func places(in header: UnsafeRawBufferPointer) -> ImagePlaces? {
        let words = unsafe header.bindMemory(to: UInt64.self)
        let number = unsafe Self.number(of: words)
        return known.withLock { known in
            guard let entry = known[number], unsafe entry.header.elementsEqual(words) else { return nil }
            return entry.places
        }
    }

    func remember(_ header: UnsafeRawBufferPointer, _ places: ImagePlaces) {
        let words = unsafe header.bindMemory(to: UInt64.self)
        let number = unsafe Self.number(of: words)
        let entry = unsafe Known(header: Array(words), places: places)
        known.withLock { known in
            if known.count >= Self.maximumCount { known.removeAll() }
            known[number] = entry
        }
    }

    /// FNV-1a over words. Equal numbers of different headers only cost a search each time.
    private static func number(of words: UnsafeBufferPointer<UInt64>) -> UInt64 {
        var number: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in 0..<words.count { number = unsafe (number ^ words[index]) &* 0x0000_0100_0000_01b3 }
        return number
    }
}

/// What the program headers of an ELF file (elf(5), 64 bits) say about its memory.
struct ProgramHeaders {
    private enum Kind {
        static let load: UInt32 = 1
    }

    /// Parts of memory that can be written to when the program begins, relative to the file's beginning in memory.
    private(set) var writable: [Range<UInt64>] = []

    /// - Parameter header: the file's first bytes; nil if they are not an ELF file's, or do not hold its program headers.
    init?(_ header: UnsafeRawBufferPointer) {
        guard header.count >= 64, unsafe header.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2]) else { return nil }
        let offset = unsafe Int(clamping: header.loadUnaligned(fromByteOffset: 32, as: UInt64.self))
        let count = unsafe Int(header.loadUnaligned(fromByteOffset: 56, as: UInt16.self))
        // Whoever made the program wrote these: nothing is added to them that could be too large.
        guard offset >= 64, offset <= header.count, count * 56 <= header.count - offset else { return nil }
        var first: UInt64?
        for index in 0..<count {
            let start = offset + index * 56
            let kind = unsafe header.loadUnaligned(fromByteOffset: start, as: UInt32.self)
            let flags = unsafe header.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self)
            let address = unsafe header.loadUnaligned(fromByteOffset: start + 16, as: UInt64.self)
            let size = unsafe header.loadUnaligned(fromByteOffset: start + 40, as: UInt64.self)
            guard kind == Kind.load else { continue }
            let base = first ?? address & ~0xfff
            first = base
            guard flags & 2 != 0, address >= base, !(address - base).addingReportingOverflow(size).overflow else {
                continue
            }
            writable.append(address - base..<address - base + size)
        }
    }

    /// The same parts as addresses.
    ///
    /// - Parameter start: where the file begins in memory.
    /// - Returns: nil if one would lie beyond the last address.
    func writable(from start: UInt64) -> [Range<UInt64>]? {
        var ranges: [Range<UInt64>] = []
        for part in writable {
            let (end, overflow) = start.addingReportingOverflow(part.upperBound)
            if overflow { return nil }
            ranges.append(start + part.lowerBound..<end)
        }
        return ranges
    }
}
