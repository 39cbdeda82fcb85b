internal import BelljarModel
internal import BelljarSandbox

/// Whether a build may have what it asks for on this host, and finds what it requires: looked at before anything of it
/// starts.
struct Suitability: Sendable {
    let limits: HostLimits
    let sandbox: Once<Sandbox>
    /// The store's folder.
    let folder: String

    /// - Throws: `refused` for limits above the host's, `sandbox_unavailable` for requirements that it does not meet.
    ///
    /// - Parameter isRecorded: whether it is a record that asks, which nobody can change.
    func check(
        _ name: String, _ asked: ResourceLimits, _ requirements: Requirements, isRecorded: Bool = false
    ) throws(BelljarError) {
        try limits.check(asked, of: name, isRecorded: isRecorded)
        guard !requirements.isEmpty else { return }
        let missing = try sandbox().shortfalls(of: requirements, folder: folder)
        guard !missing.isEmpty else { return }
        throw BelljarError(
            .sandboxUnavailable, operation: "build", subject: name, stage: "requires",
            answer: missing.count == 1
                ? missing[0]
                : "this host lacks \(missing.count) things that the \(isRecorded ? "record" : "recipe") requires",
            remedy: missing.count == 1
                ? nil : "build on a host that has them; `belljar doctor` shows what this one has",
            details: missing.count == 1 ? [] : missing)
    }
}
