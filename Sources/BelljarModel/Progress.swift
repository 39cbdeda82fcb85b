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
    /// What became of one recipe of a build.
    case recipe(RecipeProgress)
    /// Something the user should know that is not an error.
    case notice(String)
}

/// That a recipe of a build is taken up, or what became of it.
package struct RecipeProgress: Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case started, cached, built, failed, cancelled, untried
    }

    package var kind: Kind
    package var name: String
    package var version: String
    /// How many recipes of the build are over, with this one if it is, and how many there are.
    package var done: Int
    package var total: Int
    /// Since it was taken up.
    package var seconds = 0.0
    /// Of the build, if it ran or has its answer from one that did; and the digest under which it is kept.
    package var record: (content: BuildRecord, digest: Digest?)?
    /// Addresses of its sources that never gave them to this store, sorted.
    package var notFetched: [String] = []
    /// Why it failed, or was cut short.
    package var error: BelljarError?
    /// Of one that was not tried: what failed among all that it needs.
    package var failedInputs: [String] = []

    package init(_ kind: Kind, name: String, version: String, done: Int, total: Int) {
        self.kind = kind
        self.name = name
        self.version = version
        self.done = done
        self.total = total
    }
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

/// Tells several, in order.
package struct SeveralSinks: ProgressSink {
    let sinks: [any ProgressSink]

    package init(_ sinks: [any ProgressSink]) { self.sinks = sinks }

    package func report(_ event: ProgressEvent) {
        for sink in sinks { sink.report(event) }
    }
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
