// How records stand in JSON (docs/record.md documents every member). Each member is declared once, and encoder, decoder and
// schema follow.
//
// The rule for what comes later, so that all records stay readable and keep their digests: a new member or limit is left out
// where it has the value that builds had before it existed, and a new control where it is in the state that was the only one
// (`Control.stateBefore`). Neither that value nor that state ever changes. What cannot be said so is a new format.

extension BuildRecord {
    /// The version of the format that is written, and the newest that is read.
    package static let formatVersion: UInt64 = 2
    /// A record has at most this many bytes: as many are read of one, and what has more is not written. It is room for
    /// as many outputs as a recipe may have by default, each with a path of 150 bytes.
    package static let sizeLimit = 128 << 20

    package func json() throws(BelljarError) -> JSONValue { try Self.json(format: format).encode(self) }

    /// The one encoding of this record: what is stored, and what its digest is the digest of.
    package func canonicalBytes() throws(BelljarError) -> [UInt8] { CanonicalJSON.encode(try json()) }

    /// Names the record.
    package func recordDigest() throws(BelljarError) -> Digest { Digest(of: try canonicalBytes()) }

    /// JSON Schema of what is read: the format that is written, and those of before.
    package static var schema: JSONSchema { .oneOf((1...formatVersion).reversed().map { json(format: $0).schema }) }

    static func json(format: UInt64) -> JSONType<BuildRecord> {
        let keyed = KeyedDefinition.json(format: format)
        return .object(blank) {
            JSONMember("v", \BuildRecord.format, .count(in: format...format))
            JSONMember("definition", \BuildRecord.keyed, keyed)
            JSONMember("result", \BuildRecord.result, BuildResult.json)
            JSONMember("observed", \BuildRecord.observed, Observed.json)
            JSONMember("closure", \BuildRecord.closure, Closure.json(keyed))
        }
    }

    private static let blank = BuildRecord(
        keyed: .init(definition: .blank, action: Digest(of: []), document: .null), result: BuildResult.blank,
        observed: Observed.blank, closure: Closure())
}

extension BuildRecord.KeyedDefinition {
    package init(_ definition: BuildRecord.Definition, action: Digest) throws(BelljarError) {
        let unnamed = BuildRecord.KeyedDefinition(definition: definition, action: action, document: .null)
        let document = try Self.json(format: BuildRecord.formatVersion).encode(unnamed)
        self.init(definition: definition, action: action, document: document)
    }

    /// Reads one of the present format.
    package init(document: JSONValue) throws(BelljarError) {
        let place = JSONPlace(operation: "read definition")
        self = try Self.json(format: BuildRecord.formatVersion).decode(document, at: place)
    }

    /// The definition's members and its action's key in one object. One that was read is written as it was.
    static func json(format: UInt64) -> JSONType<BuildRecord.KeyedDefinition> {
        let known = format < 2 ? first : current
        return JSONType(schema: known.schema) { (keyed) throws(BelljarError) in
            guard case .null = keyed.document else { return keyed.document }
            return try known.encode(.init(definition: keyed.definition, action: keyed.action))
        } read: { (document, place) throws(BelljarError) in
            let members = try known.decode(document, at: place)
            return .init(definition: members.definition, action: members.action, document: document)
        }
    }

    /// What is in the document.
    private struct Members: Sendable {
        var definition = BuildRecord.Definition.blank
        var action = Digest(of: [])
    }

    private static let current = JSONType.object(Members()) {
        BuildRecord.Definition.members.map { $0.inside(\Members.definition) }
        JSONMember("action", \Members.action, .digest)
    }

    /// Format 1 knew no controls and no seed.
    private static let first = JSONType.object(Members()) {
        BuildRecord.Definition.firstMembers.map { $0.inside(\Members.definition) }
        JSONMember("action", \Members.action, .digest)
    }
}

// MARK: Result

extension BuildRecord.BuildResult {
    /// Names the result: equal for every honest rebuilder.
    package func resultDigest() throws(BelljarError) -> Digest { Digest(of: CanonicalJSON.encode(try json())) }

    package func json() throws(BelljarError) -> JSONValue { try Self.json.encode(self) }

    fileprivate static let blank = Self(status: .internal, outputs: [], tree: nil)

    fileprivate static let json = JSONType.object(blank) {
        JSONMember("status", \Self.status, .choice)
        JSONMember("outputs", \Self.outputs, .list(of: BuildRecord.Output.json))
        JSONMember(optional: "tree", \Self.tree, .tree)
    }.checked { result in
        // By bytes: two spellings of one character are two names.
        var paths: Set<[UInt8]> = []
        for (index, output) in result.outputs.enumerated() where !paths.insert(Array(output.path.utf8)).inserted {
            return ("outputs[\(index)].path", "is the path of an earlier output too: \(output.path)")
        }
        guard result.status == .ok || result.outputs.isEmpty && result.tree == nil else {
            return ("outputs", "must be empty, because the build ended with \(result.status.rawValue)")
        }
        return nil
    }
}

