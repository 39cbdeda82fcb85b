internal import BelljarKernel

/// A change of a file that has no identity yet, because the call that makes it is still to be carried out.
struct PendingChange {
    enum Kind {
        /// The file comes to be.
        case made
        /// It is copied from what came in, and changed.
        case copied
        /// It gets another name.
        case linked
        /// The name is taken away from what `before` tells.
        case removed
        /// It is copied, and its times are set, or only what else there is about it.
        case set(TimesToSet)
    }

    var kind: Kind
    var thread: Int32
    var stamp: Stamp
    /// A directory that the name is in, or, without a name, the file itself; held until this is settled.
    var held: Int32
    var nameLength = 0
    var followsLink = false
    /// What the file was told by before.
    var before: UInt64 = 0
}

/// The changes that threads were told to go on with and that were not looked at since; one for each thread at most,
/// because its next call comes when the last is done.
@safe
struct PendingChanges: ~Copyable {
    private static let capacity = 32
    /// Of the longest name with its zero (NAME_MAX).
    static let nameSize = 256
    typealias Name = InlineArray<256, UInt8>

    private let changes: UnsafeMutablePointer<PendingChange?>
    private let names: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init() {
        unsafe changes = .allocate(capacity: Self.capacity)
        unsafe changes.initialize(repeating: nil, count: Self.capacity)
        unsafe names = .allocate(byteCount: Self.capacity * Self.nameSize, alignment: 16)
    }

    deinit {
        keepingErrorNumber {
            for index in 0..<Self.capacity {
                if let change = unsafe changes[index] { HeldPlace.release(change.held) }
            }
        }
        unsafe changes.deallocate()
        unsafe names.deallocate()
    }

    private func name(_ index: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: names[index * Self.nameSize..<(index + 1) * Self.nameSize])
    }

    /// Takes a change over, with what it holds. The place of its thread has to be free, or held by another thread that
    /// never came back.
    ///
    /// - Parameter name: ended by a zero, if the change has a name.
    mutating func add(_ change: PendingChange, name bytes: Name) {
        let index = Int(change.thread) % Self.capacity
        take(index)
        for position in 0...change.nameLength { unsafe name(index)[position] = bytes[position] }
        unsafe changes[index] = change
        count += 1
    }

    private mutating func take(_ index: Int) {
        guard let old = unsafe changes[index] else { return }
        HeldPlace.release(old.held)
        unsafe changes[index] = nil
        count -= 1
    }

    /// The next change whose file is there now, or gone if that is the change; it is forgotten, and so are those that did not happen.
    ///
    /// - Parameters:
    ///   - index: where to look on; 0 at first.
    ///   - thread: whose call was carried out for certain, so that what is not there now did not come.
    mutating func settleNext(_ index: inout Int, for thread: Int32) -> (PendingChange, FileFacts)? {
        while index < Self.capacity {
            defer { index += 1 }
            guard let change = unsafe changes[index] else { continue }
            var facts = FileFacts()
            var error = Errno.ENOENT.rawValue
            if change.nameLength == 0 {
                error = facts.look(descriptor: change.held)
            } else if let start = unsafe name(index).baseAddress {
                error = unsafe facts.look(start, at: change.held, followsLink: change.followsLink)
            }
            let isOther = error == 0 && (change.before == 0 || FileMemory.key(facts) != change.before)
            let isDone = if case .removed = change.kind { isOther || error == Errno.ENOENT.rawValue } else { isOther }
            if isDone || change.thread == thread { take(index) }
            if isDone { return (change, facts) }
        }
        return nil
    }
}
