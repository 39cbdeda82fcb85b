internal import BelljarKernel

/// All names of a directory at one time, in the order in which they are listed.
final class DirectorySnapshot: Sendable {
    /// For each entry: inode number (8 bytes), length of the name (2), type (1), name.
    private let bytes: [UInt8]
    /// Where the entries begin in `bytes`, in the order in which they are listed.
    private let starts: [UInt32]
    /// Of names and types, in order. Equal directories have equal ones, on every host.
    let hash: UInt64

    private static let headerSize = 11

    @unsafe struct Entry {
        var inode: UInt64
        var type: UInt8
        /// Lies in the snapshot.
        var name: UnsafeRawBufferPointer

        /// Whether it is `.` (1) or `..` (2).
        func isDot(count: Int) -> Bool {
            unsafe name.count == count && name.allSatisfy { $0 == UInt8(ascii: ".") }
        }
    }

    /// How names are ordered.
    enum Order {
        /// As the file system gives them.
        case unknown
        /// As bytes.
        case byName
        /// As bytes, and then those that are numbers, by what they are.
        case byNumber
    }

    var count: Int { starts.count }
    /// Memory that it takes, in bytes.
    var size: Int { bytes.capacity + 4 * starts.capacity + 64 }

    private init(_ bytes: [UInt8], _ starts: [UInt32]) {
        self.bytes = bytes
        self.starts = starts
        hash = unsafe bytes.withUnsafeBytes { all in
            // FNV-1a
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for start in starts {
                let entry = unsafe Self.entry(all, start)
                hash = unsafe (hash ^ UInt64(entry.type)) &* 0x100_0000_01b3
                for index in 0..<(unsafe entry.name.count) {
                    hash = unsafe (hash ^ UInt64(entry.name[index])) &* 0x100_0000_01b3
                }
                hash = (hash ^ 0x2f) &* 0x100_0000_01b3
            }
            return hash ^ hash >> 29
        }
    }

    /// How large a snapshot may be, in bytes of memory.
    enum Size: Int {
        /// Of nearly every directory. Each worker can have one besides those that are kept.
        case ordinary = 0x10_0000
        /// There is one such at a time. With names of 40 letters that is a million files.
        case large = 0x400_0000
    }

    /// Reads a directory from its beginning, where it stands.
    ///
    /// - Parameters:
    ///   - names: those that are taken.
    ///   - room: where the kernel's records go.
    /// - Returns: nil if it would be larger than that.
    static func read(
        _ directory: borrowing Descriptor, _ order: Order, _ names: ProcNames = .other, size: Size,
        room: UnsafeMutableRawBufferPointer
    ) throws(KernelError) -> DirectorySnapshot? {
        var bytes: [UInt8] = []
        var starts: [UInt32] = []
        if size == .large {
            // Else arrays grow to twice what they need, and are there twice meanwhile.
            guard let (count, names) = try unsafe measure(directory, room) else { return nil }
            bytes.reserveCapacity(count)
            starts.reserveCapacity(names)
        }
        while true {
            let count = try unsafe directory.readRecords(into: room)
            guard count > 0 else { break }
            // As much as these records can come to, and as a rule there are no others.
            if bytes.capacity == 0 {
                bytes.reserveCapacity(count)
                starts.reserveCapacity(count / 24)
            }
            unsafe append(UnsafeRawBufferPointer(rebasing: room[..<count]), names, &bytes, &starts)
            guard bytes.count + 4 * starts.count <= size.rawValue else { return nil }
        }
        return make(bytes, starts, order)
    }

    /// From the kernel's records.
    static func make(_ records: UnsafeRawBufferPointer, _ order: Order) -> DirectorySnapshot {
        var bytes: [UInt8] = []
        var starts: [UInt32] = []
        unsafe append(records, .other, &bytes, &starts)
        return make(bytes, starts, order)
    }

    private static func make(_ bytes: [UInt8], _ starts: consuming [UInt32], _ order: Order) -> DirectorySnapshot {
        if order != .unknown { sort(&starts, bytes, order) }
        return DirectorySnapshot(bytes, starts)
    }

    /// What a snapshot takes, in bytes and names, with some room for what comes meanwhile; nil if that is too much. The
    /// directory stands at its beginning again.
    private static func measure(
        _ directory: borrowing Descriptor, _ room: UnsafeMutableRawBufferPointer
    ) throws(KernelError) -> (bytes: Int, names: Int)? {
        var (bytes, names) = (0, 0)
        while true {
            let count = try unsafe directory.readRecords(into: room)
            guard count > 0 else { break }
            unsafe forEachRecord(UnsafeRawBufferPointer(rebasing: room[..<count])) { _, name in
                bytes += headerSize + name.count
                names += 1
            }
            guard bytes + 4 * names <= Size.large.rawValue else { return nil }
        }
        try directory.seek(to: 0)
        return (bytes + 4096, names + 64)
    }

