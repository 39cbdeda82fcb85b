package import BelljarControls
package import BelljarKernel
package import BelljarModel
package import BelljarPlan
package import BelljarSandbox
internal import BelljarStore

extension Engine {
    /// Runs one command in a toolchain, in the sandbox that build steps run in. Nothing is recorded or kept.
    ///
    /// - Parameters:
    ///   - toolchain: its name.
    ///   - terminal: if somebody sits before it.
    ///   - output: as of `Sandbox.run`.
    package func run(
        _ command: Plan.Command, toolchain: String, binds: [Plan.Bind], limits: ResourceLimits,
        world: World, terminal: SandboxRequest.Attendance? = nil, output: (Sandbox.Stream, [UInt8]) -> Void
    ) throws(BelljarError) -> SandboxOutcome {
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        let images = makeImages()
        let choice = try images.choose(toolchain)
        let image = try images.image(choice.toolchain, lockText: choice.lockText)
        let base = try BaseTree(world, on: image, in: tools.store)
        let request = SandboxRequest(
            root: .layers([try base.unwatchedCheckout(in: tools.store), try tools.store.checkout(image)]),
            identity: BuildWorld.identity(world.states), binds: binds, commands: [command], terminal: terminal,
            limits: limits, memoryCeiling: settings.hostLimits.memoryCeiling, world: world, standardInput: .inherited)
        return try tools.sandbox().run(request, cancellation: cancellation, output: output)
    }

    /// Copies what a command left in `/out` to a folder of the user's. It comes by the store, whose next collection of garbage
    /// takes it away: nothing names it.
    ///
    /// - Parameters:
    ///   - limits: of outputs.
    ///   - folder: absolute path; made if it is not there.
    /// - Throws: as of a build whose outputs cannot be taken in, and of `Exporter.export`.
    package func export(
        _ out: borrowing Descriptor, limits: ResourceLimits, to folder: String
    ) throws(BelljarError) {
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        let batch = try tools.store.makeBatch()
        let outputs = try Outputs(
            collecting: out, limits: limits, linkRemedy: "make the command leave relative links that stay in /out",
            into: batch)
        try batch.commit()
        // What an earlier command left is not this one's to remove.
        _ = try Exporter(store: tools.store, folder: folder).export(outputs.tree, removing: false)
    }

    /// A shell in a toolchain, and in no build.
    ///
    /// - Parameter environment: the whole of it, but for the terminal's type.
    package func shell(
        toolchain: String, environment: [String: String], limits: ResourceLimits, world: World, _ seat: ShellSeat
    ) throws(BelljarError) -> ShellEnd {
        let variables = environment.merging(["TERM": seat.terminalType]) { _, own in own }
        let command = Plan.Command(argv: ShellCommands.argv, environment: variables, directory: "/build")
        let patch = try seat.patch.map { patch throws(BelljarError) in
            try ShellPatch(patch, of: toolchain, in: tools.store, scan: nil, progress: progress)
        }
        let begins = seat.begins
        let terminal = SandboxRequest.Attendance(command: 0) { _, build in
            if let patch, !patch.begin(build) { return false }
            begins(.init(subject: toolchain, step: "", number: 0, count: 0, differences: []))
            return true
        }
        do throws(BelljarError) {
            let outcome = try run(
                command, toolchain: toolchain, binds: [], limits: limits, world: world, terminal: terminal
            ) { _, bytes in seat.output(bytes) }
            if let refusal = patch?.refusal { throw refusal }
            var end = ShellEnd(outcome)
            try patch?.finish(outcome.build, &end)
            return end
        } catch { throw ShellCommands.words(of: error, image: toolchain) }
    }
}
