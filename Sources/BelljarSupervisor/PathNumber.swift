/// A number of a file that follows from its path alone, so that it is the same on every host and whatever the order in
/// which files are looked at.
///
/// FNV-1a over the bytes, which can be carried on from a directory to each of its names, and then the finishing steps of
/// MurmurHash3, so that near paths have far numbers.
struct PathNumber {
    private(set) var state: UInt64 = 0xcbf2_9ce4_8422_2325

    /// - Parameter path: canonical and absolute, without a zero.
    init(_ path: UnsafeRawBufferPointer) {
        // What is below the root begins with a slash, as what is below any other directory.
        if unsafe path.count == 1 && path[0] == UInt8(ascii: "/") { return }
        unsafe add(path)
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        for index in 0..<bytes.count { unsafe add(bytes[index]) }
    }

    mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

    /// The number of a name in this directory.
    func appending(_ name: UnsafeRawBufferPointer) -> PathNumber {
        var longer = self
        longer.add(UInt8(ascii: "/"))
        unsafe longer.add(name)
        return longer
    }

    /// Of what has this number as long as its path leads to it: an even one, and never 0, which programs take for "no file".
    var inode: UInt64 { max(Self.spread(state) & ~1, 2) }

    /// Of a file that keeps its number when it gets another name, after which something else may come to be here: an odd one.
    var fileInode: UInt64 { Self.spread(state) | 1 }

    /// The next number to try where another file has this one; even or odd as that one is.
    static func next(after inode: UInt64) -> UInt64 {
        let next = spread(inode &+ 0x9e37_79b9_7f4a_7c15)
        return inode & 1 == 1 ? next | 1 : max(next & ~1, 2)
    }

    /// 32 bits: what archives (cpio) and programs for 32 bits keep of an inode number. That so few are no two files' is seen to
    /// where they are given out.
    private static func spread(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 33) &* 0xff51_afd7_ed55_8ccd
        mixed = (mixed ^ mixed >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return (mixed ^ mixed >> 33) & 0xffff_ffff
    }
}

/// Numbers of paths that were resolved before, for one worker.
///
/// To see what path without links leads to a file takes three calls. An absolute path that never leaves a mount that nobody
/// can write to leads to the same file for ever.
@safe
struct PathNumberCache: ~Copyable {
    private struct Entry {
        /// Of the path as it was asked for, with links; 0 for a place that is free.
        var text: UInt64 = 0
        var file: UInt64 = 0
        var inode: UInt64 = 0
    }

    /// A power of two; 48 KiB in all.
    private static let capacity = 2048
    private let entries: UnsafeMutablePointer<Entry>

    init() {
        unsafe entries = .allocate(capacity: Self.capacity)
        unsafe entries.initialize(repeating: Entry(), count: Self.capacity)
    }

    deinit { unsafe entries.deallocate() }

    /// What stands for a path, and for whether links at its end are followed.
    static func text(_ path: UnsafeRawBufferPointer, followsLink: Bool) -> UInt64 {
        var number = unsafe PathNumber(path)
        number.add(followsLink ? 1 : 0)
        return max(number.state, 1)
    }

    func find(_ text: UInt64, file: UInt64) -> UInt64? {
        let entry = unsafe entries[Self.place(of: text)]
        return entry.text == text && entry.file == file ? entry.inode : nil
    }

    func keep(_ text: UInt64, file: UInt64, inode: UInt64) {
        unsafe entries[Self.place(of: text)] = Entry(text: text, file: file, inode: inode)
    }

    private static func place(of text: UInt64) -> Int {
        // Fibonacci hashing: the upper bits depend on all of the number's.
        Int(truncatingIfNeeded: (text &* 0x9e37_79b9_7f4a_7c15) >> 40) & (capacity - 1)
    }
}
