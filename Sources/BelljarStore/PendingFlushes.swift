internal import Synchronization

/// The flushes that names of this process still need: they are visible and not on the disk yet, because their commit is under
/// way or its last flush failed.
///
/// Whoever finds something in the store writes it no second time. So a commit that meets such names has to flush them
/// too before it may say that all is safe, even if it has nothing to write itself.
final class PendingFlushes: Sendable {
    private struct State {
        var open: Set<Int> = []
        var next = 0
    }

    private let state = Mutex(State())

    /// Names are about to become visible; answers the number of their flush.
    func begin() -> Int {
        state.withLock { state in
            state.next += 1
            state.open.insert(state.next)
            return state.next
        }
    }

    /// The numbers of all that are pending now.
    var numbers: Set<Int> { state.withLock { $0.open } }

    /// These are on the disk.
    func end(_ numbers: Set<Int>) { state.withLock { $0.open.subtract(numbers) } }
}
