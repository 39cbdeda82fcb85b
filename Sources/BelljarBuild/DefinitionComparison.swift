internal import BelljarControls
internal import BelljarModel
internal import BelljarStore
internal import BelljarToolchain

/// Finds out what one definition has otherwise than an earlier one, in the order of a recipe.
struct DefinitionComparison {
    /// A definition, and what it names by digest.
    struct Side {
        var definition: BuildRecord.Definition
        var closure: BuildRecord.Closure
    }

    let old: Side
    let new: Side
    /// Has the trees of sources, as far as they are still there.
    let store: Store?
    private(set) var changes: [DefinitionChange] = []

    /// Files of one tree, packages of one lock and lines of one script that are named.
    static let named = 5
    /// Definitions of inputs of inputs that are gone into.
    private static let depthLimit = 64

    static func changes(
        from old: Side, to new: Side, store: Store?, depth: Int = 0
    ) throws(BelljarError) -> [DefinitionChange] {
        var comparison = Self(old: old, new: new, store: store)
        try comparison.compare(depth)
        return comparison.changes
    }

    private init(old: Side, new: Side, store: Store?) {
        self.old = old
        self.new = new
        self.store = store
    }

    private mutating func compare(_ depth: Int) throws(BelljarError) {
        let (before, after) = (old.definition, new.definition)
        note(.recipe, "name", instead(before.name, after.name))
        note(.recipe, "version", instead(before.version, after.version))
        try compareToolchains(before.toolchain, after.toolchain)
        try compareSources(before.sources, after.sources)
        try compareInputs(before.inputs, after.inputs, depth)
        compareSteps(before.steps, after.steps)
        compareNamed(before.environment, after.environment, .variable, "variable")
        compareSets(before.outputs, after.outputs, .output, "output")
        note(.epoch, "epoch", instead("\(before.epoch)", "\(after.epoch)"))
        for limit in LimitName.allCases {
            let (one, other) = (limitText(limit, before.limits), limitText(limit, after.limits))
            // It comes when a build has failed already.
            note(.limit, "limit \(limit.rawValue)", instead(one, other), decides: limit != .grace)
        }
        note(
            .requirement, "requires",
            before.requirements == after.requirements ? nil : "what the host must have was changed", decides: false)
        note(.sandbox, "sandbox", instead(before.sandbox.profile, after.sandbox.profile))
        note(.sandbox, "kernel that builds see", instead(before.sandbox.baseline, after.sandbox.baseline))
        compareNamed(before.controls.named, after.controls.named, .control, "control")
        compareNamed(before.constants, after.constants, .sandbox, "in every sandbox,")
        note(.seed, "seed", instead(before.seed, after.seed))
        compareSets(before.secrets.map(\.name), after.secrets.map(\.name), .secret, "secret")
        for secret in after.secrets {
            guard let same = before.secrets.first(where: { $0.name == secret.name }), same != secret else { continue }
            note(.secret, "secret \(secret.name)", "other steps get it, or by another variable")
        }
    }

    // MARK: Texts

    /// - Parameter words: what became of it; nothing is noted without.
    private mutating func note(_ part: DefinitionChange.Part, _ subject: String, _ words: String?, decides: Bool = true)
    {
        guard let words else { return }
        changes.append(.init(part: part, subject: subject, words: "\(subject): \(words)", decides: decides))
    }

    private func instead(_ old: String, _ new: String) -> String? {
        old.utf8.elementsEqual(new.utf8) ? nil : "\(Self.text(new)) instead of \(Self.text(old))"
    }

    private static func text(_ text: String) -> String { text.isEmpty ? "nothing" : quoted(text) }

