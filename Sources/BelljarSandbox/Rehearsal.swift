internal import BelljarControls
internal import BelljarKernel
package import BelljarModel
internal import BelljarPlan

/// A build in miniature: what a host can do is not for a list of its features to say.
extension Sandbox {
    /// Reads an archive and, with its reader still there as in a build, runs a program on layers of files, with the filters
    /// and the world of ordinary builds.
    ///
    /// - Parameter folder: absolute path of a folder where the store is, or would be; things are made in it and left there.
    /// - Returns: what was done, in words.
    /// - Throws: what a build would end with.
    package func rehearse(in folder: String) throws(BelljarError) -> String {
        do throws(KernelError) { try layOut(folder) } catch {
            throw BelljarError(
                .host, operation: "make a test file in", subject: folder,
                answer: "\(error.call): \(error.answer)")
        }
        try readArchive(folder + "/archive")
        let begun = Host.monotonicNanoseconds()
        var said: [UInt8] = []
        let request = SandboxRequest(
            root: .layers([folder + "/base", folder + "/image"]),
            commands: [
                .init(
                    argv: ["/bin/belljar-init", "--probe", "trial"], environment: ["PATH": "/bin"], directory: "/build")
            ],
            world: World(epoch: Self.epoch, cpus: 2))
        let outcome = try run(request, cancellation: Cancellation()) { _, bytes in said += bytes }
        let words = String(decoding: said, as: UTF8.self).filter { $0 != "\n" }
        guard outcome.status == .ok, words.hasPrefix("available "), Self.holdsResult(outcome.out) else {
            throw BelljarError(
                .sandboxUnavailable, operation: "run", subject: "a program in a sandbox", stage: "trial",
                answer: outcome.violation.map { "\($0.program): \($0.reason)" }
                    ?? "it ended with \(outcome.status.rawValue)" + (words.isEmpty ? "" : ": \(words)"),
                remedy: "see which of the features above is missing; if none is, please report this")
        }
        return "a program ran in one, in \((Host.monotonicNanoseconds() - begun) / 1_000_000) ms"
    }

    /// What the trial's clock shows: any time that no real clock does.
    private static let epoch: UInt64 = 1_000_000_000

    private func readArchive(_ path: String) throws(BelljarError) {
        let archive = try Self.open(path)
        let reader = try startArchiveReader(.archive, of: archive, name: "for a trial", cancellation: Cancellation())
        var answer = try reader.next()
        if answer == .opened { answer = try reader.next() }
        guard answer == .end else {
            throw BelljarError(
                .internal, operation: "read archive", subject: "for a trial", stage: "trial", answer: "\(answer)")
        }
    }

    private static func open(_ path: String) throws(BelljarError) -> Descriptor {
        do throws(KernelError) { return try Descriptor.workingDirectory.open(path) } catch {
            throw BelljarError(
                .host, operation: "open", subject: path, answer: "\(error.call): \(error.answer)")
        }
    }

    /// Everything belongs to the account that builds run as, as in the store.
    private func layOut(_ folder: String) throws(KernelError) {
        func own(_ path: String) throws(KernelError) {
            guard let account else { return }
            try Descriptor.workingDirectory.setOwner(of: path, uid: account.uid, gid: account.gid)
        }
        for path in ["base", "image", "image/bin"] + BaseLayer.standard.directories.map({ "base/" + $0 }) {
            try Descriptor.workingDirectory.makeDirectory("\(folder)/\(path)")
            try own("\(folder)/\(path)")
        }
        // An empty tar archive: blocks of zeros.
        try Descriptor.workingDirectory.open(folder + "/archive", [.write, .create, .exclusive])
            .writeAll([UInt8](repeating: 0, count: 10240))
        for file in BaseLayer.standard.files {
            let path = "\(folder)/base/\(file.path)"
            try Descriptor.workingDirectory.open(path, [.write, .create, .exclusive], mode: 0o644).writeAll(file.bytes)
            try own(path)
        }
        let path = folder + "/image/bin/belljar-init"
        let program = try Descriptor.workingDirectory.open(path, [.write, .create, .exclusive], mode: 0o755)
        _ = try Descriptor.workingDirectory.open(initPath, .followingLinks).copyAll(to: program)
        try own(path)
    }

    private static func holdsResult(_ out: borrowing Descriptor?) -> Bool {
        switch out {
        case .some(let out): (try? out.status(of: "probe")) != nil
        case nil: false
        }
    }
}
