package import BelljarControls
package import BelljarModel
internal import BelljarStore

/// What building a recipe several times on a host that varies has shown.
package struct ReproducibilityReport: Sendable {
    /// A build of the same recipe with one control in another state.
    package struct ControlTrial: Sendable {
        package var control: Control
        package var state: ControlState
        /// What came out otherwise than without the change of state; of a cause, what does no more.
        package var differences: [Verdict.Difference]
        /// Its record; nil if it left none.
        package var record: Digest?
        /// Why it did not succeed.
        package var failure: BelljarError?
    }

    package var name: String
    package var version: String
    /// The record that every round was held against.
    package var original: Digest
    /// One for each further round.
    package var rounds: [Verdict]
    /// Controls that the recipe leaves to the host, and what comes out alike with each pinned.
    package var causes: [ControlTrial] = []
    /// What differed, and is alike with no single one of them.
    package var unexplained: [Verdict.Difference] = []
    /// Whether all is alike with all of them pinned; nil where that was not tried.
    package var isAlikePinned: Bool?
    /// Controls that the recipe leaves to the host.
    package var leftToHost: [Control] = []
    /// Who wrote what differs, and what differed first; of two further builds with a trace.
    package var blames: [Blame] = []
    /// With each pinned control left to the host: what it saves the build from.
    package var audit: [ControlTrial] = []

    package var different: [Verdict] { rounds.filter { $0.kind == .different } }

    /// The first that shows something else than an equal result; nil if there is none.
    package var decisive: Verdict? { rounds.first { $0.kind == .different } ?? rounds.first { $0.kind != .identical } }
}

extension Engine {
    /// Builds a recipe again and again on a host that varies.
    ///
    /// - Parameters:
    ///   - recipes: it and all that it needs, each behind its inputs.
    ///   - rounds: how many builds are compared, the first of them included, which may be one of before.
    ///   - audits: whether to find out which controls make it come out alike.
    /// - Throws: for a build that does not succeed in the first place.
    package func check(
        _ recipes: [Recipe], rounds: Int, audits: Bool
    ) throws(BelljarError) -> ReproducibilityReport {
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        let outcomes = try build(recipes).outcomes()
        guard let recipe = recipes.last, let base = outcomes[recipe.name], let original = base.digest else {
            throw BelljarError(.internal, operation: "check", subject: "recipe", answer: "there is no record")
        }
        var report = ReproducibilityReport(
            name: recipe.name, version: recipe.version, original: original, rounds: [])
        let images = makeImages()
        var rebuilder = makeRebuilder(images)
        rebuilder.isVaried = true
        for _ in 1..<rounds {
            report.rounds.append(
                try HostVariation.during { () throws(BelljarError) in
                    try rebuilder.rebuild(base.record, digest: original)
                })
        }
        let trials = Trials(engine: self, images: images, recipe: recipe, inputs: outcomes, original: original)
        report.leftToHost = trials.leftToHost
        if let round = report.different.first {
            try trials.explain(round.differences, in: &report)
            report.blames = try trials.blame(round.differences)
        }
        if audits { report.audit = try trials.audit(against: base.record.result) }
        return report
    }
}

/// Builds with one control in another state. They leave records as rebuilds do, which no name leads to.
private struct Trials {
    let engine: Engine
    let images: ToolchainImages
    let recipe: Recipe
    let inputs: [String: BuildOutcome]
    let original: Digest

    var leftToHost: [Control] { Control.leftToHost(by: recipe.controls) }

    /// Pins the controls that the recipe leaves to the host, one after the other and then all, and notes what differs no more.
    func explain(
        _ differences: [Verdict.Difference], in report: inout ReproducibilityReport
    ) throws(BelljarError) {
        var unexplained = differences
        for control in leftToHost {
            let state = control.states[0]
            guard let pair = try pair([control: state]) else { continue }
            let still = Set(pair.differences.map(\.path))
            let alike = differences.filter { !still.contains($0.path) }
            guard !alike.isEmpty else { continue }
            unexplained.removeAll { !still.contains($0.path) }
            report.causes.append(.init(control: control, state: state, differences: alike, record: pair.record))
        }
        report.unexplained = unexplained
        guard !unexplained.isEmpty, leftToHost.count > 1 else { return }
        let all = Dictionary(uniqueKeysWithValues: leftToHost.map { ($0, $0.states[0]) })
        report.isAlikePinned = try pair(all)?.differences.isEmpty
    }

