internal import BelljarControls

/// Reads records strictly: unknown members, other versions, and a closure whose members are not what the definition
/// names are refused.
package enum RecordDecoder {
    private static let operation = "read record"

    /// - Throws: `usage` for what is not a record of this format, `integrity` for a closure that does not have the
    ///   digests the definition names.
    package static func decode(_ bytes: [UInt8]) throws(BelljarError) -> BuildRecord {
        try record(try CanonicalJSON.decode(bytes, sizeLimit: BuildRecord.sizeLimit))
    }

    package static func record(_ value: JSONValue) throws(BelljarError) -> BuildRecord {
        var fields = try JSONFields(value, path: "", operation: operation)
        let version = try fields.unsigned("v")
        guard version == BuildRecord.formatVersion else {
            throw BelljarError(
                .usage, operation: operation, subject: "v",
                answer: "the record has format \(version), and this belljar reads \(BuildRecord.formatVersion)",
                remedy: version < BuildRecord.formatVersion
                    ? "use the belljar version that wrote it, or build again with this one"
                    : "use the belljar version that wrote it, or a newer one")
        }
        let record = BuildRecord(
            definition: try definition(try fields.object("definition")),
            result: try result(try fields.object("result")),
            observed: try observed(try fields.object("observed")),
            closure: try closure(try fields.object("closure")))
        try fields.end()
        try record.checkClosure()
        return record
    }

    // MARK: Definition

    private static func definition(_ given: JSONFields) throws(BelljarError) -> BuildRecord.Definition {
        var fields = given
        var recipe = try fields.object("recipe")
        var sources: [BuildRecord.Source] = []
        for value in try fields.array("sources") { sources.append(try source(try fields.nested(value, "sources"))) }
        var inputs: [BuildRecord.Input] = []
        for value in try fields.array("inputs") { inputs.append(try input(try fields.nested(value, "inputs"))) }
        var steps: [BuildRecord.Step] = []
        for value in try fields.array("steps") { steps.append(try step(try fields.nested(value, "steps"))) }
        var named = try fields.stringMap("controls")
        let controls = try controls(&named, fields)
        var secrets: [BuildRecord.Secret] = []
        if fields.has("secrets") {
            for value in try fields.array("secrets") { secrets.append(try secret(try fields.nested(value, "secrets"))) }
        }
        let definition = BuildRecord.Definition(
            name: try name(.recipe, &recipe, "name"), version: try name(.version, &recipe, "version"),
            toolchain: try toolchain(try fields.object("toolchain")), sources: sources, inputs: inputs, steps: steps,
            environment: try fields.stringMap("environment"), outputs: try fields.strings("outputs"),
            epoch: try inRange(Recipe.epochs, &fields, "epoch"), limits: try limits(try fields.object("limits")),
            requirements: fields.has("requires") ? try requirements(try fields.object("requires")) : .none,
            sandbox: try sandbox(try fields.object("sandbox")), controls: controls, constants: named,
            seed: try fields.string("seed"), secrets: secrets, action: try fields.digest("action"))
        try recipe.end()
        try fields.end()
        return definition
    }

    /// Takes the states of all controls out of what a record names; the rest are constants.
    private static func controls(
        _ named: inout [String: String], _ fields: JSONFields
    ) throws(BelljarError) -> ControlStates {
        var states = ControlStates.standard
        for control in Control.allCases {
            guard let name = named.removeValue(forKey: control.rawValue) else {
                throw fields.wrong("controls.\(control.rawValue)", "is missing")
            }
            guard let state = control.state(named: name) else {
                throw fields.wrong("controls.\(control.rawValue)", "is not known: \(name)")
            }
            states[control] = state
        }
        return states
    }

    private static func toolchain(_ given: JSONFields) throws(BelljarError) -> BuildRecord.Toolchain {
        var fields = given
        let toolchain = BuildRecord.Toolchain(
            name: try name(.recipe, &fields, "name"), lock: try fields.digest("lock"), image: try tree(&fields, "image")
        )
        try fields.end()
        return toolchain
    }

    private static func source(_ given: JSONFields) throws(BelljarError) -> BuildRecord.Source {
        var fields = given
        let kind = try fields.string("kind")
        guard ["archive", "file", "local", "patch", "git"].contains(kind) else {
            throw fields.wrong("kind", "must be archive, file, local, patch or git, not \(kind)")
        }
        let into = try fields.string("into")
        let name = try fields.string("name")
        guard isContained(into), isContained(name), !name.contains("/") else {
            throw fields.wrong("into", "must stay below /build")
        }
        let strip = try fields.unsigned("strip")
        guard strip <= 64 else { throw fields.wrong("strip", "must be at most 64") }
        let commit = try fields.string("commit")
        guard kind == "git" ? isCommit(commit) : commit.isEmpty else {
            throw fields.wrong("commit", "must be a commit's full id for git, and empty for anything else")
        }
        let source = BuildRecord.Source(
            kind: kind, address: try fields.string("address"), commit: commit,
            digest: try fields.digest("digest"), size: try fields.unsigned("size"), into: into, strip: Int(strip),
            name: name, isExecutable: try fields.bool("executable"))
        try fields.end()
        return source
    }

    private static func input(_ given: JSONFields) throws(BelljarError) -> BuildRecord.Input {
        var fields = given
        let input = BuildRecord.Input(
            name: try name(.recipe, &fields, "name"), tree: try tree(&fields, "tree"),
            definition: try fields.digest("definition"))
        try fields.end()
        return input
    }

    private static func step(_ given: JSONFields) throws(BelljarError) -> BuildRecord.Step {
        var fields = given
        let step = BuildRecord.Step(
            name: try name(.step, &fields, "name"), argv: try fields.strings("argv"),
            directory: try fields.string("directory"))
        guard !step.argv.isEmpty else { throw fields.wrong("argv", "must not be empty") }
        try fields.end()
        return step
    }

    private static func secret(_ given: JSONFields) throws(BelljarError) -> BuildRecord.Secret {
        var fields = given
        let secret = BuildRecord.Secret(
            name: try name(.step, &fields, "name"), variable: try fields.string("variable"),
            steps: try fields.strings("steps"))
        if !secret.variable.isEmpty, let mistake = NameRule.variable.mistake(in: secret.variable) {
            throw fields.wrong("variable", mistake)
        }
        for step in secret.steps {
            if let mistake = NameRule.step.mistake(in: step) { throw fields.wrong("steps", mistake) }
        }
        try fields.end()
        return secret
    }

    private static func limits(_ given: JSONFields) throws(BelljarError) -> ResourceLimits {
        var fields = given
        let standard = ResourceLimits.standard
        let limits = ResourceLimits(
            timeoutSeconds: try limit(.timeout, &fields, "timeoutSeconds"),
            graceSeconds: try optionalLimit(.grace, &fields, "graceSeconds") ?? standard.graceSeconds,
            memoryBytes: try optionalLimit(.memory, &fields, "memoryBytes"),
            processes: try limit(.processes, &fields, "processes"),
            scratchBytes: try limit(.scratch, &fields, "scratchBytes"),
            scratchInodes: try optionalLimit(.inodes, &fields, "scratchInodes"),
            fileBytes: try limit(.file, &fields, "fileBytes"), logBytes: try limit(.log, &fields, "logBytes"),
            outputFiles: try optionalLimit(.outputFiles, &fields, "outputFiles") ?? standard.outputFiles,
            outputBytes: try optionalLimit(.outputSize, &fields, "outputBytes"),
            cpus: try limit(.cpus, &fields, "cpus"), openFiles: try optionalLimit(.files, &fields, "openFiles"))
        try fields.end()
        return limits
    }

    /// A limit that a recipe could have: what is larger or smaller would mean something else, or more than a host has.
    private static func limit(
        _ limit: LimitName, _ fields: inout JSONFields, _ name: String
    ) throws(BelljarError) -> UInt64 {
        try inRange(limit.range, &fields, name)
    }

    private static func optionalLimit(
        _ limit: LimitName, _ fields: inout JSONFields, _ name: String
    ) throws(BelljarError) -> UInt64? {
        fields.has(name) ? try inRange(limit.range, &fields, name) : nil
    }

    private static func inRange(
        _ range: ClosedRange<UInt64>, _ fields: inout JSONFields, _ name: String
    ) throws(BelljarError) -> UInt64 {
        let value = try fields.unsigned(name)
        guard range.contains(value) else {
            throw fields.wrong(name, "\(value) is not between \(range.lowerBound) and \(range.upperBound)")
        }
        return value
    }

    /// A name as recipes have it, or the place and the mistake.
    private static func name(
        _ rule: NameRule, _ fields: inout JSONFields, _ member: String
    ) throws(BelljarError) -> String {
        let text = try fields.string(member)
        if let mistake = rule.mistake(in: text) { throw fields.wrong(member, mistake) }
        return text
    }

    private static func optional(_ fields: inout JSONFields, _ name: String) throws(BelljarError) -> UInt64? {
        fields.has(name) ? try fields.unsigned(name) : nil
    }

    private static func requirements(_ given: JSONFields) throws(BelljarError) -> Requirements {
        var fields = given
        var isa: InstructionSet?
        if fields.has("isa") {
            let name = try fields.string("isa")
            isa = InstructionSet(rawValue: name)
            if isa == nil { throw fields.wrong("isa", "is not known: \(name)") }
        }
        let requirements = Requirements(
            kernel: fields.has("kernel") ? try fields.string("kernel") : nil,
            features: try fields.strings("features"), memoryBytes: try optional(&fields, "memoryBytes"),
            diskBytes: try optional(&fields, "diskBytes"), isa: isa)
        try fields.end()
        // No requirement is said by leaving the member out, so that there is one way to say it.
        guard !requirements.isEmpty else { throw fields.wrong("features", "must not be all there is and empty") }
        return requirements
    }

    private static func sandbox(_ given: JSONFields) throws(BelljarError) -> BuildRecord.SandboxProfile {
        var fields = given
        let profile = BuildRecord.SandboxProfile(
            profile: try fields.string("profile"), baseline: try fields.string("baseline"),
            network: try fields.string("network"))
        try fields.end()
        return profile
    }

    // MARK: Result, observed, closure

    private static func result(_ given: JSONFields) throws(BelljarError) -> BuildRecord.BuildResult {
        var fields = given
        let name = try fields.string("status")
        guard let status = BuildStatus(rawValue: name) else { throw fields.wrong("status", "is not known: \(name)") }
        var outputs: [BuildRecord.Output] = []
        var paths: Set<String> = []
        for value in try fields.array("outputs") {
            var output = try fields.nested(value, "outputs")
            let path = try output.string("path")
            guard let bytes = PathText.bytes(path) else { throw output.wrong("path", "is not a path's one form") }
            guard !bytes.isEmpty, isContained(bytes) else {
                throw output.wrong("path", "must be a relative path without `.` and `..`")
            }
            guard paths.insert(path).inserted else { throw output.wrong("path", "stands here twice: \(path)") }
            outputs.append(
                BuildRecord.Output(
                    path: path, mode: try output.string("mode"), size: try output.unsigned("size"),
                    digest: try output.digest("digest")))
            try output.end()
        }
        var found: TreeDigest?
        if let value = fields.optional("tree") {
            var holder = try JSONFields(.object(["tree": value]), path: "result", operation: operation)
            found = try tree(&holder, "tree")
        }
        guard status == .ok || outputs.isEmpty && found == nil else {
            throw fields.wrong("outputs", "a build that ended as \(name) has none")
        }
        try fields.end()
        return BuildRecord.BuildResult(status: status, outputs: outputs, tree: found)
    }

    private static func observed(_ given: JSONFields) throws(BelljarError) -> BuildRecord.Observed {
        var fields = given
        var runner = try fields.object("runner")
        var host = try fields.object("host")
        var steps: [BuildRecord.StepUsage] = []
        for value in try fields.array("steps") {
            var step = try fields.nested(value, "steps")
            steps.append(
                BuildRecord.StepUsage(
                    name: try name(.step, &step, "name"), milliseconds: try step.unsigned("milliseconds"),
                    peakBytes: try step.unsigned("peakBytes"), logOffset: try step.unsigned("logOffset")))
            try step.end()
        }
        let ledger = fields.has("ledger") ? try fields.digest("ledger") : nil
        let reached = fields.has("exceeded") ? try exceeded(try fields.object("exceeded")) : nil
        let observed = BuildRecord.Observed(
            runnerVersion: try runner.string("version"), kernel: try host.string("kernel"),
            cpu: try host.string("cpu"), enforcement: try fields.stringMap("enforcement"),
            openChannels: try fields.strings("openChannels"), started: try fields.unsigned("started"),
            milliseconds: try fields.unsigned("milliseconds"), steps: steps, log: try fields.digest("log"),
            logTruncated: try fields.bool("logTruncated"), ledger: ledger,
            ledgerTruncated: ledger == nil ? false : try fields.bool("ledgerTruncated"),
            recheck: fields.has("recheck") ? try recheck(try fields.object("recheck")) : .init(kind: .none),
            exceeded: reached)
        try runner.end()
        try host.end()
        try fields.end()
        return observed
    }

    private static func recheck(_ given: JSONFields) throws(BelljarError) -> BuildRecord.RecheckFacts {
        var fields = given
        let name = try fields.string("kind")
        // None is said by leaving the member out, so that there is one way to say it.
        guard let kind = Recheck(rawValue: name), kind != .none else {
            throw fields.wrong("kind", "must be changed or full, not \(name)")
        }
        let facts = BuildRecord.RecheckFacts(
            kind: kind, entries: try fields.unsigned("entries"), hashed: try fields.unsigned("hashed"),
            milliseconds: try fields.unsigned("milliseconds"))
        try fields.end()
        return facts
    }

    private static func exceeded(_ given: JSONFields) throws(BelljarError) -> ExceededLimit {
        var fields = given
        let name = try fields.string("limit")
        guard let limit = LimitName(rawValue: name) else { throw fields.wrong("limit", "is not known: \(name)") }
        let exceeded = ExceededLimit(
            limit: limit, value: try fields.unsigned("value"), seen: try fields.string("seen"))
        try fields.end()
        return exceeded
    }

    private static func closure(_ given: JSONFields) throws(BelljarError) -> BuildRecord.Closure {
        var fields = given
        var closure = BuildRecord.Closure()
        for (name, text) in try fields.stringMap("locks") {
            guard let digest = Digest(prefixed: name) else { throw fields.wrong("locks", "\(name) is not a digest") }
            closure.locks[digest] = text
        }
        for (name, value) in try fields.members("definitions") {
            guard let digest = Digest(prefixed: name) else {
                throw fields.wrong("definitions", "\(name) is not a digest")
            }
            closure.definitions[digest] = try definition(try fields.nested(value, "definitions"))
        }
        try fields.end()
        return closure
    }

    private static func tree(_ fields: inout JSONFields, _ name: String) throws(BelljarError) -> TreeDigest {
        var members = try fields.object(name)
        let tree = TreeDigest(digest: try members.digest("digest"), size: try members.unsigned("size"))
        try members.end()
        return tree
    }

    /// A whole SHA-1 or SHA-256, as git prints it.
    private static func isCommit(_ text: String) -> Bool {
        [40, 64].contains(text.utf8.count) && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    /// A relative path without `..`: what a record from elsewhere may name below `/build`.
    private static func isContained(_ path: String) -> Bool { path.isEmpty || isContained(Array(path.utf8)) }

    private static func isContained(_ path: [UInt8]) -> Bool {
        !path.contains(0)
            && path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
    }
}

extension BuildRecord {
    /// Every lock and definition that this record's definition reaches is in the closure under its own digest, and
    /// nothing else is.
    package func checkClosure() throws(BelljarError) {
        for (digest, text) in closure.locks {
            try Self.compare(Digest(of: Array(text.utf8)), digest, "lock")
        }
        for (digest, definition) in closure.definitions {
            try Self.compare(try definition.definitionDigest(), digest, "definition")
        }
        var wantedLocks: Set<Digest> = []
        var wantedDefinitions: Set<Digest> = []
        var queue = [definition]
        while let next = queue.popLast() {
            wantedLocks.insert(next.toolchain.lock)
            for input in next.inputs where wantedDefinitions.insert(input.definition).inserted {
                // A definition's digest covers its inputs' digests, so a cycle cannot be written down.
                if let definition = closure.definitions[input.definition] { queue.append(definition) }
            }
        }
        guard wantedLocks == Set(closure.locks.keys), wantedDefinitions == Set(closure.definitions.keys) else {
            throw BelljarError(
                .integrity, operation: "read record", subject: "closure",
                answer: "it does not hold exactly the locks and definitions that the definition names")
        }
    }

    private static func compare(_ found: Digest, _ expected: Digest, _ what: String) throws(BelljarError) {
        guard found != expected else { return }
        throw BelljarError(
            .integrity, operation: "read record", subject: "closure, \(what)",
            answer: "expected \(expected), found \(found)")
    }
}
