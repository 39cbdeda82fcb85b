internal import BelljarKernel
internal import Synchronization

/// Decides how many workers wait for calls at the same time: as many as there is work for.
///
/// The kernel wakes every thread that waits when one call comes, so a thread more than needed costs every call something.
/// One waits at first. It looks now and then whether a further call is there already when it gets one; if so, a further
/// worker is let in. Because that says nothing about too many, all begin with one again from time to time.
final class Gate: Sendable {
    /// Calls between two looks.
    private static let sampling: UInt64 = 8
    /// Looks after which it is decided, and how often more work must have been found for another worker.
    private static let window: (looks: UInt64, found: UInt64) = (16, 4)
    /// Calls of the first worker after which it is alone again.
    private static let period: UInt64 = 8192

    private let open = Atomic<Int>(1)
    private let bells: [Bell]

    private final class Bell: Sendable {
        let event: Descriptor
        init() throws(KernelError) { event = try Descriptor.eventCounter() }
    }

    /// What one worker has counted.
    struct Tally {
        fileprivate var calls: UInt64 = 0
        fileprivate var found: UInt64 = 0
    }

    init(workers: Int) throws(KernelError) {
        var bells: [Bell] = []
        for _ in 0..<workers { bells.append(try Bell()) }
        self.bells = bells
    }

    /// Waits until this worker is let in; the first always is.
    func pass(_ worker: Int) throws(KernelError) {
        guard worker >= open.load(ordering: .relaxed) else { return }
        let event = bells[worker].event.number
        _ = try poll([(event, .readable)], until: nil)
        bells[worker].event.lower()
    }

    /// Counts a call that a worker got, while the listener may hold further ones.
    func count(_ worker: Int, _ tally: inout Tally, _ listener: NotificationListener) {
        tally.calls += 1
        guard bells.count > 1, tally.calls % Self.sampling == 0 else { return }
        if listener.hasNext { tally.found += 1 }
        guard tally.calls % (Self.sampling * Self.window.looks) == 0 else { return }
        if tally.found >= Self.window.found { letIn() }
        tally.found = 0
        if worker == 0, tally.calls % Self.period == 0 { open.store(1, ordering: .relaxed) }
    }

    private func letIn() {
        let now = open.load(ordering: .relaxed)
        guard now < bells.count else { return }
        if open.compareExchange(expected: now, desired: now + 1, ordering: .relaxed).exchanged {
            bells[now].event.raise()
        }
    }

    /// Lets everybody in, to see that it is over.
    func end() {
        open.store(.max, ordering: .relaxed)
        for bell in bells { bell.event.raise() }
    }
}
