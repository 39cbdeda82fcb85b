internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan
internal import BelljarSandbox
internal import BelljarStore
internal import Synchronization

/// Whether the steps of a recorded build that are run once more do the same again: who is shown the state that they left wants to
/// know whether it is that one.
struct RecordedSteps {
    /// A longer log is not compared.
    static let limit = 16 << 20

    private let record: BuildRecord
    private let log: [UInt8]?

    init(_ record: BuildRecord, in store: Store) {
        self.record = record
        log = record.observed.logTruncated ? nil : try? store.read(record.observed.log, limit: Self.limit)
    }

    /// What is otherwise than in the record, in words.
    ///
    /// - Parameter said: what the steps wrote this time; nil if that is too much.
    func differences(_ before: SandboxRequest.Attendance.Before, log said: [UInt8]?) -> [String] {
        var found: [String] = []
        let (then, now) = (record.observed.steps.count, before.usages.count)
        let steps = record.definition.steps
        if then != now, steps.indices.contains(then - 1), steps.indices.contains(now - 1) {
            found.append(
                "the recorded build ended in step \(steps[then - 1].name), this one in step \(steps[now - 1].name)")
        } else if then < steps.count, before.exceeded == nil, before.usages.last?.exit == .status(0) {
            // Of the last step the record does not say whether it was that or its outputs.
            found.append("the step failed in the recorded build, and did not this time")
        }
        if let difference = ending(before) { found.append(difference) }
        if let log, let said {
            let count = Self.difference(log, said)
            if count > 0 {
                found.append(
                    (count == 1 ? "1 line" : "\(count) lines")
                        + " of what the steps wrote cannot be found in what they wrote in the recorded build")
            }
        } else {
            found.append("whether the steps wrote the same as in the recorded build cannot be told")
        }
        if found.count > 0 { found.append("what differs from run to run: belljar show, under \"open\"") }
        return found
    }

    /// Whether it came to another end than the record says.
    private func ending(_ before: SandboxRequest.Attendance.Before) -> String? {
        let then = record.result.status
        var now: BuildStatus?
        if let exceeded = before.exceeded {
            now = exceeded.limit == .timeout ? .timeout : .resourceExceeded
        } else if before.usages.last?.exit != .status(0) {
            now = .buildFailed
        }
        // Steps that all went well say nothing of what was to come behind them: outputs that are missing, or too many.
        guard let now else {
            return then == .timeout ? "the recorded build ended as \(then.rawValue), and this one did not" : nil
        }
        return now == then ? nil : "the recorded build ended as \(then.rawValue), this one as \(now.rawValue)"
    }

    /// How many lines one has more often than the other, whichever has more such. The order is not looked at: standard output and standard error are two
    /// streams, and which one's bytes come first is chance.
    static func difference(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var counts: [ArraySlice<UInt8>: Int] = [:]
        for line in one.split(separator: UInt8(ascii: "\n")) { counts[line, default: 0] += 1 }
        for line in other.split(separator: UInt8(ascii: "\n")) { counts[line, default: 0] -= 1 }
        return max(
            counts.values.reduce(0) { $0 + max($1, 0) }, counts.values.reduce(0) { $0 + max(-$1, 0) })
    }
}

/// Keeps what steps write, secrets taken out.
final class StepLog: ProgressSink {
    private let kept = Mutex<[UInt8]>([])

    func report(_ event: ProgressEvent) {
        guard case .log(_, let bytes) = event else { return }
        kept.withLock { kept in if kept.count <= RecordedSteps.limit { kept += bytes } }
    }

    /// Nil if it is more than is compared.
    var lines: [UInt8]? { kept.withLock { $0.count <= RecordedSteps.limit ? $0 : nil } }
}

/// Whether something has happened.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
