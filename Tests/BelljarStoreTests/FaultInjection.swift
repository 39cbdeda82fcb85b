import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarStore

/// What goes wrong at one system call of an operation.
enum InjectedFault: String, CaseIterable, CustomTestStringConvertible {
    case inputOutputError = "EIO"
    case diskIsFull = "ENOSPC"
    case quotaIsReached = "EDQUOT"
    /// This call and all that follow have no effect, as if the process had been killed before it.
    case death

    var testDescription: String { rawValue }

    /// Linux's numbers (errno(3)).
    var number: Int32 {
        switch self {
        case .inputOutputError, .death: 5
        case .diskIsFull: 28
        case .quotaIsReached: 122
        }
    }

    /// Calls that can answer that there is no room.
    private static let taking: Set<String> = [
        "openat", "write", "mkdirat", "symlinkat", "linkat", "renameat", "renameat2", "fsync", "fdatasync", "syncfs",
        "fchmod", "fchmodat", "futimens", "utimensat", "copy_file_range", "ftruncate",
    ]

    func mayHit(_ call: String) -> Bool {
        switch self {
        case .inputOutputError: true
        // To die before a call that only looks is to die before the next one that changes something.
        case .death: InjectedFault.taking.contains(call) || call == "unlinkat"
        case .diskIsFull, .quotaIsReached: InjectedFault.taking.contains(call)
        }
    }
}

/// Runs an operation on a store with a fault injected at one of its calls.
struct FaultInjection {
    /// What the operation answered; nil if it failed.
    var result: String?
    var failure: (any Error)?
    /// The call that was hit, `fsync 7`; nil if the operation had fewer calls.
    var hit: String?
    /// Whether another process was using the store; no fault makes an operation say so.
    var isRefused: Bool { (failure as? BelljarError)?.code == .refused }

    /// - Parameters:
    ///   - call: which of the calls that the fault may hit, counted from 1; nil hits none.
    ///   - path: the store's, which is opened by the operation as by a process that starts.
    init(_ fault: InjectedFault, at call: Int?, path: String, _ operation: (Store) throws -> String) {
        var count = 0
        var hit: String?
        var result: String?
        var failure: (any Error)?
        _ = Recording.of(
            answering: { name, subject in
                if hit != nil, fault == .death { return .failure(fault.number) }
                if fault.mayHit(name) {
                    count += 1
                    if count == call {
                        hit = "\(name) \(subject)"
                        return .failure(fault.number)
                    }
                }
                return FaultInjection.withoutFlushes(name)
            },
            {
                do { result = try operation(try Store(path: path, owner: nil)) } catch { failure = error }
            })
        (self.result, self.failure, self.hit) = (result, failure, hit)
    }

    static let flushes: Set<String> = ["fsync", "fdatasync", "syncfs"]

    /// No power fails in a test, so nothing has to reach the disk, and hundreds of rounds need not wait for it.
    static func withoutFlushes(_ call: String) -> Recording.Answer { flushes.contains(call) ? .result(0) : .real }
}

/// Something that a store promises to do whole or not at all.
struct StoreOperation: Sendable {
    var name: String
    var prepare: @Sendable (StoreFixture, Store) throws -> Void = { _, _ in }
    /// Answers with what it says that it made, the same in every store.
    var run: @Sendable (StoreFixture, Store) throws -> String
    /// What there is afterwards, the same in every store.
    var outcome: @Sendable (StoreFixture) throws -> String = { _ in "" }
    /// Whether its input is used up, so that a second attempt needs it again.
    var consumes = false
    /// Whether it acts on what the disk answers, so that a disk which answers EIO once leads to another outcome.
    var judgesDisk = false
    /// What `fsck` may find when the operation was cut short, and mends.
    var allowed: Set<FsckProblem.Kind> = []
}