    /// Files of which it is said who wrote them.
    private static let mostBlamed = 20
    /// What happens by chance may not happen in the first pair.
    private static let mostPairs = 3

    /// Builds twice more, with a trace, and says of what differs who wrote it.
    func blame(_ differences: [Verdict.Difference]) throws(BelljarError) -> [Blame] {
        var blames: [Blame] = []
        for _ in 0..<Self.mostPairs {
            let first = try build([:], traces: true)
            let second = try HostVariation.during { () throws(BelljarError) in
                try build([:], isVaried: true, traces: true)
            }
            guard first.failure == nil, second.failure == nil,
                let one = try BuildTrace(of: first.record, in: engine.tools.store),
                let other = try BuildTrace(of: second.record, in: engine.tools.store)
            else { return blames }
            let scripts = recipe.steps.reduce(into: [:]) { $0[$1.name] = $1.script }
            let comparison = TraceComparison(
                one, other, first.record.definition, scripts: scripts, open: Set(leftToHost.map(\.rawValue)))
            blames = differences.prefix(Self.mostBlamed).map { comparison.blame($0.path) }
            if blames.contains(where: { $0.divergence != .unknown }) { break }
        }
        return blames
    }

    /// What two builds differ in, of which the second is on another host; nil if one failed.
    private func pair(
        _ states: [Control: ControlState]
    ) throws(BelljarError) -> (differences: [Verdict.Difference], record: Digest?)? {
        let first = try build(states)
        let second = try HostVariation.during { () throws(BelljarError) in try build(states, isVaried: true) }
        guard first.failure == nil, second.failure == nil else { return nil }
        let differences = Verdict.differences(
            expected: first.record.result.outputs, found: second.record.result.outputs)
        return (differences, first.digest)
    }

    /// Controls that are pinned, each left to the host: what comes out otherwise then.
    func audit(against result: BuildRecord.BuildResult) throws(BelljarError) -> [ReproducibilityReport.ControlTrial] {
        var trials: [ReproducibilityReport.ControlTrial] = []
        for control in Control.allCases where control.isPinnedByDefault && recipe.controls[control] != .real {
            // The usual order of sources is the one that is not sorted on a file system in memory.
            let made = try HostVariation.during { () throws(BelljarError) in try build([control: .real]) }
            let differences =
                made.failure == nil
                ? Verdict.differences(expected: result.outputs, found: made.record.result.outputs) : []
            trials.append(
                .init(
                    control: control, state: .real, differences: differences, record: made.digest,
                    failure: made.failure))
        }
        return trials
    }

    private func build(
        _ states: [Control: ControlState], isVaried: Bool = false, traces: Bool = false
    ) throws(BelljarError) -> BuildOutcome {
        var recipe = recipe
        for (control, state) in states { recipe.controls[control] = state }
        var job = try engine.makeResolver(images).job(recipe, inputs: inputs)
        job.recheck = engine.settings.recheck ?? recipe.recheck
        job.secrets = try engine.settings.secrets.read(for: [recipe])[recipe.name] ?? []
        job.rebuildOf = original
        job.isVaried = isVaried
        let words =
            traces ? "a trace" : states.map { "\($0.rawValue) \($1.rawValue)" }.sorted().joined(separator: ", ")
        engine.progress.report(.phase(subject: recipe.name, name: "with " + words))
        let executor = TracingExecutor(
            progress: engine.progress, inner: engine.realExecutor(images, remembers: false, traces: traces))
        let made = try executor.execute(job)
        // Being told to stop is no answer.
        if let failure = made.failure, failure.code == .cancelled { throw failure }
        return made
    }
}

extension Control {
    /// Those that keep something of the host from builds by default, and here do not.
    static func leftToHost(by states: ControlStates) -> [Control] {
        allCases.filter { $0.isPinnedByDefault && states[$0] == .real }
    }

    /// Whether its default keeps something of the host from builds; `owners` adds something instead.
    fileprivate var isPinnedByDefault: Bool { states[0] != .real }
}
