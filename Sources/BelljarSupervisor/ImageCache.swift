internal import Synchronization

/// Where, in programs that were seen before, the C library keeps the address of the kernel's shared object.
///
/// The first program of a kind is searched; all later ones are changed at once. A program is told by the first bytes of
/// its ELF file, which hold its program headers and as a rule its build id.
final class ImageCache: Sendable {
    /// Bytes of an ELF file that tell it from others.
    static let headerSize = 1024
    private static let maximumCount = 64

    struct Known: Equatable {
        var header: [UInt8]
        /// Offsets from the beginning of the file in memory; none for a program that keeps no such address.
        var offsets: [UInt64]
    }

    private let known = Mutex<[Known]>([])

    func offsets(for header: UnsafeRawBufferPointer) -> [UInt64]? {
        known.withLock { list in
            for entry in list where unsafe entry.header.elementsEqual(header) { return entry.offsets }
            return nil
        }
    }

    func remember(_ header: UnsafeRawBufferPointer, _ offsets: [UInt64]) {
        let entry = unsafe Known(header: Array(header), offsets: offsets)
        known.withLock { list in
            if list.count == Self.maximumCount { list.removeFirst() }
            list.append(entry)
        }
    }
}

/// What the program headers of an ELF file (elf(5), 64 bits) say about its memory.
struct ProgramHeaders {
    private enum Kind {
        static let load: UInt32 = 1
        static let headers: UInt32 = 6
    }

    /// Parts of memory that can be written to when the program begins, relative to the file's beginning in memory.
    private(set) var writable: [Range<UInt64>] = []

    /// - Parameter header: the file's first bytes; nil if they are not an ELF file's, or do not hold its program headers.
    init?(_ header: UnsafeRawBufferPointer) {
        guard header.count >= 64, unsafe header.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2]) else { return nil }
        let offset = unsafe Int(clamping: header.loadUnaligned(fromByteOffset: 32, as: UInt64.self))
        let count = unsafe Int(header.loadUnaligned(fromByteOffset: 56, as: UInt16.self))
        guard offset >= 64, offset + count * 56 <= header.count else { return nil }
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
}
