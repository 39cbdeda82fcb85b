package import BelljarControls
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

    /// The filter that asks PID 1 about system calls; empty if these states need no answers.
    package func worldFilter(for states: ControlStates) throws(BelljarError) -> [UInt8] {
        let profile = SeccompProfile.world(states)
        return profile.rules.isEmpty ? [] : try filter(profile)
    }

    /// The filter of the process that reads archives.
    func archiveReaderFilter() throws(BelljarError) -> [UInt8] { try filter(.archiveReader) }

    private func filter(_ profile: SeccompProfile) throws(BelljarError) -> [UInt8] {
        let name = Self.fileName(of: profile)
        if let filter = cached(name) { return filter }
        let filter = try SeccompCompiler.compile(profile)
        do {
            try keep(filter, as: name)
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

    /// The filter in a file: the digest of the instructions (32 bytes), then the instructions. Nil if the file is not
    /// there, cannot be read, or is damaged; all of these are answered by making it anew.
    private func cached(_ name: String) -> [UInt8]? {
        let limit = Self.digestSize + Seccomp.maximumInstructions * Seccomp.instructionSize
        // As `keep`: neither through a link nor from what its reader would wait for.
        guard let folder = try? Descriptor.workingDirectory.open(cacheFolder, .directory),
            let file = try? folder.open(name, .nonblocking), (try? file.status())?.kind == .regular,
            let bytes = try? file.readAll(limit: limit)
        else { return nil }
        let filter = Array(bytes.dropFirst(Self.digestSize))
        guard !filter.isEmpty, filter.count.isMultiple(of: Seccomp.instructionSize),
            bytes.prefix(Self.digestSize).elementsEqual(Digest(of: filter).bytes)
        else { return nil }
        return filter
    }

    private static let digestSize = 32

    /// Writes to a file of another name first, so that readers see all of it or nothing. Not synchronised to the disk:
    /// a file that a power cut leaves damaged does not have its digest.
    private func keep(_ filter: [UInt8], as name: String) throws(KernelError) {
        // The folder lies in a store, which belongs to the account of builds, and this may be root: a link in its place
        // would have root write elsewhere.
        let parent = cacheFolder.split(separator: "/").dropLast().joined(separator: "/")
        _ = try Descriptor.makeDirectories("/" + parent)
        _ = try Descriptor.workingDirectory.makeDirectoryIfMissing(cacheFolder)
        let folder = try Descriptor.workingDirectory.open(cacheFolder, .directory)
        let temporary = "\(name).\(Host.processId).\(Host.monotonicNanoseconds())"
        let file = try folder.open(temporary, [.write, .create, .exclusive], mode: 0o644)
        do throws(KernelError) {
            try file.writeAll(Digest(of: filter).bytes + filter)
            try folder.rename(temporary, to: folder, as: name)
        } catch {
            try? folder.unlink(temporary)
            throw error
        }
    }
}
