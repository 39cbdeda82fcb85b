internal import BelljarControls
package import BelljarKernel
internal import BelljarPlan

/// For `belljar doctor`: what a build would have of whoever starts belljar.
package enum InheritedProbe {
    /// As of a recipe that says nothing of limits (`ResourceLimits.standard`).
    private static let plan = Plan(
        account: nil, inside: Account(uid: 1000, gid: 1000), hostName: "", domainName: "", root: .layers([]),
        buildLayers: [], binds: [], filters: [], commands: [],
        limits: Plan.Limits(
            timeoutMilliseconds: 3_600_000, graceMilliseconds: 5000, memoryBytes: 0, openFiles: 0,
            processes: 4096, fileBytes: 8 << 30, scratchBytes: 8 << 30, scratchInodes: 1))

    /// Sets it as belljar-init does, and answers what stays. As root this has to come before the change of user.
    package static func finding() throws(KernelError) -> String {
        do throws(StageFailure) {
            let left = try Inherited.settle(plan)
            return left.isEmpty ? "constants" : "stays: " + left.joined(separator: ", ")
        } catch { throw error.error }
    }
}
