internal import BelljarModel

/// A definition as the Remote Execution API sees it: an `Action` whose digest is the cache key, here and on any remote
/// cache.
///
/// The input root holds everything that the steps can read: `root` (the toolchain's image), `base` (the constant files
/// on top of it), `build` (the sources), `inputs` and `plan.json` (steps, limits, profile). Addresses, the texts of
/// recipes and locks, and whatever else leads to the same content do not go in, which is what makes builds stop early.
struct Lowering {
    let definition: BuildRecord.Definition
    /// Root of what `/build` holds at the start.
    let sources: TreeDigest
    let patches: TreeDigest?
    let base: TreeDigest

    func action() throws(BelljarError) -> Digest {
        let platform = REPlatform([
            .init(name: "OSFamily", value: "linux"), .init(name: "ISA", value: "x86-64"),
            .init(name: "belljar-profile", value: definition.sandbox.profile),
        ])
        let command = RECommand(
            arguments: ["belljar-init", "plan.json"], environment: definition.environment, outputPaths: ["out"],
            workingDirectory: "", platform: platform)
        let action = REAction(
            command: command.digest, inputRoot: try inputRoot(), timeoutSeconds: definition.limits.timeoutSeconds,
            doNotCache: !definition.isCacheable, platform: platform)
        return action.digest.digest
    }

    private func inputRoot() throws(BelljarError) -> TreeDigest {
        let plan = CanonicalJSON.encode(try planDocument())
        var root = TreePlan { tree throws(BelljarError) in
            throw BelljarError(
                .internal, operation: "lower", subject: tree.description, answer: "two parts of an input root overlap")
        }
        try root.place(.tree(definition.toolchain.image), at: "root")
        try root.place(.tree(base), at: "base")
        try root.place(.tree(sources), at: "build")
        for input in definition.inputs { try root.place(.tree(input.tree), at: "inputs/" + input.name) }
        if let patches { try root.place(.tree(patches), at: "inputs/" + BuildWorld.patchesName) }
        try root.place(
            .file(digest: Digest(of: plan), size: UInt64(plan.count), isExecutable: false), at: "plan.json")
        return try root.make().root
    }

    /// What decides the result and is neither content nor environment.
    private func planDocument() throws(BelljarError) -> JSONValue {
        var members: [String: JSONValue] = [
            "v": .integer(2),
            "recipe": .object(["name": .string(definition.name), "version": .string(definition.version)]),
            "steps": .array(
                definition.steps.map { step in
                    .object([
                        "name": .string(step.name), "argv": .strings(step.argv), "directory": .string(step.directory),
                    ])
                }),
            "outputs": .strings(definition.outputs),
            "epoch": try .unsigned(definition.epoch),
            "limits": try definition.limits.actionJSON(),
            "sandbox": .object([
                "profile": .string(definition.sandbox.profile), "baseline": .string(definition.sandbox.baseline),
                "network": .string(definition.sandbox.network),
            ]),
            "controls": .strings(definition.controlsAndConstants),
            "seed": .string(definition.seed),
        ]
        if !definition.secrets.isEmpty { members["secrets"] = .array(definition.secrets.map(\.json)) }
        return .object(members)
    }
}
