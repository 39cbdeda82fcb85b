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

    /// A build on a host of which one thing, or the fewest that it takes, was otherwise.
    package struct HostTrial: Sendable {
        package var kinds: [HostVariation]
        /// What came out otherwise because of it.
        package var differences: [Verdict.Difference]
        /// Its record.
        package var record: Digest?
    }

    /// Something that this host did not let be varied.
    package struct Unvaried: Sendable {
        package var kind: HostVariation
        package var reason: String
    }

    package var name: String
    package var version: String
    /// The record that every round was held against.
    package var original: Digest
    /// One for each further round.
    package var rounds: [Verdict]
    /// What earlier rebuilds of the same record showed.
    package var past: [RebuildHistory.Rebuild] = []
    /// What was otherwise in each further round.
    package var varied: [HostVariation] = []
    package var notVaried: [Unvaried] = []
    /// What of the difference also comes without anything being otherwise.
    package var spontaneous: [Verdict.Difference] = []
    /// What of the host the rest of it comes from.
    package var hostCauses: [HostTrial] = []
    /// What is alike with one processor; nil where that was not tried.
    package var alikeOnOne: [Verdict.Difference]?
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

    /// Rebuilds of before that came out otherwise.
    package var pastDifferent: [RebuildHistory.Rebuild] { past.filter { $0.kind == .different } }

    /// Those that show that it is not reproducible.
    package var pastAgainst: [RebuildHistory.Rebuild] { past.filter(\.isAgainst) }

    /// How many builds came out otherwise, of how many that could.
    package var odds: (otherwise: Int, of: Int) {
        let told = past.filter { $0.kind != .failed || $0.isAgainst }
        return (different.count + pastAgainst.count, rounds.count + told.count)
    }

    /// The first round that shows something else than an equal result; nil if there is none.
    package var decisive: Verdict? { different.first ?? rounds.first { $0.kind != .identical } }

    /// Whether no build came out otherwise or failed, now or before.
    package var isAlike: Bool { decisive == nil && pastAgainst.isEmpty }

    /// What came out otherwise in any round, each path once.
    fileprivate var allDifferences: [Verdict.Difference] {
        var seen: Set<[UInt8]> = []
        return different.flatMap(\.differences).filter { seen.insert(Array($0.path.utf8)).inserted }
    }
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
        let executor = TracingExecutor(progress: progress, inner: realExecutor(images, remembers: false))
        let trials = Trials(
            engine: self, rounds: makeRounds(executor), images: images, recipe: recipe, inputs: outcomes,
            secrets: try settings.secrets.read(for: recipes)[recipe.name] ?? [], record: base.record,
            original: original)
        report.past = try trials.rounds.past(of: base.record, original)
        let job = try trials.job([:])
        var refused: [HostVariation: String] = [:]
        for number in 2...rounds {
            let host = VariedHost.ofRound(number)
            report.rounds.append(try trials.rounds.round(job, against: base.record, original, on: host))
            refused.merge(host.refused) { first, _ in first }
        }
        report.varied = HostVariation.allCases.filter { refused[$0] == nil }
        report.notVaried = HostVariation.allCases.compactMap { kind in
            refused[kind].map { .init(kind: kind, reason: $0) }
        }
        report.leftToHost = trials.leftToHost
        let differences = report.allDifferences
        if !differences.isEmpty {
            try trials.explain(differences, in: &report)
            try trials.findHostCauses(of: differences, in: &report)
            report.blames = try trials.blame(differences)
        }
        if audits { report.audit = try trials.audit() }
        return report
    }
}

/// Builds with something in another state. They leave records as rebuilds do, which no name leads to.
private struct Trials {
    let engine: Engine
    let rounds: Rounds
    let images: ToolchainImages
    let recipe: Recipe
    let inputs: [String: BuildOutcome]
    let secrets: [SecretValue]
    let record: BuildRecord
    let original: Digest

    var leftToHost: [Control] { Control.leftToHost(by: recipe.controls) }

    /// Pins the controls that the recipe leaves to the host, one after the other and then all, and notes what differs no more.
    /// What none of that explains is tried with one processor.
    func explain(
        _ differences: [Verdict.Difference], in report: inout ReproducibilityReport
    ) throws(BelljarError) {
        var unexplained = differences
        for control in leftToHost {
            let state = control.states[0]
            guard let pair = try pair(try job([control: state])) else { continue }
            let still = Set(pair.differences.map(\.path))
            let alike = differences.filter { !still.contains($0.path) }
            guard !alike.isEmpty else { continue }
            unexplained.removeAll { !still.contains($0.path) }
            report.causes.append(.init(control: control, state: state, differences: alike, record: pair.record))
        }
        report.unexplained = unexplained
        guard !unexplained.isEmpty else { return }
        let all = Dictionary(uniqueKeysWithValues: leftToHost.map { ($0, $0.states[0]) })
        if all.count > 1 { report.isAlikePinned = try pair(try job(all))?.differences.isEmpty }
        guard report.isAlikePinned != true, recipe.limits.cpus > 1, let pair = try pair(try job([:], cpus: 1)) else {
            return
        }
        let still = Set(pair.differences.map(\.path))
        report.alikeOnOne = unexplained.filter { !still.contains($0.path) }
    }