    private static func append(
        _ records: UnsafeRawBufferPointer, _ names: ProcNames, _ bytes: inout [UInt8], _ starts: inout [UInt32]
    ) {
        unsafe forEachRecord(records) { start, name in
            if names != .other, unsafe !names.shows(UnsafeRawBufferPointer(rebasing: records[name])) { return }
            starts.append(UInt32(truncatingIfNeeded: bytes.count))
            unsafe bytes.append(contentsOf: records[start..<start + 8])
            bytes.append(UInt8(truncatingIfNeeded: name.count))
            bytes.append(UInt8(truncatingIfNeeded: name.count >> 8))
            unsafe bytes.append(records[start + 18])
            unsafe bytes.append(contentsOf: records[name])
        }
    }

    /// `struct linux_dirent64` (getdents(2)): inode 8 bytes, offset 8, record length 2, type 1, name with its zero.
    private static func forEachRecord(_ records: UnsafeRawBufferPointer, _ body: (Int, Range<Int>) -> Void) {
        var start = 0
        while start + 19 < records.count {
            let length = unsafe Int(records.loadUnaligned(fromByteOffset: start + 16, as: UInt16.self))
            guard length > 19, start + length <= records.count else { return }
            var end = start + 19
            while end < start + length, unsafe records[end] != 0 { end += 1 }
            body(start, start + 19..<end)
            start += length
        }
    }

    private static func entry(_ bytes: UnsafeRawBufferPointer, _ start: UInt32) -> Entry {
        let start = Int(start)
        let length = unsafe Int(bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt16.self))
        let name = start + headerSize
        return unsafe Entry(
            inode: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self), type: bytes[start + 10],
            name: UnsafeRawBufferPointer(rebasing: bytes[name..<name + length]))
    }

    /// `.` and `..` first, all others by name as bytes.
    private static func sort(_ starts: inout [UInt32], _ bytes: [UInt8], _ order: Order) {
        unsafe bytes.withUnsafeBytes { all in
            var first = 0
            for wanted in 1...2 {
                let found = starts.indices.first { unsafe entry(all, starts[$0]).isDot(count: wanted) }
                guard let found else { continue }
                starts.swapAt(first, found)
                first += 1
            }
            starts[first...].sort { left, right in
                unsafe isBefore(entry(all, left).name, entry(all, right).name, order)
            }
        }
    }

    private static func isBefore(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, _ wanted: Order
    ) -> Bool {
        if wanted == .byNumber {
            let (first, second) = unsafe (ProcNames.isNumber(left), ProcNames.isNumber(right))
            if first != second { return second }
            if first, left.count != right.count { return left.count < right.count }
        }
        let order = unsafe Memory.compare(left, right, count: min(left.count, right.count))
        return order == 0 ? left.count < right.count : order < 0
    }

    /// Gives the entries from an index on to `body` until that answers false.
    func entries(from index: Int, _ body: (Int, Entry) -> Bool) {
        unsafe bytes.withUnsafeBytes { all in
            for index in index..<max(index, starts.count) {
                guard unsafe body(index, Self.entry(all, starts[index])) else { return }
            }
        }
    }

    func name(_ index: Int) -> [UInt8] {
        unsafe bytes.withUnsafeBytes { unsafe Array(Self.entry($0, starts[index]).name) }
    }

    /// Where a listing goes on whose last entry had this name.
    func index(after name: [UInt8], _ order: Order) -> Int {
        unsafe bytes.withUnsafeBytes { all in
            unsafe name.withUnsafeBytes { name in
                let same = starts.firstIndex { unsafe Self.entry(all, $0).name.elementsEqual(name) }
                if let same { return same + 1 }
                // It is gone: what came before it has been given. In no order that is unknown, and nothing is left out.
                guard order != .unknown else { return 0 }
                return starts.firstIndex { start in
                    let other = unsafe Self.entry(all, start)
                    if unsafe other.isDot(count: 1) || other.isDot(count: 2) { return false }
                    return unsafe Self.isBefore(name, other.name, order)
                } ?? starts.count
            }
        }
    }

    /// Whether both list the same names and types; inode numbers may differ.
    func lists(theSameAs other: DirectorySnapshot) -> Bool {
        guard hash == other.hash, count == other.count else { return false }
        return unsafe bytes.withUnsafeBytes { own in
            unsafe other.bytes.withUnsafeBytes { others in
                starts.indices.allSatisfy { index in
                    let (left, right) = unsafe (
                        Self.entry(own, starts[index]), Self.entry(others, other.starts[index])
                    )
                    return unsafe left.type == right.type && left.name.elementsEqual(right.name)
                }
            }
        }
    }
}
