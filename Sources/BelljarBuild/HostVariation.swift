internal import BelljarKernel
internal import BelljarModel
internal import BelljarSandbox
internal import Synchronization

/// One thing of the host that can be otherwise from one build to the next, as far as an ordinary account can make it so. All of
/// it is around the sandbox: what belljar keeps from builds is not let in.
package enum HostVariation: String, CaseIterable, Hashable, Sendable {
    /// Another second of the clock.
    case second
    /// One processor instead of all.
    case processors
    /// A neighbour that computes in bursts.
    case load
    /// A lower priority.
    case nice
    /// The mask of new files.
    case umask
    /// The working directory.
    case directory
    /// Soft limits of open files and of the stack.
    case limits
    /// The order in which sources come to be.
    case sources

    /// What is otherwise, in a few words.
    package var summary: String {
        switch self {
        case .second: "another second"
        case .processors: "one processor"
        case .load: "a busy neighbour"
        case .nice: "a lower priority"
        case .umask: "another umask"
        case .directory: "another working directory"
        case .limits: "other limits of files and stack"
        case .sources: "sources in another order"
        }
    }

    /// What belljar-init is started with then. That way it is undone with the thread that starts it, whatever happens.
    fileprivate var start: StartCondition? {
        switch self {
        case .processors: .processors
        case .nice: .nice
        case .umask: .umask
        case .directory: .directory
        case .limits: .limits
        case .second, .load, .sources: nil
        }
    }
}

/// A host that is otherwise than it was a moment ago.
package final class VariedHost: Sendable {
    let kinds: Set<HostVariation>
    let start: UnusualStart
    private let otherRefusals = Mutex<[HostVariation: String]>([:])

    /// The host of a further round of some: one processor in one round, all of them in the next. On one alone, what parallel jobs do
    /// comes out in the same order again and again.
    ///
    /// - Parameter number: 2 for the first one behind the build that it is compared with.
    static func ofRound(_ number: Int) -> VariedHost {
        var kinds = Set(HostVariation.allCases)
        if !number.isMultiple(of: 2) { kinds.remove(.processors) }
        return VariedHost(kinds)
    }

    init(_ kinds: Set<HostVariation>) {
        self.kinds = kinds
        start = UnusualStart(Set(kinds.compactMap(\.start)))
    }

    /// What could not be varied, or not be put back, with the host's answer.
    var refused: [HostVariation: String] {
        var refused = otherRefusals.withLock { $0 }
        for kind in kinds {
            if let condition = kind.start, let error = start.refused[condition] { refused[kind] = "\(error)" }
        }
        return refused
    }

    /// Runs a build on such a host.
    func during<Result>(_ body: () throws(BelljarError) -> Result) throws(BelljarError) -> Result {
        if kinds.contains(.processors), Host.cpus < 2 { note(.processors, "there is only one") }
        if kinds.contains(.second) { Self.waitForAnotherSecond() }
        guard kinds.contains(.load) else { return try body() }
        let neighbour = BusyNeighbour()
        defer { neighbour.stop() }
        do throws(KernelError) { try neighbour.start() } catch { note(.load, "\(error)") }
        return try body()
    }

    private func note(_ kind: HostVariation, _ why: String) { otherRefusals.withLock { $0[kind] = why } }

    /// What has its time in seconds differs only then.
    private static func waitForAnotherSecond() {
        let second: UInt64 = 1_000_000_000
        pause(until: .after(milliseconds: (second - Host.realNanoseconds() % second) / 1_000_000 + 1))
    }
}

/// A thread that computes for 2 of every 20 milliseconds: enough to let others go first now and then, and a tenth of one
/// processor.
private final class BusyNeighbour: Sendable {
    private let isDone = Mutex(false)

    /// It ends by itself after this long, in case nobody stops it.
    private static let longest: UInt64 = 600_000_000_000

    func start() throws(KernelError) {
        let end = Host.monotonicNanoseconds() + Self.longest
        _ = try WorkerThread { [self] in
            while !isDone.withLock({ $0 }), Host.monotonicNanoseconds() < end {
                let burst = Host.monotonicNanoseconds() + 2_000_000
                while Host.monotonicNanoseconds() < burst {}
                pause(until: .after(milliseconds: 18))
            }
        }
    }

    func stop() { isDone.withLock { $0 = true } }
}
