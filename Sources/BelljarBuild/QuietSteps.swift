package import BelljarModel

/// Notices steps that write nothing for long, so that whoever reads a log of progress knows what is being waited for. It is
/// told what time it is.
package struct QuietSteps: Sendable {
    /// After so long a step is told of, and again each time when it has been twice as long.
    private static let first: UInt64 = 60_000_000_000

    private struct Running {
        var name: String
        var begun: UInt64
        var heard: UInt64
        var patience = QuietSteps.first
    }

    package struct Quiet: Hashable, Sendable {
        package var subject: String
        package var step: String
        /// In seconds: since it wrote something, and since it began.
        package var silent: Double
        package var running: Double
    }

    private var steps: [String: Running] = [:]

    package init() {}

    /// - Parameter now: nanoseconds of the monotonic clock.
    package mutating func note(_ event: ProgressEvent, at now: UInt64) {
        switch event {
        case .step(let subject, let name, _, _): steps[subject] = Running(name: name, begun: now, heard: now)
        case .log(let subject, _):
            steps[subject]?.heard = now
            steps[subject]?.patience = Self.first
        case .phase(let subject, _), .finished(let subject, _, _): steps[subject] = nil
        case .recipe(let event): steps[event.name] = nil
        case .transfer, .fetched, .retry, .notice: break
        }
    }

    /// Those whose time has come, by their subjects.
    package mutating func due(at now: UInt64) -> [Quiet] {
        var due: [Quiet] = []
        for (subject, step) in steps.sorted(by: { $0.key < $1.key }) where now - step.heard >= step.patience {
            steps[subject]?.patience *= 2
            due.append(
                Quiet(
                    subject: subject, step: step.name, silent: Double(now - step.heard) / 1e9,
                    running: Double(now - step.begun) / 1e9))
        }
        return due
    }
}
