// How records stand in JSON (docs/record.md documents every member). Each member is declared once, and encoder, decoder and
// schema follow.
//
// The rule for what comes later, so that all records stay readable and keep their digests: a new member or limit is left out
// where it has the value that builds had before it existed, and a new control where it is in the state that was the only one
// (`Control.stateBefore`). Neither that value nor that state ever changes. What cannot be said so is a new format: a member
// says from which one on (`since`) or up to which one (`until`) it is known, and each format is read as strictly as the newest.

extension BuildRecord {
    /// The version of the format that is written, and the newest that is read.
    package static let formatVersion: UInt64 = 2
    /// A record has at most this many bytes: as many are read of one, and what has more is not written. It is room for
    /// as many outputs as a recipe may have by default, each with a path of 150 bytes.
    package static let sizeLimit = 128 << 20

    package func json() throws(BelljarError) -> JSONValue { try Self.json.encode(self) }

    /// The one encoding of this record: what is stored, and what its digest is the digest of.
    package func canonicalBytes() throws(BelljarError) -> [UInt8] { CanonicalJSON.encode(try json()) }

    /// Names the record.
    package func recordDigest() throws(BelljarError) -> Digest { Digest(of: try canonicalBytes()) }

    /// JSON Schema of what is read: the format that is written, and those of before.
    package static var schema: JSONSchema { .oneOf((1...formatVersion).reversed().map { json.schema(of: $0) }) }

    static let json = JSONType.object(blank) {
        JSONMember("v", \Self.format, formatNumber, "version of the format")
        JSONMember(
            "definition", \Self.keyed, KeyedDefinition.json,
            "all that decides the result: equal definitions must give equal results")
        JSONMember("result", \Self.result, BuildResult.json, "what came out; equal for every honest rebuilder")
        JSONMember("observed", \Self.observed, Observed.json, "what this host saw; never part of a comparison")
        JSONMember(
            "closure", \Self.closure, Closure.json,
            "what the definition names by digest and a rebuilder elsewhere could not find otherwise")
    }

    /// Which format a document is of is known before the document is read.
    private static let formatNumber = JSONType<UInt64>(schemaOf: { format in
        .integer(Int64(clamping: format)...Int64(clamping: format))
    }) { (format) throws(BelljarError) in
        try .unsigned(format)
    } read: { (value, place) throws(BelljarError) in
        try JSONType.count(in: place.format...place.format).decode(value, at: place)
    }

    private static let blank = BuildRecord(
        keyed: .init(definition: .blank, action: Digest(of: []), document: .null), result: BuildResult.blank,
        observed: Observed.blank, closure: Closure())
}

extension BuildRecord.KeyedDefinition {
    package init(_ definition: BuildRecord.Definition, action: Digest) throws(BelljarError) {
        let unnamed = BuildRecord.KeyedDefinition(definition: definition, action: action, document: .null)
        self.init(definition: definition, action: action, document: try Self.json.encode(unnamed))
    }

    /// Reads one of the present format.
    package init(document: JSONValue) throws(BelljarError) {
        self = try Self.json.decode(document, at: JSONPlace(operation: "read definition"))
    }

    /// The definition's members and its action's key in one object. One that was read is written as it was.
    package static let json = JSONType<BuildRecord.KeyedDefinition>(schemaOf: {
        known.schema(of: $0)
    }) { (keyed) throws(BelljarError) in
        guard case .null = keyed.document else { return keyed.document }
        return try known.encode(.init(definition: keyed.definition, action: keyed.action))
    } read: { (document, place) throws(BelljarError) in
        let members = try known.decode(document, at: place)
        return .init(definition: members.definition, action: members.action, document: document)
    }

    /// What is in the document.
    private struct Members: Sendable {
        var definition = BuildRecord.Definition.blank
        var action = Digest(of: [])
    }

    private static let known = JSONType.object(Members()) {
        BuildRecord.Definition.members.map { $0.inside(\Members.definition) }
        JSONMember(
            "action", \Members.action, .digest, "digest of the Remote Execution API Action: the cache key")
    }.checked { $0.definition.mistake }
}

// MARK: Result

extension BuildRecord.BuildResult {
    /// Names the result: equal for every honest rebuilder.
    package func resultDigest() throws(BelljarError) -> Digest { Digest(of: CanonicalJSON.encode(try json())) }

    package func json() throws(BelljarError) -> JSONValue { try Self.json.encode(self) }

