internal import BelljarControls

/// Records as canonical JSON (docs/record.md documents every member). Decoding stands in `RecordDecoder`.
extension BuildRecord {
    /// The version of the format that is written, and the newest that is read.
    package static let formatVersion: UInt64 = 2
    /// A record has at most this many bytes: as many are read of one, and what has more is not written. It is room for
    /// as many outputs as a recipe may have by default, each with a path of 150 bytes.
    package static let sizeLimit = 128 << 20

    package func json() throws(BelljarError) -> JSONValue {
        .object([
            "v": .integer(Int64(Self.formatVersion)),
            "definition": try definition.json(),
            "result": try result.json(),
            "observed": try observed.json(),
            "closure": try closure.json(),
        ])
    }

    /// The one encoding of this record: what is stored, and what its digest is the digest of.
    package func canonicalBytes() throws(BelljarError) -> [UInt8] { CanonicalJSON.encode(try json()) }

    /// Names the record.
    package func recordDigest() throws(BelljarError) -> Digest { Digest(of: try canonicalBytes()) }
}

extension BuildRecord.Definition {
    /// Names everything that decides the result; equal definitions must give equal results.
    package func definitionDigest() throws(BelljarError) -> Digest {
        Digest(of: CanonicalJSON.encode(try json()))
    }

    package func json() throws(BelljarError) -> JSONValue {
        var members: [String: JSONValue] = [
            "recipe": .object(["name": .string(name), "version": .string(version)]),
            "toolchain": .object([
                "name": .string(toolchain.name), "lock": .digest(toolchain.lock),
                "image": try .tree(toolchain.image),
            ]),
            "sources": try .list(sources) { source throws(BelljarError) in try source.json() },
            "inputs": try .list(inputs) { input throws(BelljarError) in
                .object([
                    "name": .string(input.name), "tree": try .tree(input.tree),
                    "definition": .digest(input.definition),
                ])
            },
            "steps": .array(
                steps.map { step in
                    .object([
                        "name": .string(step.name), "argv": .strings(step.argv), "directory": .string(step.directory),
                    ])
                }),
            "environment": .strings(environment),
            "outputs": .strings(outputs),
            "epoch": try .unsigned(epoch),
            "limits": try limits.json(),
            "sandbox": .object([
                "profile": .string(sandbox.profile), "baseline": .string(sandbox.baseline),
                "network": .string(sandbox.network),
            ]),
            "controls": .strings(controlsAndConstants),
            "seed": .string(seed),
            "action": .digest(action),
        ]
        if !requirements.isEmpty { members["requires"] = try requirements.json() }
        if !secrets.isEmpty { members["secrets"] = .array(secrets.map(\.json)) }
        return .object(members)
    }
}

extension BuildRecord.Definition {
    /// Everything that is decided about the build's world, by name. A name is a control's or a constant's.
    package var controlsAndConstants: [String: String] { constants.merging(controls.named) { _, state in state } }
}

extension BuildRecord.Source {
    fileprivate func json() throws(BelljarError) -> JSONValue {
        .object([
            "kind": .string(kind), "address": .string(address), "commit": .string(commit), "digest": .digest(digest),
            "size": try .unsigned(size), "into": .string(into), "strip": .integer(Int64(strip)),
            "name": .string(name), "executable": .bool(isExecutable),
        ])
    }
}

extension Requirements {
    fileprivate func json() throws(BelljarError) -> JSONValue {
        var members: [String: JSONValue] = ["features": .strings(features)]
        if let kernel { members["kernel"] = .string(kernel) }
        if let memoryBytes { members["memoryBytes"] = try .unsigned(memoryBytes) }
        if let diskBytes { members["diskBytes"] = try .unsigned(diskBytes) }
        if let isa { members["isa"] = .string(isa.rawValue) }
        return .object(members)
    }
}

extension ResourceLimits {
    /// What belongs to an action: everything but the grace, which comes when a build has failed already.
    package func actionJSON() throws(BelljarError) -> JSONValue {
        var limits = self
        limits.graceSeconds = Self.standard.graceSeconds
        return try limits.json()
    }

