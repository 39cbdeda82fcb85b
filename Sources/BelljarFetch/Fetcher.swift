internal import BelljarKernel
package import BelljarModel
package import BelljarStore
internal import Dispatch
internal import Synchronization

/// Brings pinned files into the store: in parallel, with retries, verified while they stream.
package struct Fetcher: Sendable {
    /// How hard it tries.
    struct Effort: Sendable {
        /// Transfers at the same time.
        var parallel = 6
        /// Attempts on each mirror.
        var attempts = 3
        /// Milliseconds before the second attempt; before each further one three times as long.
        var pauseMilliseconds: UInt64 = 500
        /// Seconds without progress until a transfer is given up.
        var stallSeconds = 20
        var limits = SourceLimits.standard
    }

    private let store: Store
    private let mirrors: Mirrors
    private let progress: any ProgressSink
    private let cancellation: Cancellation
    private let effort: Effort
    private let isOffline: Bool

    /// - Parameter isOffline: whether nothing is fetched; what would have to be is an error.
    package init(
        store: Store, mirrors: Mirrors, progress: any ProgressSink, cancellation: Cancellation,
        limits: SourceLimits = .standard, isOffline: Bool = false
    ) {
        self.init(
            store: store, mirrors: mirrors, progress: progress, cancellation: cancellation,
            effort: Effort(limits: limits), isOffline: isOffline)
    }

    init(
        store: Store, mirrors: Mirrors, progress: any ProgressSink, cancellation: Cancellation, effort: Effort,
        isOffline: Bool = false
    ) {
        self.store = store
        self.mirrors = mirrors
        self.progress = progress
        self.cancellation = cancellation
        self.effort = effort
        self.isOffline = isOffline
    }

    /// Fetches what the store does not hold yet. The first failure ends all transfers; what was complete stays.
    ///
    /// - Parameter again: whether to fetch what the store holds, too.
    /// - Throws: `integrity` naming both digests; `unavailable` naming every mirror tried and what each answered;
    ///   `resource_exceeded` for a file that is larger than this host takes any; `usage` for an address that is neither of an archive nor http or https.
    package func fetch(_ pins: [Pin], again: Bool = false) throws(BelljarError) {
        let wanted = again ? pins : try missing(pins)
        guard let first = wanted.first else { return }
        guard !isOffline else {
            throw .offline(first)
        }
        // Everything that can be wrong with an address is found before the first transfer.
        var jobs: [Transfer.Job] = []
        for pin in wanted { jobs.append(Transfer.Job(pin: pin, candidates: try candidates(pin.address))) }
        let curl = try Curl(
            stallSeconds: effort.stallSeconds, bytes: effort.limits[.fetchSize], account: store.owner)
        let queue = JobQueue(jobs, cancellation)
        let group = DispatchGroup()
        for number in 0..<min(effort.parallel, jobs.count) {
            // A serial queue each: they block most of the time, and a concurrent queue runs only as many blocks as the
            // machine has processors.
            DispatchQueue(label: "belljar.fetch.\(number)").async(group: group) {
                while let job = queue.next() {
                    let transfer = Transfer(
                        job: job, curl: curl, store: store, progress: progress, effort: effort, check: queue.check)
                    do throws(BelljarError) { try transfer.run() } catch { queue.fail(error) }
                }
            }
        }
        group.wait()
        try queue.finish()
    }

    /// Each digest once.
    private func missing(_ pins: [Pin]) throws(BelljarError) -> [Pin] {
        var seen: Set<Digest> = []
        var missing: [Pin] = []
        for pin in pins where seen.insert(pin.sha256).inserted {
            if try !store.contains(pin.sha256) { missing.append(pin) }
        }
        return missing
    }

    private func candidates(_ address: SourceAddress) throws(BelljarError) -> [WebAddress] {
        switch address {
        case .archive(let name, let path):
            var found: [WebAddress] = []
            for base in try mirrors.bases(of: name) {
                guard let made = WebAddress(base: base, path: path) else {
                    throw refuse(address, "its path leads out of the archive, or the mirror's address is malformed")
                }
                found.append(made)
            }
            return found
        case .url(let text):
            guard let made = WebAddress(text) else { throw refuse(address, "it is not an http or https address") }
            return [made]
        }
    }

    private func refuse(_ address: SourceAddress, _ answer: String) -> BelljarError {
        BelljarError(
            .usage, operation: "fetch", subject: address.description, stage: "fetch", answer: answer,
            remedy:
                "use an http or https address, or one of a mirror (debian:pool/main/...); for a file on this machine, use a "
                + "local source")
    }
}

/// What is to be fetched, shared by the threads that fetch.
private final class JobQueue: Sendable {
    private struct State {
        var waiting: ArraySlice<Transfer.Job>
        var failure: BelljarError?
    }

    private let state: Mutex<State>
    private let cancellation: Cancellation

    init(_ jobs: [Transfer.Job], _ cancellation: Cancellation) {
        state = Mutex(State(waiting: jobs[...]))
        self.cancellation = cancellation
    }

    /// The next job; nil when there is none left or one has failed.
    func next() -> Transfer.Job? {
        guard !cancellation.isCancelled else { return nil }
        return state.withLock { state in state.failure == nil ? state.waiting.popFirst() : nil }
    }

    /// The first error wins: later ones mostly come from being stopped by it.
    func fail(_ error: BelljarError) {
        state.withLock { state in if state.failure == nil { state.failure = error } }
    }

    /// Throws when the work is to stop.
    func check() throws(BelljarError) {
        try cancellation.check("fetch", "pinned files")
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    func finish() throws(BelljarError) { try check() }
}
