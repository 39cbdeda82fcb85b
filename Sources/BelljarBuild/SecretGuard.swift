internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe

/// Keeps a build's secrets out of everything that outlives it.
struct SecretGuard: Sendable {
    let scan: SecretScan
    /// For what is redacted as it comes.
    let forms: SecretForms
    private let isNeeded: Bool

    init(_ secrets: [SecretValue]) {
        scan = SecretScan(secrets)
        forms = SecretForms(secrets, ignoresSpace: false)
        isNeeded = !secrets.isEmpty
    }

    /// Looks through what a build left that would be kept.
    ///
    /// - Parameter out: nil if the outputs will not be kept.
    /// - Throws: `build_failed` that says where a secret is and which; nothing of such a build may be kept, not even its
    ///   record.
    func check(
        _ definition: BuildRecord.Definition, log: BuildLog, notes: BuildNotes, out: borrowing Descriptor?
    ) throws(BelljarError) {
        guard isNeeded else { return }
        var findings: [SecretScan.Finding] = []
        if let leak = log.leak { findings.append(.init(leak.form, in: leak.place)) }
        if let form = notes.ledger?.leak { findings.append(.init(form, in: "the ledger")) }
        if let form = notes.trace?.leak { findings.append(.init(form, in: "the trace")) }
        switch out {
        case .some(let directory): findings += try scan.findings(below: directory, shownAs: "/out")
        case .none: break
        }
        guard let first = findings.first else { return }
        throw BelljarError(
            .buildFailed, operation: "build", subject: "\(definition.name) \(definition.version)", stage: "secrets",
            answer: first.words, remedy: "keep secrets out of what the steps write; nothing of this build was kept",
            details: findings.dropFirst().prefix(20).map(\.words))
    }
}

extension [String: SecretOrigin] {
    /// The secrets of recipes by the recipes' names, read from where the user has them. These origins come first.
    func read(for recipes: [Recipe]) throws(BelljarError) -> [String: [SecretValue]] {
        let known = Set(recipes.flatMap { $0.secrets.map(\.name) })
        if let unknown = keys.sorted().first(where: { !known.contains($0) }) {
            throw BelljarError(
                .usage, operation: "use", subject: "--secret \(unknown)",
                answer: "none of the recipes to be built has a secret of that name"
                    + NearMatch.hint(for: unknown, among: known),
                remedy: known.isEmpty
                    ? "leave it out, or declare it with `secrets` in the recipe"
                    : "their secrets are: \(known.sorted().joined(separator: ", "))")
        }
        var values: [String: [SecretValue]] = [:]
        for recipe in recipes {
            for secret in recipe.secrets {
                let origin = self[secret.name] ?? secret.origin
                let value = try SecretValue.read(secret.name, from: origin, recipe: recipe.name)
                if !secret.variable.isEmpty { _ = try value.text(variable: secret.variable) }
                values[recipe.name, default: []].append(value)
            }
        }
        return values
    }

    /// - Throws: `usage` for a secret that no definition of the record has.
    func refuseUnknown(to record: BuildRecord) throws(BelljarError) {
        let definitions = [record.definition] + record.closure.definitions.values.map(\.definition)
        let known = Set(definitions.flatMap { $0.secrets.map(\.name) })
        guard let unknown = keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw BelljarError(
            .usage, operation: "use", subject: "--secret \(unknown)",
            answer: "the record has no secret of that name",
            remedy: known.isEmpty
                ? "leave it out: the record has no secrets"
                : "the record's secrets are: \(known.sorted().joined(separator: ", "))")
    }

    /// The secrets of a recorded definition. A record says nothing of where they are, and would not be asked if it did:
    /// it may be somebody else's.
    func read(for definition: BuildRecord.Definition) throws(BelljarError) -> [SecretValue] {
        var values: [SecretValue] = []
        for secret in definition.secrets {
            guard let origin = self[secret.name] else {
                throw BelljarError(
                    .usage, operation: "rebuild", subject: definition.name,
                    answer: "it needs the secret \(secret.name), and nothing says where to read it",
                    remedy: "say it with --secret \(secret.name)=file:PATH or --secret \(secret.name)=env:VARIABLE")
            }
            values.append(try SecretValue.read(secret.name, from: origin, recipe: definition.name))
        }
        return values
    }
}