    /// Members that are newer than the format stand only where they differ from their defaults.
    package func json() throws(BelljarError) -> JSONValue {
        var members: [String: JSONValue] = [
            "timeoutSeconds": try .unsigned(timeoutSeconds), "processes": try .unsigned(processes),
            "scratchBytes": try .unsigned(scratchBytes), "fileBytes": try .unsigned(fileBytes),
            "logBytes": try .unsigned(logBytes), "cpus": try .unsigned(cpus),
        ]
        if let memoryBytes { members["memoryBytes"] = try .unsigned(memoryBytes) }
        if let scratchInodes { members["scratchInodes"] = try .unsigned(scratchInodes) }
        if let openFiles { members["openFiles"] = try .unsigned(openFiles) }
        if let outputBytes { members["outputBytes"] = try .unsigned(outputBytes) }
        let standard = Self.standard
        if graceSeconds != standard.graceSeconds { members["graceSeconds"] = try .unsigned(graceSeconds) }
        if outputFiles != standard.outputFiles { members["outputFiles"] = try .unsigned(outputFiles) }
        return .object(members)
    }
}

extension BuildRecord.BuildResult {
    /// Names the result: equal for every honest rebuilder.
    package func resultDigest() throws(BelljarError) -> Digest { Digest(of: CanonicalJSON.encode(try json())) }

    package func json() throws(BelljarError) -> JSONValue {
        var members: [String: JSONValue] = [
            "status": .string(status.rawValue),
            "outputs": try .list(outputs) { output throws(BelljarError) in
                .object([
                    "path": .string(output.path), "mode": .string(output.mode), "size": try .unsigned(output.size),
                    "digest": .digest(output.digest),
                ])
            },
        ]
        if let tree { members["tree"] = try .tree(tree) }
        return .object(members)
    }
}

extension BuildRecord.Observed {
    fileprivate func json() throws(BelljarError) -> JSONValue {
        var members: [String: JSONValue] = [
            "runner": .object(["version": .string(runnerVersion)]),
            "host": .object(["kernel": .string(kernel), "cpu": .string(cpu)]),
            "enforcement": .strings(enforcement),
            "openChannels": .strings(openChannels),
            "started": try .unsigned(started),
            "milliseconds": try .unsigned(milliseconds),
            "steps": try .list(steps) { step throws(BelljarError) in
                .object([
                    "name": .string(step.name), "milliseconds": try .unsigned(step.milliseconds),
                    "peakBytes": try .unsigned(step.peakBytes), "logOffset": try .unsigned(step.logOffset),
                ])
            },
            "log": .digest(log),
            "logTruncated": .bool(logTruncated),
        ]
        if let ledger {
            members["ledger"] = .digest(ledger)
            members["ledgerTruncated"] = .bool(ledgerTruncated)
        }
        if recheck.kind != .none {
            members["recheck"] = .object([
                "kind": .string(recheck.kind.rawValue), "entries": try .unsigned(recheck.entries),
                "hashed": try .unsigned(recheck.hashed), "milliseconds": try .unsigned(recheck.milliseconds),
            ])
        }
        if let exceeded { members["exceeded"] = try exceeded.json() }
        return .object(members)
    }
}

extension ExceededLimit {
    package func json() throws(BelljarError) -> JSONValue {
        .object(["limit": .string(limit.rawValue), "value": try .unsigned(value), "seen": .string(seen)])
    }
}

extension BuildRecord.Closure {
    fileprivate func json() throws(BelljarError) -> JSONValue {
        var texts: [String: JSONValue] = [:]
        for (digest, text) in locks { texts[digest.description] = .string(text) }
        var made: [String: JSONValue] = [:]
        for (digest, definition) in definitions { made[digest.description] = try definition.json() }
        return .object(["locks": .object(texts), "definitions": .object(made)])
    }
}

extension JSONValue {
    /// A count or size. The range of JSON integers ends at 2^53 - 1, and nothing that is measured here reaches it.
    package static func unsigned(_ number: UInt64) throws(BelljarError) -> JSONValue {
        guard number < 1 << 53 else {
            throw BelljarError(
                .usage, operation: "write", subject: "\(number)", answer: "the number is larger than JSON can hold")
        }
        return .integer(Int64(number))
    }

    package static func digest(_ digest: Digest) -> JSONValue { .string(digest.description) }

    package static func tree(_ tree: TreeDigest) throws(BelljarError) -> JSONValue {
        .object(["digest": .digest(tree.digest), "size": try .unsigned(tree.size)])
    }

    package static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    package static func strings(_ map: [String: String]) -> JSONValue { .object(map.mapValues { .string($0) }) }

    package static func list<Element>(
        _ elements: [Element], _ encode: (Element) throws(BelljarError) -> JSONValue
    ) throws(BelljarError) -> JSONValue {
        var values: [JSONValue] = []
        for element in elements { values.append(try encode(element)) }
        return .array(values)
    }
}