    private mutating func compareNamed(
        _ old: [String: String], _ new: [String: String], _ part: DefinitionChange.Part, _ kind: String
    ) {
        for name in Set(old.keys).union(new.keys).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let subject = "\(kind) \(name)"
            switch (old[name], new[name]) {
            case (let one?, let other?): note(part, subject, instead(one, other))
            case (let one?, nil): note(part, subject, "is not set any more; it was \(Self.text(one))")
            case (nil, let other?): note(part, subject, "is new: \(Self.text(other))")
            case (nil, nil): break
            }
        }
    }

    private mutating func compareSets(
        _ old: [String], _ new: [String], _ part: DefinitionChange.Part, _ kind: String
    ) {
        for name in old where !new.contains(name) { note(part, "\(kind) \(shown(name))", "was removed") }
        for name in new where !old.contains(name) { note(part, "\(kind) \(shown(name))", "is new") }
        if old.filter(new.contains) != new.filter(old.contains) { note(part, "\(kind)s", "they are in another order") }
    }

    private func shown(_ name: String) -> String { PathText.shown(name) }

    private func limitText(_ limit: LimitName, _ limits: ResourceLimits) -> String {
        limits.value(of: limit).map(limit.text) ?? "no limit"
    }

    /// The first few, and how many more there are.
    static func listed(_ items: [String], isCut: Bool = false) -> String {
        let more = items.count - named
        guard more > 0 else { return items.joined(separator: ", ") }
        return items.prefix(named).joined(separator: ", ") + " and \(isCut ? "more than " : "")\(more) more"
    }

    // MARK: Toolchain

    private mutating func compareToolchains(
        _ old: BuildRecord.Toolchain, _ new: BuildRecord.Toolchain
    ) throws(BelljarError) {
        guard old != new else { return }
        guard old.image != new.image else {
            let words = instead(old.name, new.name) ?? "another lock that gives the same image"
            return note(.toolchain, "toolchain \(new.name)", words, decides: false)
        }
        let packages = LockPlan.lines(
            from: self.old.closure.locks[old.lock], to: self.new.closure.locks[new.lock], name: new.name)
        let words = packages.isEmpty ? "another image" : "other packages: " + Self.listed(packages)
        let isOther = !old.name.utf8.elementsEqual(new.name.utf8)
        note(
            .toolchain, "toolchain \(new.name)",
            isOther ? "instead of \(old.name); \(words)" : words)
    }

    // MARK: Sources

    private mutating func compareSources(
        _ old: [BuildRecord.Source], _ new: [BuildRecord.Source]
    ) throws(BelljarError) {
        var left = old
        var pairs: [(old: BuildRecord.Source, new: BuildRecord.Source)] = []
        var added: [BuildRecord.Source] = []
        // The same place first; what is then left of a kind is taken for the same source in another version.
        for source in new {
            guard let index = left.firstIndex(where: { $0.isSame(as: source) }) else {
                added.append(source)
                continue
            }
            pairs.append((left.remove(at: index), source))
        }
        for source in added {
            let index =
                left.firstIndex { $0.kind.name == source.kind.name && $0.into == source.into }
                ?? left.firstIndex {
                    $0.kind.name == source.kind.name && $0.kind.address.utf8.elementsEqual(source.kind.address.utf8)
                }
            guard let index else {
                note(.source, source.title, "is new")
                continue
            }
            pairs.append((left.remove(at: index), source))
        }
        for source in left { note(.source, source.title, "was removed") }
        for pair in pairs { try compare(pair.old, pair.new) }
        let order = pairs.compactMap { pair in old.firstIndex(of: pair.old) }
        let positions = pairs.compactMap { pair in new.firstIndex(of: pair.new) }
        let inOrder = zip(positions, order).sorted { $0.0 < $1.0 }.map(\.1)
        if inOrder != inOrder.sorted() { note(.source, "sources", "they are placed in another order") }
    }

    private mutating func compare(_ old: BuildRecord.Source, _ new: BuildRecord.Source) throws(BelljarError) {
        guard old != new else { return }
        guard old.digest != new.digest else {
            let isElsewhere = instead(old.kind.address, new.kind.address)
            let words = instead(old.into, new.into).map { "placed in \($0)" } ?? isElsewhere ?? "placed otherwise"
            // Wherever the bytes come from, they are the same.
            let decides = old.placement != new.placement
            return note(.source, new.title, words, decides: decides)
        }
        note(.source, new.title, instead(old.into, new.into).map { "placed in \($0)" })
        if let words = instead(old.kind.address, new.kind.address) {
            return note(.source, "source", words)
        }
        switch (old.kind, new.kind) {
        case (.local, .local): note(.source, new.title, treeWords(old.tree, new.tree))
        case (.git(_, let one), .git(_, let other)):
            let commit = one == other ? "" : "commit \(other.prefix(12)) instead of \(one.prefix(12)); "
            note(.source, new.title, commit + treeWords(old.tree, new.tree))
        case (.patch, .patch): note(.source, new.title, "was changed")
        default:
            note(
                .source, new.title,
                "other bytes are pinned: sha256 \(new.digest.hex.prefix(12)) instead of \(old.digest.hex.prefix(12))")
        }
    }

    private func treeWords(_ old: TreeDigest, _ new: TreeDigest) -> String {
        // What was collected since is no reason not to say the rest.
        guard let store, let found = try? TreeChanges(from: old, to: new, in: store), !found.changes.isEmpty else {
            return "it was changed (the files of before are not in the store any more)"
        }
        return Self.listed(found.changes.map(\.words), isCut: found.isCut)
    }

    // MARK: Inputs

    private mutating func compareInputs(
        _ old: [BuildRecord.Input], _ new: [BuildRecord.Input], _ depth: Int
    ) throws(BelljarError) {
        compareSets(old.map(\.name), new.map(\.name), .input, "input")
        for input in new {
            guard let before = old.first(where: { $0.name == input.name }), before.tree != input.tree else { continue }
            let reasons = try reasons(before.definition, input.definition, depth).filter(\.decides).map(\.words)
            note(
                .input, "input \(input.name)",
                reasons.isEmpty
                    ? "it came out otherwise, of the same definition"
                    : "it has other outputs, because of " + Self.listed(reasons))
        }
    }

    /// Why an input has another definition.
    private func reasons(_ old: Digest, _ new: Digest, _ depth: Int) throws(BelljarError) -> [DefinitionChange] {
        guard depth < Self.depthLimit, let before = self.old.closure.definitions[old],
            let after = self.new.closure.definitions[new]
        else { return [] }
        return try Self.changes(
            from: Side(definition: before.definition, closure: self.old.closure),
            to: Side(definition: after.definition, closure: self.new.closure), store: store, depth: depth + 1)
    }

    // MARK: Steps

    private mutating func compareSteps(_ old: [BuildRecord.Step], _ new: [BuildRecord.Step]) {
        compareSets(old.map(\.name), new.map(\.name), .step, "step")
        for step in new {
            guard let index = old.firstIndex(where: { $0.name == step.name }) else { continue }
            let before = old[index]
            note(.step, "step \(step.name)", instead(before.directory, step.directory).map { "runs in \($0)" })
            guard before.argv != step.argv else { continue }
            let subject = "step \(step.name)"
            for words in ScriptChanges.words(from: before.argv.last ?? "", to: step.argv.last ?? "") {
                changes.append(.init(part: .step, subject: subject, words: "\(subject), \(words)"))
            }
        }
    }
}

