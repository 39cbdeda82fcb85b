/// What is remembered of one file that the build made, changed or looked at.
struct FileEntry: BitwiseCopyable {
    /// What the file is told from others by; 0 for an entry that is free.
    var key: UInt64 = 0
    /// The inode number that the build sees; 0 as long as nobody asked for it.
    var inode: UInt64 = 0
    /// Of the last change of its content.
    var modified = Stamp()
    /// Of the change before, as long as it is not known whether there was another one.
    var previous = Stamp()
    /// Of the last change of anything else about it.
    var changed = Stamp()
    /// When it was last used, as that is shown: in nanoseconds since 1970. Nil if it never was since it came in.
    var accessed: Int64?
    /// A time of the kernel, in nanoseconds since 1970. Of what, says `state`.
    var stamp: Int64 = 0
    /// Bytes of it when it was last shown.
    var size: UInt64 = 0
    /// How often it was seen to be written to after the change that it shows.
    var step: UInt16 = 0
    /// The thread that opened it, or changed it, last.
    var opener: Int32 = 0
    /// How often it was changed after somebody had looked at it, in the same second.
    var turns: UInt16 = 0
    var state = State.known
    /// Whether its last name was taken away, so that its number may be given to another.
    var isDead = false

    enum State: UInt8, BitwiseCopyable {
        /// `modified` holds; `stamp` says nothing.
        case known
        /// It was opened for writing when its time was `stamp`: if it still is, `previous` holds.
        case opened
        /// `stamp` was set, and is shown as it is.
        case explicit
        /// `stamp` was its time when it was last shown.
        case shown
    }
}

/// The files that are remembered, at most `maximumCount` of them: 88 bytes each, and 8 for each place of the indices, of which
/// there are at most twice as many. One that is not remembered any more is as if it were seen for the first time.
@safe
struct FileTable: ~Copyable {
    static let maximumCount = 1 << 18
    private static let firstCapacity = 1 << 10

    /// In the order in which they came. The memory is taken when it is first used.
    private let entries: UnsafeMutablePointer<FileEntry>
    private(set) var count = 0
    private var byKey: SlotIndex
    private var byInode: SlotIndex
    /// Where the next one is taken away once all places are used.
    private var oldest = 0
    /// Files without a name in the order in which they lost it, as places in a ring: somebody may have them open.
    private let dead: UnsafeMutablePointer<UInt32>
    private var deadCount = 0
    /// A place whose file is forgotten, and that holds the next such place; -1 if there is none.
    private var free = -1

    private static let deadCapacity = 1024

    init() {
        unsafe entries = .allocate(capacity: Self.maximumCount)
        unsafe dead = .allocate(capacity: Self.deadCapacity)
        byKey = SlotIndex(capacity: 2 * Self.firstCapacity)
        byInode = SlotIndex(capacity: 2 * Self.firstCapacity)
    }

    deinit {
        unsafe entries.deallocate()
        unsafe dead.deallocate()
    }

    subscript(slot: Int) -> FileEntry {
        get { unsafe entries[slot] }
        set { unsafe entries[slot] = newValue }
    }

    /// The place of a file, if it is remembered.
    func find(_ key: UInt64) -> Int? {
        let entries = unsafe entries
        return byKey.find(key) { unsafe entries[$0].key == key }
    }

    /// The place of a file, made if there is none.
    mutating func enter(_ key: UInt64) -> Int {
        if let slot = find(key) { return slot }
        let slot = place()
        unsafe entries[slot] = FileEntry(key: key)
        byKey.insert(key, slot)
        return slot
    }

    private mutating func place() -> Int {
        if free >= 0 {
            let slot = free
            free = Int(unsafe entries[slot].stamp)
            return slot
        }
        guard count == Self.maximumCount else {
            if 2 * count == byKey.capacity { grow() }
            count += 1
            return count - 1
        }
        let slot = oldest
        oldest = (oldest + 1) % Self.maximumCount
        remove(slot)
        return slot
    }

    private mutating func remove(_ slot: Int) {
        let entry = unsafe entries[slot]
        let entries = unsafe entries
        byKey.remove(entry.key, slot) { unsafe entries[$0].key }
        if entry.inode != 0 { byInode.remove(entry.inode, slot) { unsafe entries[$0].inode } }
    }

