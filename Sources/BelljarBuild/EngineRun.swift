package import BelljarControls
package import BelljarModel
package import BelljarPlan
package import BelljarSandbox
internal import BelljarStore

extension Engine {
    /// Runs one command in a toolchain, in the sandbox that build steps run in. Nothing is recorded or kept.
    ///
    /// - Parameters:
    ///   - toolchain: its name.
    ///   - output: as of `Sandbox.run`.
    package func run(
        _ command: Plan.Command, toolchain: String, binds: [Plan.Bind], limits: ResourceLimits,
        world: World, output: (Sandbox.Stream, [UInt8]) -> Void
    ) throws(BelljarError) -> SandboxOutcome {
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        let images = makeImages()
        let choice = try images.choose(toolchain)
        let image = try images.image(choice.toolchain, lockText: choice.lockText)
        let base = try BaseTree(world, on: image, in: tools.store)
        let request = SandboxRequest(
            root: .layers([try base.checkout(in: tools.store), try tools.store.checkout(image)]),
            identity: BuildWorld.identity(world.states), binds: binds, commands: [command], limits: limits,
            memoryCeiling: settings.hostLimits.memoryCeiling, world: world, standardInput: .inherited)
        return try tools.sandbox().run(request, cancellation: cancellation, output: output)
    }
}
