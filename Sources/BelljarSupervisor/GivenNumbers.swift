/// The inode numbers that paths were given, so that no two paths of a mount have the same one.
///
/// A number has 32 bits, of which a path decides all, so of 50,000 files a pair wants the same one as a rule. Who is looked at
/// first gets it, and the other the next; everybody else's is the same whatever came before.
@safe
struct GivenNumbers: ~Copyable {
    /// Once so many were given, the others are what their path says, and may be another's too.
    static let maximumCount = 1 << 18
    private static let firstCapacity = 1 << 11

    private struct Entry {
        /// Of the path; its number is never 0 then.
        var state: UInt64 = 0
        /// 0 for a place that is free.
        var inode: UInt32 = 0
        var device: UInt32 = 0
    }

    /// A power of two, and at least twice the places that are in use.
    private var capacity = GivenNumbers.firstCapacity
    private var entries: UnsafeMutablePointer<Entry>
    private(set) var count = 0

    init() { unsafe entries = Self.allocate(Self.firstCapacity) }

    deinit { unsafe entries.deallocate() }

    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Entry> {
        let made = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        unsafe made.initialize(repeating: Entry(), count: capacity)
        return unsafe made
    }

    /// The number of a path, always the same one.
    ///
    /// - Parameter device: of the mount that it is on.
    mutating func number(of path: PathNumber, on device: UInt64) -> UInt64 {
        let device = UInt32(truncatingIfNeeded: device)
        var inode = path.inode
        while true {
            let position = place(of: UInt32(truncatingIfNeeded: inode), device)
            let found = unsafe entries[position]
            if found.inode == 0 {
                add(Entry(state: path.state, inode: UInt32(truncatingIfNeeded: inode), device: device), at: position)
                return inode
            }
            if found.state == path.state { return inode }
            inode = PathNumber.next(after: inode)
        }
    }

    /// Where a number is, or would be.
    private func place(of inode: UInt32, _ device: UInt32) -> Int {
        // Fibonacci hashing: the upper bits depend on all of the number's.
        let mixed = (UInt64(inode) ^ UInt64(device) << 32) &* 0x9e37_79b9_7f4a_7c15
        var position = Int(truncatingIfNeeded: mixed >> 32) & (capacity - 1)
        while true {
            let entry = unsafe entries[position]
            if entry.inode == 0 || entry.inode == inode && entry.device == device { return position }
            position = (position + 1) & (capacity - 1)
        }
    }

    private mutating func add(_ entry: Entry, at position: Int) {
        guard count < Self.maximumCount else { return }
        unsafe entries[position] = entry
        count += 1
        if 2 * count > capacity { grow() }
    }

    private mutating func grow() {
        let (old, size) = unsafe (entries, capacity)
        capacity *= 2
        unsafe entries = Self.allocate(capacity)
        for index in 0..<size {
            let entry = unsafe old[index]
            if entry.inode != 0 { unsafe entries[place(of: entry.inode, entry.device)] = entry }
        }
        unsafe old.deallocate()
    }
}