    fileprivate static let blank = Self(status: .internal, outputs: [], tree: nil)

    fileprivate static let json = JSONType.object(blank) {
        JSONMember("status", \Self.status, .choice, "ok, or how the build failed")
        JSONMember(
            "outputs", \Self.outputs, .list(of: BuildRecord.Output.json),
            "every file and link below /out, sorted by the bytes of their paths; none unless the status is ok")
        JSONMember(optional: "tree", \Self.tree, .tree, "the tree of /out; only if the status is ok")
    }.checked { result in
        guard result.status != .ok else { return result.contradiction }
        let reason = "because the build ended with \(result.status.rawValue)"
        if !result.outputs.isEmpty { return ("outputs", "must be empty, \(reason)") }
        return result.tree == nil ? nil : ("tree", "must be missing, \(reason)")
    }
}

extension BuildRecord.Output {
    package static let json = JSONType.object(Self(path: "", mode: "", size: 0, digest: Digest(of: []))) {
        JSONMember("path", \Self.path, .pathOfFile, "path below /out")
        JSONMember("mode", \Self.mode, .text(among: ["0644", "0755", "link"]), "permissions, or that it is a link")
        JSONMember("size", \Self.size, .count, "bytes of the content, or of a link's target")
        JSONMember("digest", \Self.digest, .digest, "SHA-256 of the content, or of a link's target")
    }
}

// MARK: Observed

extension BuildRecord.Observed {
    fileprivate static let blank = Self(
        runnerVersion: "", kernel: "", cpu: "", enforcement: [:], openChannels: [], started: 0, milliseconds: 0,
        steps: [],
        log: Digest(of: []), logTruncated: false)

    fileprivate static let json = JSONType.object(blank) {
        JSONMember("runner", "the belljar that built it") {
            JSONMember("version", \Self.runnerVersion, .text, "its version")
        }
        JSONMember("host", "the machine") {
            JSONMember("kernel", \Self.kernel, .text, "release of the kernel")
            JSONMember("cpu", \Self.cpu, .text, "model of the processor")
        }
        JSONMember(
            "enforcement", \Self.enforcement, .map(.text, to: .text), "which mechanism held each limit and boundary")
        JSONMember(
            "openChannels", \Self.openChannels, .list(of: .name(.step)),
            "what could still reach the build from its host, sorted")
        JSONMember("started", \Self.started, .count, "when it began: seconds since 1970")
        JSONMember("milliseconds", \Self.milliseconds, .count, "how long it took")
        JSONMember("steps", \Self.steps, .list(of: BuildRecord.StepUsage.json), "the steps that began")
        JSONMember("log", \Self.log, .digest, "SHA-256 of the log, byte for byte as the steps wrote it")
        JSONMember("logTruncated", \Self.logTruncated, .flag, "whether the log was cut off at its limit")
        JSONMember(optional: "ledger", \Self.ledger, .digest, "SHA-256 of the ledger; only if one was kept").since(2)
        truncated("ledger", \.ledger, \.ledgerTruncated).since(2)
        JSONMember(optional: "trace", \Self.trace, .digest, "SHA-256 of the trace; only if one was kept").since(2)
        truncated("trace", \.trace, \.traceTruncated).since(2)
        JSONMember(
            "recheck", \Self.recheck, BuildRecord.RecheckFacts.json, leftOutAt: .init(kind: .none),
            "how the inputs were looked at again; missing if they were not"
        ).since(2)
        JSONMember(
            optional: "exceeded", \Self.exceeded, ExceededLimit.json, "the limit that ended the build; only if one did"
        ).since(2)
        JSONMember(
            "notFetched", \Self.notFetched, .list(of: .text), leftOutAt: [],
            "addresses of sources that were never fetched from there, only found by their digest; missing if there are none"
        ).since(2)
        JSONMember(
            "worktrees", \Self.worktrees, .list(of: BuildRecord.Worktree.json), leftOutAt: [],
            "what git said of sources that are what it tracks, sorted by address; missing if there are none"
        ).since(2)
    }

