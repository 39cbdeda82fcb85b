internal import BelljarModel
internal import BelljarPlan
internal import BelljarSandbox
internal import BelljarStore

/// Makes a job into what the sandbox runs: everything is a tree of the store, mounted where it belongs.
struct Staging {
    let store: Store
    let images: ToolchainImages
    let sources: Sources
    let keepsLedger: Bool
    var keepsTrace = false
    let progress: any ProgressSink

    /// What to run, and the trees that it can see.
    struct Staged {
        var request: SandboxRequest
        var inputs: [InputWatch.Input]
    }

    func stage(_ job: BuildJob) throws(BelljarError) -> Staged {
        let definition = job.definition
        guard let lockText = job.closure.locks[definition.toolchain.lock] else {
            throw BelljarError(
                .internal, operation: "stage", subject: job.subject,
                answer: "the record does not hold the toolchain's lock")
        }
        guard let profile = IsolationProfile(versioned: definition.sandbox.profile) else {
            throw BelljarError(
                .internal, operation: "stage", subject: job.subject,
                answer: "this belljar has no profile \(definition.sandbox.profile)")
        }
        progress.report(.phase(subject: job.subject, name: "stage"))
        let image = try images.image(definition.toolchain, lockText: lockText)
        try job.sources.write(to: store)
        try job.patches?.write(to: store)
        var mounted = definition.inputs.map { InputWatch.Input(place: "/inputs/" + $0.name, tree: $0.tree) }
        if let patches = job.patches {
            mounted.append(.init(place: "/inputs/" + BuildWorld.patchesName, tree: patches.root))
        }
        let laid = SourceCheckout(store: store, sources: sources)
        if let patches = job.patches { try laid.verify(patches.root, laid.patches(definition.sources)) }
        var binds: [Plan.Bind] = []
        for input in mounted {
            binds.append(.init(source: try store.checkout(input.tree), target: input.place, isShared: true))
        }
        let world = BuildWorld.world(
            definition.controls, epoch: definition.epoch, seed: definition.seed, limits: definition.limits,
            profile: profile, keepsLedger: keepsLedger, keepsTrace: keepsTrace)
        let base = try BaseTree(world, on: image, in: store)
        var request = SandboxRequest(
            root: .layers([try base.checkout(in: store), try store.checkout(image)]),
            identity: BuildWorld.identity(definition.controls), profile: profile,
            buildLayers: [try laid.verify(job.sources.root, laid.files(definition.sources))],
            binds: binds, secrets: secrets(job), commands: try commands(job), limits: definition.limits,
            world: world)
        request.reversesSources = job.varied?.kinds.contains(.sources) ?? false
        request.start = job.varied?.start
        let others = [
            InputWatch.Input(place: "", tree: image), .init(place: "", tree: base.digest),
            .init(place: "/build", tree: job.sources.root),
        ]
        return Staged(request: request, inputs: others + mounted)
    }

    /// The steps, with the variables of the secrets that each gets.
    private func commands(_ job: BuildJob) throws(BelljarError) -> [Plan.Command] {
        let definition = job.definition
        var environments = [[String: String]](repeating: definition.environment, count: definition.steps.count)
        for (secret, value) in zip(definition.secrets, job.secrets) where !secret.variable.isEmpty {
            let text = try value.text(variable: secret.variable)
            for index in indices(of: secret, in: job) { environments[index][secret.variable] = text }
        }
        return zip(definition.steps, environments).map { step, environment in
            Plan.Command(argv: step.argv, environment: environment, directory: step.directory)
        }
    }

    private func secrets(_ job: BuildJob) -> [Plan.Secret] {
        zip(job.definition.secrets, job.secrets).map { secret, value in
            .init(name: secret.name, content: value.bytes, commands: indices(of: secret, in: job).map { UInt32($0) })
        }
    }

    /// The last step of a name: the one that applies patches is the first of all, and a recipe may have another `patch`.
    private func indices(of secret: BuildRecord.Secret, in job: BuildJob) -> [Int] {
        secret.steps.compactMap { name in job.definition.steps.lastIndex { $0.name == name } }
    }
}