    /// Varies nothing, then each thing alone; then leaves out of all together what it does not take.
    func findHostCauses(
        of differences: [Verdict.Difference], in report: inout ReproducibilityReport
    ) throws(BelljarError) {
        let job = try job([:])
        let quiet = try found(job, [])
        report.spontaneous = differences.filter { quiet.paths.contains($0.path) }
        var left = differences.filter { !quiet.paths.contains($0.path) }
        for kind in report.varied where !left.isEmpty {
            let trial = try found(job, [kind])
            let caused = left.filter { trial.paths.contains($0.path) }
            guard !caused.isEmpty else { continue }
            left.removeAll { trial.paths.contains($0.path) }
            report.hostCauses.append(.init(kinds: [kind], differences: caused, record: trial.record))
        }
        guard let first = left.first else { return }
        var kinds = Set(report.varied)
        let together = try found(job, kinds)
        guard together.paths.contains(first.path) else { return }
        for kind in report.varied {
            let fewer = kinds.subtracting([kind])
            if try found(job, fewer).paths.contains(first.path) { kinds = fewer }
        }
        report.hostCauses.append(
            .init(
                kinds: HostVariation.allCases.filter { kinds.contains($0) },
                differences: left.filter { together.paths.contains($0.path) }, record: together.record))
    }

    /// The paths that come out otherwise on a host that varies so.
    private func found(
        _ job: BuildJob, _ kinds: Set<HostVariation>
    ) throws(BelljarError) -> (paths: Set<String>, record: Digest?) {
        let names = HostVariation.allCases.filter { kinds.contains($0) }.map(\.summary).joined(separator: ", ")
        tell("with " + (kinds.isEmpty ? "nothing otherwise" : names))
        let verdict = try rounds.round(job, against: record, original, on: VariedHost(kinds))
        return (Set(verdict.differences.map(\.path)), verdict.rebuilt)
    }

    /// Files of which it is said who wrote them.
    private static let mostBlamed = 20
    /// What happens by chance may not happen in the first pair.
    private static let mostPairs = 3

    /// Builds twice more, with a trace, and says of what differs who wrote it.
    func blame(_ differences: [Verdict.Difference]) throws(BelljarError) -> [Blame] {
        var blames: [Blame] = []
        let traced = engine.makeRounds(
            TracingExecutor(
                progress: engine.progress, inner: engine.realExecutor(images, remembers: false, traces: true)))
        let job = try job([:])
        tell("with a trace")
        for _ in 0..<Self.mostPairs {
            let first = try traced.execute(job, of: original, on: nil)
            let second = try traced.execute(job, of: original, on: VariedHost(Set(HostVariation.allCases)))
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
    private func pair(_ job: BuildJob) throws(BelljarError) -> (differences: [Verdict.Difference], record: Digest?)? {
        let first = try rounds.execute(job, of: original, on: nil)
        let second = try rounds.execute(job, of: original, on: VariedHost(Set(HostVariation.allCases)))
        guard first.failure == nil, second.failure == nil else { return nil }
        let differences = Verdict.differences(
            expected: first.record.result.outputs, found: second.record.result.outputs)
        return (differences, first.digest)
    }

    /// Controls that are pinned, each left to the host: what comes out otherwise then.
    func audit() throws(BelljarError) -> [ReproducibilityReport.ControlTrial] {
        var trials: [ReproducibilityReport.ControlTrial] = []
        // The usual order of sources is the one that is not sorted on a file system in memory.
        let kinds = Set(HostVariation.allCases).subtracting([.sources])
        for control in Control.allCases where control.isPinnedByDefault && recipe.controls[control] != .real {
            let made = try rounds.execute(try job([control: .real]), of: original, on: VariedHost(kinds))
            let differences =
                made.failure == nil
                ? Verdict.differences(expected: record.result.outputs, found: made.record.result.outputs) : []
            trials.append(
                .init(
                    control: control, state: .real, differences: differences, record: made.digest,
                    failure: made.failure))
        }
        return trials
    }

    /// The recipe's, with controls in other states.
    func job(_ states: [Control: ControlState], cpus: UInt64? = nil) throws(BelljarError) -> BuildJob {
        var recipe = recipe
        for (control, state) in states { recipe.controls[control] = state }
        if let cpus { recipe.limits.cpus = cpus }
        var job = try engine.makeResolver(images).job(recipe, inputs: inputs)
        job.recheck = engine.settings.recheck ?? recipe.recheck
        job.secrets = secrets
        let words = states.map { "\($0.rawValue) \($1.rawValue)" }.sorted() + (cpus.map { ["cpus \($0)"] } ?? [])
        if !words.isEmpty { tell("with " + words.joined(separator: ", ")) }
        return job
    }

    private func tell(_ what: String) { engine.progress.report(.phase(subject: recipe.name, name: what)) }
}

extension Control {
    /// Those that keep something of the host from builds by default, and here do not.
    static func leftToHost(by states: ControlStates) -> [Control] {
        allCases.filter { $0.isPinnedByDefault && states[$0] == .real }
    }

    /// Whether its default keeps something of the host from builds; `owners` adds something instead.
    fileprivate var isPinnedByDefault: Bool { states[0] != .real }
}
