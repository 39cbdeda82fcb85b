internal import BelljarKernel
internal import BelljarModel
internal import Dispatch
internal import Synchronization

/// Bytes that a worker reads at a time: enough to make system calls rare, little enough to stay in the second-level
/// cache between reading and hashing.
let workBufferBytes = 1 << 18

/// Threads that share work: one for each processor.
private var workers: Int {
    #if DEBUG
        // A recording sees the calls of one thread.
        if Recording.isRunning { return 1 }
    #endif
    return Host.cpus
}

/// Calls `body` for every index on all CPUs, each worker with a buffer of its own, and throws the error of the lowest
/// index that failed.
package func inParallel<Failure: Error>(
    _ count: Int, _ body: @Sendable (Int, UnsafeMutableRawBufferPointer) throws(Failure) -> Void
) throws(Failure) {
    let next = Atomic<Int>(0)
    let failure = Mutex<(index: Int, error: Failure)?>(nil)
    DispatchQueue.concurrentPerform(iterations: min(workers, count)) { _ in
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: workBufferBytes, alignment: 64)
        defer { unsafe buffer.deallocate() }
        while failure.withLock({ $0 == nil }) {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            do throws(Failure) { try unsafe body(index, buffer) } catch {
                failure.withLock { if index < $0?.index ?? .max { $0 = (index, error) } }
            }
        }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
}
