package import BelljarModel

/// Text to recipes, strictly (docs/recipe.md lists the keys). Every mistake is a `usage` error whose subject is
/// `file:line:column`; several mistakes of a file are reported together, in `details`.
package enum RecipeDecoder {
    /// - Parameters:
    ///   - text: the bytes of `recipe.yaml`.
    ///   - file: its path, for diagnostics.
    ///   - folder: absolute path of the recipe's folder.
    ///   - project: absolute path of its project; nil if it has none.
    package static func recipe(
        _ text: [UInt8], file: String, folder: String, project: String? = nil
    ) throws(BelljarError) -> Recipe {
        try located(text, file: file, folder: folder, project: project, expectedName: nil).recipe
    }

    /// A recipe and where it names each of its inputs, for errors that concern several recipes.
    struct Located {
        var recipe: Recipe
        var inputs: [String: SourceLocation]
    }

    private static let remedy = "correct the file: `belljar schema recipe` prints all its keys and what they mean"

    /// - Parameter expectedName: the name that the recipe must have, if it stands in a library.
    static func located(
        _ text: [UInt8], file: String, folder: String, project: String?, expectedName: String?
    ) throws(BelljarError) -> Located {
        let reading = reading(text, file: file, folder: folder, project: project, expectedName: expectedName)
        if let mistakes = reading.mistakes { throw mistakes }
        guard let located = reading.located else {
            throw BelljarError(
                .internal, operation: "read recipe", subject: file, answer: "it was refused, and no reason was given")
        }
        return located
    }

    /// What can be read of a recipe, and what is wrong with it. Where a key has none that can be read, its value is empty, or what
    /// stands for none.
    struct Reading {
        /// Nil for what is no mapping.
        var located: Located?
        var mistakes: BelljarError?
    }

    static func reading(
        _ text: [UInt8], file: String, folder: String, project: String?, expectedName: String?
    ) -> Reading {
        let mistakes = Mistakes(file: file)
        let root = YAMLParser.parse(text, mistakes: mistakes)
        if let root, let expectedName { check(root, isNamed: expectedName, mistakes) }
        var located = root.flatMap { recipe.read($0, mistakes) }
        located?.recipe.folder = folder
        located?.recipe.project = project
        return Reading(located: located, mistakes: mistakes.error("read recipe", remedy: remedy))
    }

    /// The name that a recipe says, without a look at the rest; nil if it says none that could be a recipe's.
    static func name(in text: [UInt8]) -> String? {
        guard case .mapping(let entries)? = YAMLParser.parse(text, mistakes: Mistakes(file: ""))?.content else {
            return nil
        }
        return entries.first { $0.key == "name" }?.value.text.flatMap { try? Rules.name($0) }
    }

    private static func check(_ root: YAMLNode, isNamed expected: String, _ mistakes: Mistakes) {
        guard case .mapping(let entries) = root.content, let node = entries.first(where: { $0.key == "name" })?.value,
            let text = node.text, let name = try? Rules.name(text), name != expected
        else { return }
        mistakes.add(
            "name \(quoted(name)) differs from the recipe's folder \(quoted(expected)); write \(quoted(expected)), or rename the folder",
            at: node)
    }

    /// `epoch: auto` where no source has a time.
    private static var autoWithoutTime: JSONSchema {
        let timed = JSONValue.array([.object(["required": ["archive"]]), .object(["required": ["git"]])])
        return .anything.with("required", ["epoch"])
            .with(
                "properties",
                .object([
                    "epoch": JSONSchema.constant("auto").json,
                    "sources": .object(["not": .object(["contains": .object(["anyOf": timed])])]),
                ]))
    }

    /// Whether a source is of a kind that has a time, whatever else is wrong with it.
    private static func namesTimed(_ sources: YAMLNode?) -> Bool {
        guard case .sequence(let list)? = sources?.content else { return false }
        return list.contains { source in
            guard case .mapping(let entries) = source.content else { return false }
            return entries.contains { ["archive", "git"].contains($0.key) }
        }
    }

    /// The recipe, but for its folder.
    static let recipe = MappingRule("a recipe") { recipe -> Located? in
        let name = recipe.required("name", Rules.ownName, "the name of the folder; in belljar.yaml any")
        let version = recipe.required(
            "version", Rules.version, "the version of what is built, as text: 1.10 stays 1.10")
        let toolchain = recipe.required("toolchain", Rules.name, "a folder of Toolchains")
        let epoch = recipe.required(
            "epoch", Rules.epoch,
            "the build's SOURCE_DATE_EPOCH: seconds since 1970, or auto for the time of pinned sources",
            why: ": the date that the build sees; \(Rules.epochAdvice)")
        let sources = recipe.optional(
            "sources", .list(of: .mapping(SourceDecoder.source), "source", Recipe.sourceCount),
            "placed in /build in this order")
        let inputs = recipe.optional(
            "inputs", .distinct(Rules.name, "input", Recipe.inputCount),
            "recipes whose outputs are mounted at /inputs/NAME")
        let environment = recipe.optional("environment", variables, "variables in addition to those that belljar sets")
        let steps = recipe.required("steps", stepList, "run in this order until one fails")
        let outputs = recipe.required(
            "outputs", .distinct(Rules.output, "output", Recipe.outputCount),
            "what must be below /out at the end; . for anything at all")
        let keepsLinks = recipe.optional(
            "links", Rules.keepsLinks, "whether /out may hold links that lead out of it; default refuse")
        let limits = recipe.optional("limits", .mapping(LimitDecoder.limits), "what the build may use at most")
        let controls = ControlDecoder.controls(recipe)
        let seed = recipe.optional(
            "seed", Rules.text(upTo: Recipe.seedBytes), "what the seeded random numbers start with")
        let recheck = recipe.optional(
            "recheck", rechecks, "how inputs are checked for changes when the build is over; default changed")
        let rounds = recipe.optional(
            "policy", .mapping(policy), "what a build has to show before it counts as done")
        let secrets = recipe.optional(
            "secrets", .list(of: .mapping(SecretDecoder.secret), "secret", Recipe.secretCount),
            "what some steps get, and no output or log may contain")
        let requirements = recipe.optional(
            "requires", .mapping(RequirementDecoder.requirements), "what the host must have")
        let profile = recipe.optional(
            "profile", profiles, "nested allows the build to make namespaces; default strict")
        recipe.forbid(autoWithoutTime)
        if epoch == .auto, let node = recipe.node(of: "epoch"), !namesTimed(recipe.node(of: "sources")) {
            recipe.mistakes.add(
                "epoch auto needs an archive or a git source, whose time it takes; write a number: "
                    + "`git log -1 --format=%ct` prints that of the last commit, `date +%s` that of now", at: node)
        }
        for input in inputs ?? [] where input.value == name {
            recipe.mistakes.add("input \(quoted(input.value)) is the recipe itself", at: input.node)
        }
        SecretDecoder.check(secrets ?? [], environment: environment ?? [:], steps: steps ?? [], recipe.mistakes)
        // Of a recipe with a mistake, the rest can be looked at all the same.
        let value = Recipe(
            name: name ?? "", version: version ?? "", toolchain: toolchain ?? "", epoch: epoch ?? .auto,
            sources: sources ?? [],
            inputs: (inputs ?? []).map(\.value), environment: environment ?? [:], steps: steps ?? [],
            outputs: (outputs ?? []).map(\.value), keepsLinks: keepsLinks ?? false,
            limits: LimitDecoder.resourceLimits(limits ?? [:]), controls: controls,
            root: recipe.node(of: "root").map(recipe.mistakes.location(of:)), seed: seed ?? "",
            recheck: recheck ?? .changed, rounds: rounds ?? 1, secrets: secrets ?? [],
            requirements: requirements ?? Requirements.none,
            profile: profile ?? .strict, folder: "", location: recipe.location)
        let locations = (inputs ?? []).map { ($0.value, recipe.mistakes.location(of: $0.node)) }
        return Located(recipe: value, inputs: Dictionary(locations) { first, _ in first })
    }

    private static let profiles = TextRule<IsolationProfile>.cases { _ in "is neither strict nor nested" }

    private static let rechecks = TextRule<Recheck>.words([
        ("changed", .changed), ("full", .full), ("none", .none),
    ]) { _ in "is neither changed, full nor none" }

    private static let policy = MappingRule("policy") { policy -> Int? in
        policy.required(
            "check", .whole(Recipe.roundCount), "how many builds have to come out alike, this one among them: 2 to 1000"
        ).map(Int.init)
    }

    /// An empty value is written "", so that one forgotten is noticed.
    private static let variables = ValueRule.entries(
        Rules.variableName, Rules.textOrEmpty(upTo: Recipe.valueBytes), "variable",
        limit: Recipe.variableCount.upperBound)

    private static let step = MappingRule("a step") { step -> Placed<RecipeStep>? in
        let name = step.required("name", Rules.stepName, "for logs and messages; each once")
        let run = step.required("run", Rules.script, "a script for /bin/sh -e -u -c")
        let directory = step.optional(
            "directory", Rules.pathOrEmpty(below: "/build"), "working directory below /build")
        let secrets = step.optional(
            "secrets", .distinct(Rules.stepName, "secret", Recipe.secretCount), "which of the recipe's secrets it gets")
        // One with a mistake is a step all the same: it may be the one that lists a secret.
        guard let name, let place = step.node(of: "name") else { return nil }
        let value = RecipeStep(
            name: name, run: run ?? "", directory: directory ?? "", secrets: (secrets ?? []).map(\.value),
            location: step.location,
            script: step.node(of: "run").map { ScriptPlace($0, in: step.location.file) })
        return Placed(value: value, node: place)
    }

    private static let stepList: ValueRule<[RecipeStep]> = {
        let list = ValueRule.list(of: .mapping(step), "step", Recipe.stepCount)
        return ValueRule(list.schema) { node, key, mistakes in
            var lines: [String: Int] = [:]
            return list.read(node, key, mistakes)?.map { step in
                let name = step.value.name
                if let line = lines[name] {
                    mistakes.add("duplicate step \(quoted(name)); it is already given in line \(line)", at: step.node)
                }
                lines[name] = lines[name] ?? step.value.location.line
                return step.value
            }
        }
    }()
}
