internal import BelljarBuild
internal import BelljarModel

/// Records and verdicts as `--json` prints them (docs/record.md).
enum RecordJSON {
    static func build(_ outcome: BuildOutcome) throws(BelljarError) -> JSONValue {
        let record = outcome.record
        var members: [String: JSONValue] = [
            "name": .string(record.definition.name), "version": .string(record.definition.version),
            "cached": .bool(outcome.isCached), "action": .digest(record.definition.action),
            "definition": .digest(try record.definition.definitionDigest()),
            "result": .digest(try record.result.resultDigest()),
            "image": .digest(record.definition.toolchain.image.digest),
            "status": .string(record.result.status.rawValue),
            "outputs": try .list(record.result.outputs) { output throws(BelljarError) in try Self.output(output) },
            "milliseconds": try .unsigned(record.observed.milliseconds),
        ]
        if let digest = outcome.digest { members["record"] = .digest(digest) }
        if let tree = record.result.tree { members["tree"] = .digest(tree.digest) }
        return .object(members)
    }

    static func output(_ output: BuildRecord.Output) throws(BelljarError) -> JSONValue {
        .object([
            "path": .string(output.path), "mode": .string(output.mode), "size": try .unsigned(output.size),
            "digest": .digest(output.digest),
        ])
    }

    static func verdict(_ verdict: Verdict) throws(BelljarError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "verdict": .string(verdict.kind.rawValue), "record": .digest(verdict.original),
            "differences": try .list(verdict.differences) { difference throws(BelljarError) in
                var found: [String: JSONValue] = [
                    "kind": .string(difference.kind.rawValue), "path": .string(difference.path),
                ]
                if let expected = difference.expected { found["expected"] = try output(expected) }
                if let other = difference.found { found["found"] = try output(other) }
                return .object(found)
            },
            "inputs": .strings(verdict.inputs), "milliseconds": try .unsigned(verdict.milliseconds),
            "executed": .bool(verdict.rebuilt != nil),
        ]
        if let rebuilt = verdict.rebuilt { members["rebuilt"] = .digest(rebuilt) }
        if let reason = verdict.reason { members["reason"] = Failure.json(reason) }
        return members
    }
}
