internal import ArgumentParser
internal import BelljarBuild
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say what has changed since the last build of a recipe, or between two records.",
        usage: "belljar why [<options>] <name> | <record> <record>",
        discussion: """
            Down to the file, the package, the line of a script or the variable. Nothing is built or fetched; local \
            sources are read, and taken into the store as a build would.

              belljar why hello              why it would be built, and what else
              belljar why 3fd0a712 91c2e5b0  what is between two records
              belljar build --explain        the same, while building

            Exit code: 0, whether something has changed or not.
            """)

    @Argument(
        help: ArgumentHelp(
            "A recipe of the project, or two records.",
            discussion: "Records are named as `belljar show` takes them.", valueName: "name"),
        completion: .records)
    var names: [String] = []
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...2).contains(names.count) else {
            throw ValidationError("give the name of one recipe, or two records")
        }
    }

    func run() throws {
        let answer = try names.count == 2 ? betweenRecords() : sinceLastBuild(of: names[0])
        if options.json { return try Console.write(answer, as: Answers.reasons) }
        Console.write(answer.words(TextStyle(options.color, descriptor: 1)))
    }

    private func betweenRecords() throws(BelljarError) -> Reasons {
        let session = Session(options)
        let found = try [names[0], names[1]].map { text throws(BelljarError) in
            try RecordReference(text: text, session: session).find()
        }
        let (old, new) = (found[0], found[1])
        let changes = try session.engine(jobs: 1).changes(from: old.record, to: new.record)
        return Reasons(
            name: new.record.definition.name, version: new.record.definition.version,
            earlier: .init(digest: old.digest, of: old.record), record: new.digest, changes: changes)
    }

    private func sinceLastBuild(of name: String) throws(BelljarError) -> Reasons {
        let session = Session(options, makesStore: true)
        let library = try session.recipes()
        let recipes = try RecipeGraph.resolve([name], in: library)
        let plan = try session.engine(jobs: 1).plan(recipes, explains: true)
        guard let entry = plan.entries.last, let explanation = entry.explanation else {
            throw BelljarError(.internal, operation: "explain", subject: name, answer: "there is no explanation")
        }
        return Reasons(
            name: name, version: entry.recipe.version, earlier: explanation.earlier, record: entry.record,
            changes: explanation.changes, entry: entry,
            first: plan.entries.dropLast().filter { $0.fate != .cached },
            dependents: try dependents(of: name, in: library))
    }

    /// The recipes of the project that need it, and those that need these, in their order.
    private func dependents(of name: String, in library: RecipeLibrary) throws(BelljarError) -> [String] {
        var found: Set<String> = [name]
        // What cannot be read needs nothing that anybody could know of.
        let recipes = try library.names().compactMap { try? library.load($0) }
        while case let more = recipes.filter({ !found.contains($0.name) && !found.isDisjoint(with: $0.inputs) }),
            !more.isEmpty
        {
            found.formUnion(more.map(\.name))
        }
        return found.subtracting([name]).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

/// Why a recipe would be built again, or what is between two records.
struct Reasons {
    var name: String
    var version: String
    var earlier: BuildExplanation.Earlier?
    /// The later one of two records, or the one that would answer.
    var record: Digest?
    var changes: [DefinitionChange]
    /// Of a recipe.
    var entry: BuildPlan.Entry?
    /// What it needs and would be built before it.
    var first: [BuildPlan.Entry] = []
    /// Recipes of the project that need its outputs.
    var dependents: [String] = []

    func words(_ style: TextStyle) -> String {
        guard let entry else {
            let head = "\(style.bold(shown(name))) \(shown(version)) "
            let lines = changes.map { "  \(shown($0.words))" + ($0.decides ? "" : " (which decides no result)") }
            return head + (lines.isEmpty ? "is defined alike in both records\n" : "has changed:\n" + joined(lines))
        }
        var text = first.map { $0.line(style) }.joined() + entry.line(style)
        if let check = entry.check { text += "  \(check.words)\n" }
        if entry.fate != .cached, !dependents.isEmpty {
            let names = dependents.map(shown).joined(separator: ", ")
            text += "If its outputs change, these are built again too: \(names)\n"
        }
        return text
    }

    private func joined(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }
}

extension BuildPlan.Entry {
    /// With its name, and the line feed at its end.
    func line(_ style: TextStyle) -> String {
        "\(style.bold(shown(recipe.name))) \(shown(recipe.version)) \(reasons(style))"
    }

    /// What follows the recipe's name: what becomes of it, and why.
    func reasons(_ style: TextStyle) -> String {
        guard let explanation else { return "" }
        let lines = (deciding(explanation).map(\.words) + firsts(explanation)).map { "  \(shown($0))\n" }.joined()
        guard let earlier = explanation.earlier else {
            let answer = fate == .cached ? "cached: a record of an equal build answers" : "would be built"
            return "\(answer); this project has no earlier build of it\n" + lines
        }
        let since = "record \(earlier.digest.hex.prefix(12)) of \(UTCTime(earlier.started))"
        switch (fate, lines.isEmpty) {
        case (.cached, true): return "\(style.good("cached")): nothing has changed since \(since)\n"
        case (.cached, false):
            let answer = record.map { "record \($0.hex.prefix(12))" } ?? "an earlier record"
            return "\(style.good("cached")): \(answer) of an equal build answers. Since \(since):\n" + lines
        case (.depends, _) where deciding(explanation).isEmpty && explanation.unknownInputs.isEmpty:
            return "would be built if \(awaited.map(shown).joined(separator: " or ")) "
                + "comes out otherwise; nothing else has changed since \(since)\n"
        case (_, true):
            if earlier.status != .ok {
                return "would be built: the build of \(since) failed, and nothing has changed since\n"
            }
            let lacks = explanation.lacks.map { "  \($0)\n" }.joined()
            return "would be built, although nothing has changed since \(since)"
                + (lacks.isEmpty ? ", which is no answer\n" : ":\n\(lacks)")
        case (_, false): return "would be built, because since \(since):\n" + lines
        }
    }

    private func deciding(_ explanation: BuildExplanation) -> [DefinitionChange] {
        explanation.changes.filter(\.decides)
    }

    /// What has to come first.
    private func firsts(_ explanation: BuildExplanation) -> [String] {
        explanation.unknownInputs.map { "input \($0): it was not built yet" }
            + awaited.filter { !explanation.unknownInputs.contains($0) }.map {
                "input \($0): it is built first, and may come out otherwise"
            }
    }
}

extension Answers {
    static let reasons = JSONType<Reasons>.answer {
        JSONMember(says: "name", .name(.recipe), "the recipe's name") { $0.name }
        JSONMember(says: "version", .name(.version), "the recipe's version") { $0.version }
        JSONMember(maySay: "fate", .choice, "of a recipe: cached; build; or depends, as in a build's plan") {
            $0.entry?.fate
        }
        JSONMember(maySay: "earlier", .digest, "SHA-256 of the record that it is compared with") { $0.earlier?.digest }
        JSONMember(maySay: "earlierStarted", .count, "when that build began, in seconds since 1970") {
            $0.earlier?.started
        }
        JSONMember(maySay: "earlierStatus", .choice, "how that build ended") { $0.earlier?.status }
        JSONMember(maySay: "record", .digest, "SHA-256 of the later record, or of the one that answers") { $0.record }
        JSONMember(says: "changes", .list(of: change), "what is otherwise than in the earlier one") { $0.changes }
        JSONMember(
            says: "lacks", .list(of: .text),
            "what the earlier record does not have and is asked for, where nothing has changed"
        ) { $0.entry?.explanation?.lacks ?? [] }
        JSONMember(maySay: "check", .text, "what comes behind it to check it, by a policy or --check, in words") {
            $0.entry?.check?.words
        }
        JSONMember(says: "awaited", .list(of: .name(.recipe)), "inputs that are built first") {
            $0.entry?.awaited ?? []
        }
        JSONMember(
            says: "dependents", .list(of: .text), "recipes of the project that need its outputs, at any distance"
        ) { $0.dependents }
    }

    static let change = JSONType<DefinitionChange>.answer {
        JSONMember(says: "part", .choice, "the part of the definition") { $0.part }
        JSONMember(says: "subject", .text, "which of its kind") { $0.subject }
        JSONMember(says: "words", .text, "what became of it, in a sentence") { $0.words }
        JSONMember(says: "decides", .flag, "whether it can change the result; else only the record") { $0.decides }
    }
}