    /// Where there is such a text, and only there.
    private static func truncated(
        _ name: String, _ text: any KeyPath<Self, Digest?> & Sendable,
        _ flag: any WritableKeyPath<Self, Bool> & Sendable
    ) -> JSONMember<Self> {
        JSONMember<Self>(
            name + "Truncated", isRequired: false,
            "whether lines are missing at the \(name)'s end; only with a \(name)", schemaOf: { _ in .boolean }
        ) { (observed) throws(BelljarError) in
            observed[keyPath: text] == nil ? nil : .bool(observed[keyPath: flag])
        } read: { (observed, value, place) throws(BelljarError) in
            guard (value == nil) == (observed[keyPath: text] == nil) else {
                throw place.wrong(value == nil ? "is missing" : "must be left out, because there is no \(name)")
            }
            observed[keyPath: flag] = false
            if let value { observed[keyPath: flag] = try place.flag(value) }
        }
    }

    /// What only the store has, by digest.
    package var blobs: [Digest] { [log] + [ledger, trace].compactMap { $0 } }
}

extension BuildRecord.Worktree {
    fileprivate static let json = JSONType.object(Self(address: "", commit: nil, changes: 0)) {
        JSONMember("address", \Self.address, .text(.ownPath), "of the source")
        JSONMember(
            optional: "commit", \Self.commit, .text(.commit),
            "full id of the commit that was checked out; missing before the first one")
        JSONMember(
            "changes", \Self.changes, .count,
            "tracked files that were not known to be as in the commit: changed, added, deleted, or kept from git's look"
        )
    }
}

extension BuildRecord.StepUsage {
    fileprivate static let json = JSONType.object(Self(name: "", milliseconds: 0, peakBytes: 0, logOffset: 0)) {
        JSONMember("name", \Self.name, .name(.step), "the step's name")
        JSONMember("milliseconds", \Self.milliseconds, .count, "how long it took")
        JSONMember("peakBytes", \Self.peakBytes, .count, "the most memory that one of its processes had, in bytes")
        JSONMember("logOffset", \Self.logOffset, .count, "where its part of the log begins, in bytes")
    }
}

extension BuildRecord.RecheckFacts {
    /// None is said by leaving the member out, so that there is one way to say it.
    fileprivate static let json = JSONType.object(Self(kind: .none)) {
        JSONMember("kind", \Self.kind, .choice(among: [.changed, .full]), "what was hashed: what changed, or all")
        JSONMember("entries", \Self.entries, .count, "files, directories and links that were looked at")
        JSONMember("hashed", \Self.hashed, .count, "files that were hashed")
        JSONMember("milliseconds", \Self.milliseconds, .count, "how long it took")
    }
}

extension ExceededLimit {
    package static let json = JSONType.object(Self(limit: .timeout, value: 0, seen: "")) {
        JSONMember("limit", \Self.limit, .choice, "its name in recipes")
        JSONMember("value", \Self.value, .count, "what it is set to, in seconds, bytes or pieces")
        JSONMember("seen", \Self.seen, .text, "what was seen, in words")
    }
}

// MARK: Closure

extension BuildRecord.Closure {
    fileprivate static let json = JSONType.object(BuildRecord.Closure()) {
        JSONMember(
            "locks", \Self.locks, .map(.digest, to: .text), "the text of each toolchain's lock, by its SHA-256")
        JSONMember(
            "definitions", \Self.definitions, .map(.digest, to: BuildRecord.KeyedDefinition.json),
            "the definition of each input, and of theirs, by its SHA-256")
    }
}

// MARK: Paths

extension JSONType where Value == String {
    /// The path of an output, in its one form (`PathText`).
    fileprivate static var pathOfFile: JSONType {
        text(schema: .string(length: 1 ... .max)) { (path, place) throws(BelljarError) in
            guard let bytes = PathText.bytes(path) else {
                throw place.wrong("must be a path in the form that belljar writes")
            }
            guard isContained(bytes) else { throw place.wrong("must be a relative path without `.` and `..`") }
            guard bytes.count <= pathBytes else {
                throw place.wrong("has \(bytes.count) bytes; at most \(pathBytes) are accepted")
            }
            let names = bytes.split(separator: UInt8(ascii: "/"))
            if let name = names.first(where: { $0.count > DirectoryCodec.nameLimit }) {
                throw place.wrong(
                    "has a name of \(name.count) bytes in it; at most \(DirectoryCodec.nameLimit) are accepted")
            }
        }
    }

    /// What the kernel takes at once, without the NUL at its end (PATH_MAX). No build could leave more.
    private static var pathBytes: Int { 4095 }

    /// By bytes, as the kernel does.
    private static func isContained(_ path: [UInt8]) -> Bool {
        !path.contains(0)
            && path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
    }
}
