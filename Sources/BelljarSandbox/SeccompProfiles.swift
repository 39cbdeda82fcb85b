package import BelljarControls
internal import BelljarHost
internal import BelljarKernel
package import BelljarModel

/// The compiled system call filters of a sandbox, kept in files so that a run does not compile them again.
///
/// A file is named after everything that decides its content (format, profile, its rules, libseccomp), so it never has
/// to be changed or invalidated, and a new version of belljar can share the folder with an old one. A file that is not
/// what it should be is made anew.
package struct SeccompProfiles: Sendable {
    private let cacheFolder: String

    /// - Parameter cacheFolder: absolute path; made when it is first needed.
    package init(cacheFolder: String) {
        self.cacheFolder = cacheFolder
    }

    /// The filters in the order in which they have to be loaded: the last one wins where two refuse.
    ///
    /// - Returns: arrays of `struct sock_filter` as bytes, 8 for each instruction.
    /// - Throws: `host` if the cache cannot be written, `sandbox_unavailable` on an architecture without a table,
    ///   `internal` if libseccomp refuses the rules.
    package func filters(
        for identity: SandboxRequest.Identity, _ states: ControlStates, _ profile: IsolationProfile = .strict
    ) throws(BelljarError) -> [[UInt8]] {
        var last: SeccompProfile =
            switch identity {
            case .builder: .builder
            // An answer from here would win over what PID 1 remembers of owners.
            case .fakeRoot: states.isVirtualised(.owners) ? .ownerOfAll : .fakeRoot
            }
        // An answer from here would win over that of PID 1, which can tell whose limits are set.
        if states.isVirtualised(.random) { last = last.withoutLimits }
        switch profile {
        case .strict: return [try filter(.baseline), try filter(last)]
        case .nested: return [try filter(.nestedBaseline), try filter(last.nested)]
        }
    }

    /// The filter that asks PID 1 about system calls; empty if these states need no answers, and nothing is traced.
    package func worldFilter(for states: ControlStates, traced: Bool = false) throws(BelljarError) -> [UInt8] {
        let profile = SeccompProfile.world(states, traced: traced)
        return profile.rules.isEmpty ? [] : try filter(profile)
    }

    /// The filter of the process that reads archives.
    func archiveReaderFilter() throws(BelljarError) -> [UInt8] { try filter(.archiveReader) }

    private func filter(_ profile: SeccompProfile) throws(BelljarError) -> [UInt8] {
        let name = Self.fileName(of: profile)
        if let filter = cached(name) { return filter }
        let filter = try SeccompCompiler.compile(profile)
        do {
            try CacheFolder(path: cacheFolder).write(filter, as: name)
        } catch {
            throw BelljarError(
                .host, operation: "write seccomp filter", subject: "\(cacheFolder)/\(name)", answer: error.answer,
                remedy: "check that the user who runs belljar can write to the folder, and that there is free space")
        }
        return filter
    }

    // MARK: Files

    /// Counts up when the layout of the files changes.
    private static let format = 2

    static func fileName(of profile: SeccompProfile) -> String {
        let rules = Digest(of: profile.encoding).hex.prefix(32)
        return "seccomp-\(profile.name)-\(format)-\(SeccompCompiler.libraryVersion)-\(rules).bpf"
    }

    private func cached(_ name: String) -> [UInt8]? {
        let filter = CacheFolder(path: cacheFolder)
            .read(name, limit: Seccomp.maximumInstructions * Seccomp.instructionSize)
        guard let filter, !filter.isEmpty, filter.count.isMultiple(of: Seccomp.instructionSize) else { return nil }
        return filter
    }
}