/// What two scripts differ in, line by line.
enum ScriptChanges {
    /// Lines that are compared; what is longer is no script that anybody reads.
    private static let limit = 2000

    /// `line 2: "make -j4" instead of "make"`.
    static func words(from old: String, to new: String) -> [String] {
        let (before, after) = (lines(old), lines(new))
        guard before.count <= limit, after.count <= limit else { return ["its script was changed"] }
        let difference = after.difference(from: before)
        var removed: [Int: String] = [:]
        for case .remove(let offset, let line, _) in difference.removals { removed[offset] = line }
        var words: [String] = []
        // A line that came in where one went is that line, changed.
        var shift = 0
        var gone = removed.keys.sorted()[...]
        for case .insert(let offset, let line, _) in difference.insertions {
            while let first = gone.first, first + shift < offset {
                words.append("line \(first + 1) is gone: \(quoted(removed[first] ?? ""))")
                gone.removeFirst()
                shift -= 1
            }
            if let first = gone.first, first + shift == offset {
                words.append("line \(offset + 1): \(quoted(line)) instead of \(quoted(removed[first] ?? ""))")
                gone.removeFirst()
            } else {
                words.append("line \(offset + 1) is new: \(quoted(line))")
                shift += 1
            }
        }
        words += gone.map { "line \($0 + 1) is gone: \(quoted(removed[$0] ?? ""))" }
        guard words.count > DefinitionComparison.named else { return words }
        return words.prefix(DefinitionComparison.named) + ["and \(words.count - DefinitionComparison.named) lines more"]
    }

    private static func lines(_ script: String) -> [String] {
        script.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}

extension BuildRecord.Source {
    /// Whether it is what the other one is in another state.
    fileprivate func isSame(as other: Self) -> Bool {
        kind.name == other.kind.name && into == other.into && kind.address.utf8.elementsEqual(other.kind.address.utf8)
    }

    /// How it is laid out, wherever it comes from.
    fileprivate var placement: SourceKind<String> {
        switch kind.naming({ _ in into }) {
        case .local: .local(path: into)
        case .git: .local(path: into)
        case .patch(_, let strip): .patch(path: into, strip: strip)
        case let other: other
        }
    }

    /// For people: `source /src`, `patch fix.patch`.
    fileprivate var title: String {
        "\(kind.name == .patch ? "patch" : "source") \(PathText.shown(kind.address))"
    }
}
