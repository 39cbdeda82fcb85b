internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// A process that has the same parent as another one, and has told nothing of itself.
struct Sibling {
    enum State {
        /// It was forked, and is still what its parent is.
        case forked
        /// It shares its parent's memory until it executes something: what, and whether, is not known yet.
        case inMemoryOfParent
        /// It executed a program that has not come to its first call. By its name turns are counted; nil for one that cannot be
        /// looked at.
        case program(name: UInt64?)
    }

    let process: Int32
    let state: State
}

/// Who was born before whom.
extension Worker {
    /// The children of a process's parent that were born before it, live or wait to be waited for, and have told nothing, in that
    /// order.
    ///
    /// - Parameters:
    ///   - parent: that it had. If that is dead, its children are another's now, in the same order.
    ///   - mark: that it was born with.
    func olderSiblings(of process: Int32, parent: Int32, bornWith mark: UInt64) throws(Refusal) -> [Sibling] {
        var parent = parent
        var older = numbersOfOlder(than: process, among: parent, thread: parent)
        if older == nil {
            parent = try shared.processes.family(of: process).parent
            older = numbersOfOlder(than: process, among: parent, thread: parent)
        }
        // Nil again is a child of another thread than the first: it is no sibling of those of others, for nobody knows the order.
        guard let numbers = older ?? numbersOfOlder(than: process, amongThreadsOf: parent), !numbers.isEmpty else {
            return []
        }
        let open = shared.processes.lineages.withLock { lineages in
            numbers.filter { lineages.isOpen($0, bornWith: mark) }
        }
        var siblings: [Sibling] = []
        let patience = Deadline.after(nanoseconds: Self.longestLayout)
        for number in open {
            let state = try state(of: number, parent: parent, bornWith: mark, until: patience)
            siblings.append(Sibling(process: number, state: state))
        }
        return siblings
    }

    private func numbersOfOlder(than process: Int32, amongThreadsOf parent: Int32) -> [Int32]? {
        for thread in ThreadCall.numbers(in: "/proc/\(parent)/task", limit: .max) ?? [] where thread != parent {
            if let older = numbersOfOlder(than: process, among: parent, thread: thread) { return older }
        }
        return nil
    }

    /// nil if the process is not among these children.
    private func numbersOfOlder(than process: Int32, among parent: Int32, thread: Int32) -> [Int32]? {
        guard let file = try? Descriptor.workingDirectory.open("/proc/\(parent)/task/\(thread)/children"),
            let count = read(file)
        else { return nil }
        var siblings: [Int32] = []
        var number: Int32 = 0
        for index in 0..<count {
            // A blank follows each number.
            guard unsafe room[index] == UInt8(ascii: " ") else {
                number = unsafe number &* 10 &+ Int32(room[index]) &- 48
                continue
            }
            if number == process { return siblings }
            siblings.append(number)
            number = 0
        }
        return nil
    }

    /// Reads a list into `room`: some 10,000 children, of which the kernel gives a page at a time.
    private func read(_ file: borrowing Descriptor) -> Int? {
        var count = 0
        while unsafe count < room.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[count...])
            guard let more = try? unsafe file.read(into: rest) else { return nil }
            if more == 0 { break }
            count += more
        }
        return count
    }

    /// How long programs may take to be laid out once its parent goes on (vfork(2) ends before that), which is a matter of
    /// reading its file's first page. What takes longer spoilt its own stack.
    private static var longestLayout: UInt64 { 200_000_000 }

    private func state(
        of sibling: Int32, parent: Int32, bornWith mark: UInt64, until patience: Deadline
    ) throws(Refusal) -> Sibling.State {
        // A new program is known by what is hidden from it later.
        guard hidesSharedObject else { return .forked }
        if ProcessMemory.compare(sibling, parent) == 0 { return .inMemoryOfParent }
        while true {
            do throws(Refusal) {
                guard let start = try programStart(of: sibling) else { return .forked }
                return .program(name: try nameOfProgram(start, sibling, bornWith: mark))
            } catch {
                if case .gone = error { return .forked }
                guard listener.isWaiting(call.id) else { throw .gone }
                guard !patience.isOver else { return .program(name: nil) }
                pause(until: .after(nanoseconds: 500_000))
            }
        }
    }
}
