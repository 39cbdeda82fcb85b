internal import Synchronization

/// Names that this process made visible and that are not on the disk yet: those of commits under way, and of commits
/// whose last flush failed.
///
/// Whoever finds something in the store writes it no second time. So a commit that meets such names has to flush them
/// too before it may say that all is safe, even if it has nothing to write itself.
final class FlushDebt: Sendable {
    private struct State {
        var open: Set<Int> = []
        var next = 0
    }

    private let state = Mutex(State())

    /// Names are about to become visible; answers the number under which they are owed.
    func add() -> Int {
        state.withLock { state in
            state.next += 1
            state.open.insert(state.next)
            return state.next
        }
    }

    /// All that is owed now.
    var owed: Set<Int> { state.withLock { $0.open } }

    /// These are on the disk.
    func settle(_ numbers: Set<Int>) { state.withLock { $0.open.subtract(numbers) } }
}
