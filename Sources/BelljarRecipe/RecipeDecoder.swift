package import BelljarModel

/// Text to recipes, strictly (docs/recipe.md lists the keys). Every mistake is a `usage` error whose subject is
/// `file:line:column`; several mistakes of a file are reported together, in `details`.
package enum RecipeDecoder {
    /// - Parameters:
    ///   - text: the bytes of `recipe.yaml`.
    ///   - file: its path, for diagnostics.
    ///   - folder: absolute path of the recipe's folder.
    package static func recipe(_ text: [UInt8], file: String, folder: String) throws(BelljarError) -> Recipe {
        try located(text, file: file, folder: folder, expectedName: nil).recipe
    }

    /// A recipe and where it names each of its inputs, for errors that concern several recipes.
    struct Located {
        var recipe: Recipe
        var inputs: [String: SourceLocation]
    }

    /// - Parameter expectedName: the name that the recipe must have, if it stands in a library.
    static func located(
        _ text: [UInt8], file: String, folder: String, expectedName: String?
    ) throws(BelljarError) -> Located {
        let mistakes = Mistakes(file: file)
        let root = YAMLParser.parse(text, mistakes: mistakes)
        let located = root.flatMap { decode($0, folder: folder, expectedName: expectedName, mistakes: mistakes) }
        if let error = mistakes.error("read recipe") { throw error }
        guard let located else {
            throw BelljarError(
                .internal, operation: "read recipe", subject: file, answer: "it was refused without a reason")
        }
        return located
    }

    private static let keys = [
        "name", "version", "toolchain", "epoch", "sources", "inputs", "environment", "steps", "outputs", "links",
        "limits",
        "root", "controls", "seed", "recheck", "secrets", "requires",
        "profile",
    ]

    private static func decode(
        _ root: YAMLNode, folder: String, expectedName: String?, mistakes: Mistakes
    ) -> Located? {
        guard let form = Form(root, "a recipe", keys: keys, mistakes: mistakes) else { return nil }
        let name = form.required("name", Rules.name)
        if let name, let expectedName, name != expectedName, let node = form.node("name") {
            mistakes.add("name \(quoted(name)) differs from the recipe's folder \(quoted(expectedName))", at: node)
        }
        let version = form.required("version", Rules.version)
        let toolchain = form.required("toolchain", Rules.name)
        let epoch = form.requiredWhole("epoch", Recipe.epochs)
        let sources = form.optionalList("sources", limit: 256).compactMap { SourceDecoder.source($0, mistakes) }
        let inputs = form.texts(form.optionalList("inputs", limit: 256), "input", Rules.name)
        for input in inputs where input.text == name {
            mistakes.add("input \(quoted(input.text)) is the recipe itself", at: input.node)
        }
        let environment = environment(form)
        let steps = steps(form)
        let outputs = form.texts(form.requiredList("outputs", limit: 4096), "output", Rules.output)
        let keepsLinks = form.optional("links", Rules.keepsLinks)
        let limits = LimitDecoder.limits(form)
        let controls = ControlDecoder.controls(form)
        let seed = form.optional("seed", Rules.text(upTo: 256))
        let recheck = form.optional("recheck", recheck)
        let requirements = RequirementDecoder.requirements(form)
        let profile = form.optional("profile", profile)
        let secrets = SecretDecoder.secrets(form, environment: environment, steps: steps)
        guard let name, let version, let toolchain, let epoch else { return nil }
        let recipe = Recipe(
            name: name, version: version, toolchain: toolchain, epoch: epoch, sources: sources,
            inputs: inputs.map(\.text), environment: environment, steps: steps, outputs: outputs.map(\.text),
            keepsLinks: keepsLinks ?? false, limits: limits, controls: controls, seed: seed ?? "",
            recheck: recheck ?? .changed, secrets: secrets,
            requirements: requirements, profile: profile ?? .strict, folder: folder,
            location: mistakes.location(of: root))
        let locations = inputs.map { ($0.text, mistakes.location(of: $0.node)) }
        return Located(recipe: recipe, inputs: Dictionary(locations) { first, _ in first })
    }

    private static func profile(_ text: String) throws(Wrong) -> IsolationProfile {
        if let profile = IsolationProfile(rawValue: text) { return profile }
        throw Wrong("is neither strict nor nested")
    }

    private static func recheck(_ text: String) throws(Wrong) -> Recheck {
        if let recheck = Recheck(rawValue: text) { return recheck }
        throw Wrong("is neither changed, full nor none")
    }

    private static func environment(_ form: Form) -> [String: String] {
        var environment: [String: String] = [:]
        for entry in form.optionalEntries("environment", limit: 256) {
            let name = form.text(entry.keyNode, "variable", Rules.variableName)
            // An empty value is written "", so that one forgotten is noticed.
            let value = form.text(entry.value, "value of \(entry.key)") { (text) throws(Wrong) in
                text.isEmpty ? text : try Rules.text(upTo: 64 << 10)(text)
            }
            if let name, let value { environment[name] = value }
        }
        return environment
    }

    private static func steps(_ form: Form) -> [RecipeStep] {
        var lines: [String: Int] = [:]
        return form.requiredList("steps", limit: 256).compactMap { node in
            guard
                let step = Form(node, "a step", keys: ["name", "run", "directory", "secrets"], mistakes: form.mistakes)
            else { return nil }
            let name = step.required("name", Rules.stepName)
            let run = step.required("run", script)
            let directory = step.optional("directory", Rules.pathOrEmpty(below: "/build"))
            let secrets = step.texts(step.optionalList("secrets", limit: 64), "secret", Rules.stepName)
            guard let name, let run else { return nil }
            if let line = lines[name], let place = step.node("name") {
                form.mistakes.add("duplicate step \(quoted(name)); it is already given in line \(line)", at: place)
            }
            lines[name] = lines[name] ?? node.line
            return RecipeStep(
                name: name, run: run, directory: directory ?? "", secrets: secrets.map(\.text),
                location: form.mistakes.location(of: node))
        }
    }

    /// Linux takes arguments of up to 131,071 bytes (MAX_ARG_STRLEN, execve(2)); a longer script would fail to start.
    private static func script(_ text: String) throws(Wrong) -> String {
        guard !text.utf8.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }) else {
            throw Wrong("is empty")
        }
        return try Rules.text(upTo: 131_071)(text)
    }
}
