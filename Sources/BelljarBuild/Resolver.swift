internal import BelljarModel
internal import BelljarStore

/// Makes recipes and recorded definitions into jobs.
struct Resolver: Sendable {
    let store: Store
    let sources: Sources
    let images: ToolchainImages

    /// - Parameter inputs: outcomes of the recipe's inputs, by name.
    func job(_ recipe: Recipe, inputs: [String: BuildOutcome]) throws(BelljarError) -> BuildJob {
        let choice = try images.choose(recipe.toolchain)
        let pinned = try sources.pin(recipe)
        var job = try job(recipe, choice, pinned.sources, inputs: inputs)
        job.worktrees = pinned.worktrees
        return job
    }

    /// - Parameter pinned: what its sources are.
    func job(
        _ recipe: Recipe, _ choice: ToolchainImages.Choice, _ pinned: [BuildRecord.Source],
        inputs: [String: BuildOutcome]
    ) throws(BelljarError) -> BuildJob {
        let made = try definition(recipe, choice, pinned, inputs: inputs, epoch: try sources.epoch(of: recipe))
        var job = try job(made.definition, closure: made.closure)
        for step in recipe.steps { job.scripts[step.name] = step.script }
        return job
    }

    /// What a recipe says, and what that stands for, with the definitions and locks that it names.
    func definition(
        _ recipe: Recipe, _ choice: ToolchainImages.Choice, _ pinned: [BuildRecord.Source],
        inputs: [String: BuildOutcome], epoch: UInt64
    ) throws(BelljarError) -> (definition: BuildRecord.Definition, closure: BuildRecord.Closure) {
        var closure = BuildRecord.Closure(locks: [choice.toolchain.lock: choice.lockText])
        var named: [BuildRecord.Input] = []
        for name in recipe.inputs.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            guard let made = inputs[name]?.record, let tree = made.result.tree else {
                throw BelljarError(
                    .internal, operation: "resolve", subject: recipe.name, answer: "input \(name) has no outputs")
            }
            let definition = made.keyed.digest
            named.append(.init(name: name, tree: tree, definition: definition))
            closure.definitions[definition] = made.keyed
            closure.merge(made.closure)
        }
        let steps = recipe.steps.map { step in
            BuildRecord.Step(
                name: step.name, argv: BuildWorld.argv(script: step.run),
                directory: step.directory.isEmpty ? "/build" : "/build/" + step.directory)
        }
        let secrets = recipe.secrets.map { secret in
            BuildRecord.Secret(
                name: secret.name, variable: secret.variable,
                steps: recipe.steps.filter { $0.secrets.contains(secret.name) }.map(\.name))
        }
        let patching = Sources.patchStep(pinned)
        if let script = patching?.argv.last, let mistake = SharedRule.script.mistake(in: script) {
            throw BelljarError(
                .usage, operation: "apply patches of", subject: recipe.name,
                answer: "the script that applies them \(mistake.reason)",
                remedy: "have fewer patches, or apply them in folders with shorter paths")
        }
        let definition = BuildRecord.Definition(
            name: recipe.name, version: recipe.version, toolchain: choice.toolchain, sources: pinned, inputs: named,
            steps: (patching.map { [$0] } ?? []) + steps,
            environment: BuildWorld.environment(
                adding: recipe.environment, epoch: epoch, limits: recipe.limits,
                controls: recipe.controls),
            outputs: recipe.outputs, epoch: epoch, limits: recipe.limits,
            requirements: recipe.requirements, sandbox: BuildWorld.sandbox(recipe.profile),
            controls: recipe.controls,
            constants: BuildWorld.constants(recipe.controls, keepsLinks: recipe.keepsLinks), seed: recipe.seed,
            secrets: secrets)
        return (definition, closure)
    }

    /// A job for a definition whose sources are in the store.
    func job(_ definition: BuildRecord.Definition, closure: BuildRecord.Closure) throws(BelljarError) -> BuildJob {
        try job(definition, closure: closure) { (key) throws(BelljarError) in
            try BuildRecord.KeyedDefinition(definition, action: key)
        }
    }

    /// A job for a recorded definition whose sources are in the store.
    ///
    /// - Parameter remedy: for who made another action of it.
    /// - Throws: `integrity` if this version makes another action of it.
    func job(
        _ recorded: BuildRecord.KeyedDefinition, closure: BuildRecord.Closure, otherwise remedy: String
    ) throws(BelljarError) -> BuildJob {
        let definition = recorded.definition
        return try job(definition, closure: closure) { (key) throws(BelljarError) in
            guard key == recorded.action else {
                throw BelljarError(
                    .integrity, operation: "rebuild", subject: definition.name,
                    answer: "expected action \(recorded.action), found \(key)", remedy: remedy)
            }
            return recorded
        }
    }

    /// - Parameter keyed: gets the key of the definition's action.
    private func job(
        _ definition: BuildRecord.Definition, closure: BuildRecord.Closure,
        keyed: (Digest) throws(BelljarError) -> BuildRecord.KeyedDefinition
    ) throws(BelljarError) -> BuildJob {
        let plans = try sources.layOut(definition.sources)
        let build = try plans.build.make()
        let patches = try plans.patches?.make()
        let world = BuildWorld.world(
            definition.controls, epoch: definition.epoch, seed: definition.seed, limits: definition.limits)
        let lowered = try Lowering(
            definition: definition, sources: build.root, patches: patches?.root, base: try BaseTree.key(world)
        ).action()
        var materials = Materials(trees: [build.root, definition.toolchain.image] + definition.inputs.map(\.tree))
        if let patches { materials.trees.append(patches.root) }
        for source in definition.sources {
            switch source.kind {
            case .archive, .file, .patch: materials.blobs.append(source.digest)
            case .local, .git: materials.trees.append(source.tree)
            }
        }
        return BuildJob(
            keyed: try keyed(lowered.key), closure: closure, sources: build, patches: patches, materials: materials)
    }
}

extension BuildRecord.Closure {
    fileprivate mutating func merge(_ other: Self) {
        locks.merge(other.locks) { mine, _ in mine }
        definitions.merge(other.definitions) { mine, _ in mine }
    }
}
