internal import Synchronization

/// What a long operation tells whoever watches it. Rendering belongs to the command line.
package enum ProgressEvent: Sendable {
    /// A phase of one subject began: (`hello`, `fetch`).
    case phase(subject: String, name: String)
    /// Bytes transferred so far of one download; `total` is nil where the size is not pinned.
    case transfer(name: String, bytes: UInt64, total: UInt64?)
    /// One download is complete and verified.
    case fetched(name: String, bytes: UInt64)
    /// A download failed and is tried again.
    case retry(name: String, attempt: Int, reason: String)
    /// A step of a build began.
    case step(subject: String, name: String, index: Int, count: Int)
    /// Raw bytes that a build wrote to its log.
    case log(subject: String, bytes: [UInt8])
    /// A subject is complete; `note` says how (`cached`, `built`), `seconds` how long it took.
    case finished(subject: String, note: String, seconds: Double)
    /// Something the user should know that is not an error.
    case notice(String)
}

package protocol ProgressSink: Sendable {
    /// Called from any thread; must return at once.
    func report(_ event: ProgressEvent)
}

/// Watches nothing.
package struct SilentProgress: ProgressSink {
    package init() {}
    package func report(_ event: ProgressEvent) {}
}

/// Asked between units of work by everything that takes long; set once, by Ctrl-C or by the first failure.
package final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    package init() {}
    package var isCancelled: Bool { flag.load(ordering: .relaxed) }
    package func cancel() { flag.store(true, ordering: .relaxed) }

    /// Throws `cancelled` once `cancel` has been called.
    package func check(_ operation: String, _ subject: String) throws(BelljarError) {
        guard isCancelled else { return }
        throw .cancelled(operation, subject)
    }
}