    /// Takes down that a file lost its last name.
    mutating func forget(_ key: UInt64) {
        guard let slot = find(key), unsafe !entries[slot].isDead else { return }
        unsafe entries[slot].isDead = true
        let position = deadCount % Self.deadCapacity
        if deadCount >= Self.deadCapacity { release(Int(unsafe dead[position])) }
        unsafe dead[position] = UInt32(slot)
        deadCount += 1
    }

    /// Takes back that a file lost its last name. Its number is gone if another file was given it.
    mutating func revive(_ slot: Int) {
        guard unsafe entries[slot].isDead else { return }
        let inode = unsafe entries[slot].inode
        if inode != 0, isTaken(inode) {
            byInode.remove(inode, slot) { [entries = unsafe entries] in unsafe entries[$0].inode }
            unsafe entries[slot].inode = 0
        }
        unsafe entries[slot].isDead = false
    }

    private mutating func release(_ slot: Int) {
        // The place may have been given to another file meanwhile.
        guard unsafe entries[slot].isDead else { return }
        remove(slot)
        unsafe entries[slot] = FileEntry()
        unsafe entries[slot].stamp = Int64(free)
        free = slot
    }

    private mutating func grow() {
        let capacity = 2 * byKey.capacity
        byKey = SlotIndex(capacity: capacity)
        byInode = SlotIndex(capacity: capacity)
        for slot in 0..<count {
            let entry = unsafe entries[slot]
            if entry.key == 0 { continue }
            byKey.insert(entry.key, slot)
            if entry.inode != 0 { byInode.insert(entry.inode, slot) }
        }
    }

    /// The file's inode number, chosen when it is first asked for.
    ///
    /// - Parameter wanted: the number of its path; another is taken if a living file has that.
    mutating func inode(of slot: Int, wanted: UInt64) -> UInt64 {
        let known = unsafe entries[slot].inode
        if known != 0 { return known }
        var inode = wanted
        while isTaken(inode) { inode = PathNumber.next(after: inode) }
        unsafe entries[slot].inode = inode
        byInode.insert(inode, slot)
        return inode
    }

    func isTaken(_ inode: UInt64) -> Bool {
        let entries = unsafe entries
        return byInode.find(inode) { unsafe entries[$0].inode == inode && !entries[$0].isDead } != nil
    }
}

/// Finds places by a number, in open addressing.
@safe
struct SlotIndex: ~Copyable {
    /// A power of two, and at least twice the places that are in it.
    let capacity: Int
    /// One more than the place; 0 where there is none.
    private let slots: UnsafeMutablePointer<UInt32>

    init(capacity: Int) {
        self.capacity = capacity
        unsafe slots = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: 0, count: capacity)
    }

    deinit { unsafe slots.deallocate() }

    private func start(_ number: UInt64) -> Int {
        // Fibonacci hashing: the upper bits depend on all of the number's.
        Int(truncatingIfNeeded: (number &* 0x9e37_79b9_7f4a_7c15) >> 32) & (capacity - 1)
    }

    func find(_ number: UInt64, _ matches: (Int) -> Bool) -> Int? {
        var position = start(number)
        while true {
            let slot = unsafe slots[position]
            if slot == 0 { return nil }
            if matches(Int(slot) - 1) { return Int(slot) - 1 }
            position = (position + 1) & (capacity - 1)
        }
    }

    mutating func insert(_ number: UInt64, _ slot: Int) {
        var position = start(number)
        while unsafe slots[position] != 0 { position = (position + 1) & (capacity - 1) }
        unsafe slots[position] = UInt32(slot + 1)
    }

    /// - Parameter number: of another place in the index.
    mutating func remove(_ number: UInt64, _ slot: Int, _ numberOf: (Int) -> UInt64) {
        var hole = start(number)
        while unsafe slots[hole] != UInt32(slot + 1) {
            if unsafe slots[hole] == 0 { return }
            hole = (hole + 1) & (capacity - 1)
        }
        // What was put behind because this place was taken moves up.
        var position = hole
        while true {
            position = (position + 1) & (capacity - 1)
            let next = unsafe slots[position]
            if next == 0 { break }
            let wanted = start(numberOf(Int(next) - 1))
            if (position - wanted) & (capacity - 1) >= (position - hole) & (capacity - 1) {
                unsafe slots[hole] = next
                hole = position
            }
        }
        unsafe slots[hole] = 0
    }
}
