internal import BelljarBuild
internal import BelljarControls
internal import BelljarModel

/// A record for people.
struct RecordText {
    let style: TextStyle

    func text(_ record: BuildRecord, _ digest: Digest) throws(BelljarError) -> String {
        let definition = record.definition
        let observed = record.observed
        var lines = [
            "\(style.bold(shown(definition.name))) \(shown(definition.version))  " + status(record.result.status),
            "record      \(digest)",
            "definition  \(record.keyed.digest)",
            "result      \(try record.result.resultDigest())",
            "action      \(record.action)",
            "toolchain   \(shown(definition.toolchain.name)), image \(definition.toolchain.image)",
        ]
        lines += section("sources", definition.sources.map(source))
        lines += section("inputs", definition.inputs.map { "\($0.name)  \($0.tree)" })
        lines += section(
            "secrets",
            definition.secrets.map { secret in
                "\(secret.name) for \(secret.steps.joined(separator: ", "))"
                    + (secret.variable.isEmpty ? "" : ", as $\(secret.variable)")
            })
        lines += section("steps", zipSteps(definition, observed))
        lines += section(
            "outputs", record.result.outputs.map { "\($0.mode)  \(PathText.shown($0.path))  \($0.size)  \($0.digest)" })
        lines += section("determinism", determinism(definition, observed))
        lines += section(
            "constants", definition.constants.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" })
        lines += section("limit", observed.exceeded.map { [$0.words] } ?? [])
        lines += section(
            "observed",
            [
                "built at \(UTCTime(observed.started)) in \(ProgressWords.seconds(Double(observed.milliseconds) / 1000))",
                "belljar \(observed.runnerVersion), kernel \(observed.kernel), \(observed.cpu)",
                "enforced by: "
                    + observed.enforcement.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                    .joined(separator: " "),
                recheck(observed.recheck),
            ] + observed.notFetched.map { "never fetched from \(shown($0)): found by its digest" }
                + observed.worktrees.map(worktree) + [
                    "log \(observed.log)" + (observed.logTruncated ? " (cut off at its limit)" : "")
                ]
                + (observed.ledger.map { ledger in
                    ["ledger \(ledger)" + (observed.ledgerTruncated ? " (cut off at its limit)" : "")]
                } ?? [])
                + (observed.trace.map { trace in
                    ["trace \(trace)" + (observed.traceTruncated ? " (cut off at its limit)" : "")]
                } ?? []))
        return lines.map { $0 + "\n" }.joined()
    }

    private func status(_ status: BuildStatus) -> String {
        status == .ok ? style.good(status.rawValue) : style.bad(status.rawValue)
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : [style.bold(title)] + lines.map { "  " + shown($0) }
    }

    /// The label of a build: what of its host it did not see, control by control, and what it still could.
    private func determinism(_ definition: BuildRecord.Definition, _ observed: BuildRecord.Observed) -> [String] {
        let states = definition.controls
        let seed = definition.seed.isEmpty ? "" : ", seed \(definition.seed)"
        return Control.allCases.map { control in
            let name = control.rawValue + String(repeating: " ", count: max(0, 10 - control.rawValue.utf8.count))
            let isUnusual = states[control] != control.states[0]
            return "\(name)  \(states[control].rawValue)" + (control == .random ? seed : "")
                + (isUnusual ? "  (by default \(control.states[0].rawValue))" : "")
        } + ["open        " + observed.openChannels.joined(separator: ", ")]
    }

    private func source(_ source: BuildRecord.Source) -> String {
        let commit = if case .git(_, let commit) = source.kind { "@\(commit)" } else { "" }
        let place = source.into.isEmpty ? "" : " in \(source.into)"
        return "\(source.kind.name)  \(source.kind.address)\(commit)  \(source.digest)\(place)"
    }

    private func worktree(_ worktree: BuildRecord.Worktree) -> String {
        let changes = worktree.changes == 0 ? "unchanged" : "\(worktree.changes) of its tracked files changed"
        return "source \(shown(worktree.address)) was git's working tree "
            + (worktree.commit.map { "at \($0)" } ?? "before its first commit") + ", \(changes)"
    }

    private func recheck(_ facts: BuildRecord.RecheckFacts) -> String {
        guard facts.kind != .none else { return "inputs not checked again" }
        return "inputs checked again (\(facts.kind.rawValue)): \(facts.entries) entries, \(facts.hashed) files hashed, "
            + ProgressWords.seconds(Double(facts.milliseconds) / 1000)
    }

    private func zipSteps(_ definition: BuildRecord.Definition, _ observed: BuildRecord.Observed) -> [String] {
        definition.steps.enumerated().map { index, step in
            guard index < observed.steps.count else { return "\(step.name)  not reached" }
            let usage = observed.steps[index]
            return "\(step.name)  \(ProgressWords.seconds(Double(usage.milliseconds) / 1000))  peak "
                + ProgressWords.size(usage.peakBytes)
        }
    }
}
