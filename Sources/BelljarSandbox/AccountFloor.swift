internal import BelljarKernel
package import BelljarModel
internal import BelljarPlan

/// Limits of the account below which belljar itself does not work: its threads are waited for without end, its stack runs
/// over, what it writes is cut off. What a build needs is more, and looked at where the build starts.
package enum AccountFloor {
    /// Nobody but root can raise a hard limit, and `StartingPoint` has raised what could be.
    private static let least: [(resource: LimitedResource, value: UInt64)] = [
        (.stackBytes, 1 << 20), (.processes, 64), (.openFiles, 64), (.fileBytes, 1 << 20),
        (.addressSpaceBytes, 256 << 20), (.dataBytes, 256 << 20),
    ]

    /// - Throws: `sandbox_unavailable`, with the limit.
    package static func check() throws(BelljarError) {
        for (resource, value) in least {
            guard let hard = try? ProcessLimits.current(resource).hard, hard < value else { continue }
            // The kernel counts nobody's processes who may go over the limits of resources.
            if resource == .processes, Host.effectiveUid == 0 { continue }
            throw SetupFailure(
                stage: .inheritance, number: 0, call: "getrlimit",
                subject: "\(resource.name): the hard limit is \(hard), and belljar needs \(value)"
            ).error()
        }
    }
}
