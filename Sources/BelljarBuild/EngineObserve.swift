package import BelljarControls
internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
internal import BelljarPlan
package import BelljarSandbox
internal import BelljarStore

/// What an ordinary build of a project used and left.
package struct ObservedBuild: Sendable {
    package var end: ShellEnd
    /// Files of this machine that it ran or read, or looked whether they are there, and they are: absolute paths, sorted.
    package var used: [String]
    /// Of these, the programs.
    package var programs: [String]
    /// What it left in the project's folder that looks like a result, relative to that.
    package var products: [String]
    /// What it wrote to `$OUT`, at its top.
    package var outputs: [String]
    /// Whether so much was used that some of it was not written down.
    package var isTruncated: Bool
}

extension Engine {
    /// Runs a command in a copy of a project, with this machine's own programs in place of a toolchain, and tells what it used.
    /// Nothing is recorded or kept. The copy has what a `local: /` source would take, so an earlier build's leftovers that
    /// `.gitignore` names are not in it.
    ///
    /// - Parameters:
    ///   - project: absolute path of the project's folder.
    ///   - environment: the whole of it.
    ///   - output: as of `Sandbox.run`.
    package func observe(
        _ argv: [String], project: String, environment: [String: String], limits: ResourceLimits, world: World,
        output: (Sandbox.Stream, [UInt8]) -> Void
    ) throws(BelljarError) -> ObservedBuild {
        let store = tools.store
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        let sources = try store.checkout(
            LocalSource(folder: project, project: project, path: "/", store: store).tree())
        let (root, binds) = try hostRoot(world)
        var world = world
        world.keepsTrace = true
        let request = SandboxRequest(
            root: .layers(root), identity: BuildWorld.identity(world.states), buildLayers: [sources], binds: binds,
            commands: [Plan.Command(argv: argv, environment: environment, directory: "/build")], limits: limits,
            memoryCeiling: settings.hostLimits.memoryCeiling, world: world)
        var lines: [UInt8] = []
        var outcome = try tools.sandbox().run(
            request, cancellation: cancellation,
            note: { note, bytes in if note == .trace { lines += bytes } }, output: output)
        let trace = try BuildTrace(lines, isTruncated: outcome.traceTruncated)
        let programs = Set(trace.processes.lazy.filter { !$0.isForked }.map(\.executable)).filter(Self.isOfHost)
        let reads = Set(trace.processes.flatMap(\.reads))
        let used = programs.union(reads.lazy.map { trace.paths[$0] }.filter(Self.isOfHost))
        var products: [String] = []
        if let build = outcome.build.take() { products = try MadeFiles(in: build, besides: sources).products }
        var outputs: [String] = []
        if let out = outcome.out.take() {
            outputs = try hostCall("look at", "/out") { () throws(KernelError) in
                try out.entries(limit: 1000).map { PathText.text($0.name) }.sorted()
            }
        }
        return ObservedBuild(
            end: ShellEnd(outcome), used: used.sorted(), programs: programs.sorted(), products: products,
            outputs: outputs, isTruncated: trace.isTruncated)
    }

    /// This machine's programs below the layer that every build has on top.
    private func hostRoot(_ world: World) throws(BelljarError) -> (layers: [String], binds: [Plan.Bind]) {
        let store = tools.store
        let host = try HostRoot(below: BaseTree.layer(world))
        let batch = try store.makeBatch()
        try batch.write(host.links)
        try batch.commit()
        let tree = try DirectoryCodec.digest(of: host.links)
        let base = try BaseTree(world, on: tree, in: store)
        return ([try base.unwatchedCheckout(in: store), try store.checkout(tree)], host.binds)
    }

    /// Whether something is a file of this machine's that the sandbox shows. Folders belong to nobody.
    private static func isOfHost(_ path: String) -> Bool {
        guard
            !["/build/", "/out/", "/tmp/", "/proc/", "/sys/", "/dev/", "/inputs/", "/run/"].contains(
                where: path.hasPrefix),
            let status = try? Descriptor.workingDirectory.open(path, [.pathOnly, .followingLinks]).status()
        else { return false }
        return status.kind == .regular
    }
}
