package import BelljarKernel
internal import Synchronization

/// What a sandbox is started with otherwise than usual, to see that a build does not notice.
package final class UnusualStart: Sendable {
    package let conditions: Set<StartCondition>
    private let refusals = Mutex<[StartCondition: KernelError]>([:])

    package init(_ conditions: Set<StartCondition>) { self.conditions = conditions }

    func note(_ condition: StartCondition, _ error: KernelError) {
        refusals.withLock { $0[condition] = error }
    }

    /// What the host did not let be otherwise, with its answer.
    package var refused: [StartCondition: KernelError] { refusals.withLock { $0 } }
}