extension BuildRecord.Output {
    package static let json = JSONType.object(Self(path: "", mode: "", size: 0, digest: Digest(of: []))) {
        JSONMember("path", \Self.path, .pathOfFile)
        JSONMember("mode", \Self.mode, .text(among: ["0644", "0755", "link"]))
        JSONMember("size", \Self.size, .count)
        JSONMember("digest", \Self.digest, .digest)
    }
}

// MARK: Observed

extension BuildRecord.Observed {
    fileprivate static let blank = Self(
        runnerVersion: "", kernel: "", cpu: "", enforcement: [:], openChannels: [], started: 0, milliseconds: 0,
        steps: [],
        log: Digest(of: []), logTruncated: false)

    fileprivate static let json = JSONType.object(blank) {
        JSONMember("runner") { JSONMember("version", \Self.runnerVersion, .text) }
        JSONMember("host") {
            JSONMember("kernel", \Self.kernel, .text)
            JSONMember("cpu", \Self.cpu, .text)
        }
        JSONMember("enforcement", \Self.enforcement, .map(.text, to: .text))
        JSONMember("openChannels", \Self.openChannels, .list(of: .text))
        JSONMember("started", \Self.started, .count)
        JSONMember("milliseconds", \Self.milliseconds, .count)
        JSONMember("steps", \Self.steps, .list(of: BuildRecord.StepUsage.json))
        JSONMember("log", \Self.log, .digest)
        JSONMember("logTruncated", \Self.logTruncated, .flag)
        JSONMember(optional: "ledger", \Self.ledger, .digest)
        ledgerTruncated
        JSONMember("recheck", \Self.recheck, BuildRecord.RecheckFacts.json, leftOutAt: .init(kind: .none))
        JSONMember(optional: "exceeded", \Self.exceeded, ExceededLimit.json)
    }

    /// Where there is a ledger, and only there.
    private static let ledgerTruncated = JSONMember<Self>(
        "ledgerTruncated", isRequired: false, schema: .boolean
    ) { (observed) throws(BelljarError) in
        observed.ledger == nil ? nil : .bool(observed.ledgerTruncated)
    } read: { (observed, value, place) throws(BelljarError) in
        guard (value == nil) == (observed.ledger == nil) else {
            throw place.wrong(value == nil ? "is missing" : "must be left out, because there is no ledger")
        }
        observed.ledgerTruncated = false
        if let value { observed.ledgerTruncated = try place.flag(value) }
    }
}

extension BuildRecord.StepUsage {
    fileprivate static let json = JSONType.object(Self(name: "", milliseconds: 0, peakBytes: 0, logOffset: 0)) {
        JSONMember("name", \Self.name, .name(.step))
        JSONMember("milliseconds", \Self.milliseconds, .count)
        JSONMember("peakBytes", \Self.peakBytes, .count)
        JSONMember("logOffset", \Self.logOffset, .count)
    }
}

extension BuildRecord.RecheckFacts {
    /// None is said by leaving the member out, so that there is one way to say it.
    fileprivate static let json = JSONType.object(Self(kind: .none)) {
        JSONMember("kind", \Self.kind, .choice(among: [.changed, .full]))
        JSONMember("entries", \Self.entries, .count)
        JSONMember("hashed", \Self.hashed, .count)
        JSONMember("milliseconds", \Self.milliseconds, .count)
    }
}

extension ExceededLimit {
    package static let json = JSONType.object(Self(limit: .timeout, value: 0, seen: "")) {
        JSONMember("limit", \Self.limit, .choice)
        JSONMember("value", \Self.value, .count)
        JSONMember("seen", \Self.seen, .text)
    }
}

// MARK: Closure

extension BuildRecord.Closure {
    /// - Parameter keyed: how the definitions stand in it.
    fileprivate static func json(
        _ keyed: JSONType<BuildRecord.KeyedDefinition>
    ) -> JSONType<BuildRecord.Closure> {
        .object(BuildRecord.Closure()) {
            JSONMember("locks", \Self.locks, .map(.digest, to: .text))
            JSONMember("definitions", \Self.definitions, .map(.digest, to: keyed))
        }
    }
}

// MARK: Paths

extension JSONType where Value == String {
    /// A relative path without `.` and `..`, or nothing: what a record from elsewhere may name below `/build`.
    static var pathBelowBuild: JSONType {
        text(schema: .string(pattern: pathPattern + "|^$")) { (path, place) throws(BelljarError) in
            guard path.isEmpty || isContained(Array(path.utf8)) else { throw place.wrong("must stay below /build") }
        }
    }

    /// The path of an output, in its one form (`PathText`).
    fileprivate static var pathOfFile: JSONType {
        text(schema: .string(length: 1 ... .max)) { (path, place) throws(BelljarError) in
            guard let bytes = PathText.bytes(path) else {
                throw place.wrong("must be a path in the form that belljar writes")
            }
            guard isContained(bytes) else { throw place.wrong("must be a relative path without `.` and `..`") }
        }
    }

    private static var pathPattern: String {
        let component = #"(?!\.{1,2}(/|$))[^/\u0000]+"#
        return "^\(component)(/\(component))*$"
    }

    /// By bytes, as the kernel does.
    private static func isContained(_ path: [UInt8]) -> Bool {
        !path.contains(0)
            && path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
    }
}
