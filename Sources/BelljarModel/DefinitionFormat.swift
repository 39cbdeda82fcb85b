internal import BelljarControls

// A definition's members in JSON; `RecordFormat` says what holds for those that come later.

extension BuildRecord.Definition {
    /// The members without the action's key: all that decides the result, and nothing else.
    package func json() throws(BelljarError) -> JSONValue { try Self.json.encode(self) }

    private static let json = JSONType.object(blank) { members }

    static let members: [JSONMember<Self>] =
        common + [
            JSONMember("controls", schema: controlsSchema) { (definition) throws(BelljarError) in
                .strings(definition.namedControls.merging(definition.constants) { state, _ in state })
            } read: { (definition, value, place) throws(BelljarError) in
                try definition.readControls(value, place)
            },
            JSONMember("seed", \.seed, .text),
        ]

    static let firstMembers: [JSONMember<Self>] =
        common + [
            JSONMember("controls", \.constants, .map(.text, to: .text))
        ]

    /// Every member is read into it. Nothing was virtualised before there were controls.
    static let blank = Self(
        name: "", version: "", toolchain: BuildRecord.Toolchain.blank, sources: [], inputs: [], steps: [],
        environment: [:], outputs: [], epoch: 0, limits: .standard,
        sandbox: .init(profile: "", baseline: "", network: ""), controls: .real, constants: [:], seed: "")

    @JSONMembers<Self> private static var common: [JSONMember<Self>] {
        JSONMember("recipe") {
            JSONMember("name", \Self.name, .name(.recipe))
            JSONMember("version", \Self.version, .name(.version))
        }
        JSONMember("toolchain", \Self.toolchain, BuildRecord.Toolchain.json)
        JSONMember("sources", \Self.sources, .list(of: BuildRecord.Source.json))
        JSONMember("inputs", \Self.inputs, JSONType.list(of: BuildRecord.Input.json).checked(Self.repeated))
        JSONMember("steps", \Self.steps, .list(of: BuildRecord.Step.json))
        JSONMember("environment", \Self.environment, .map(.withoutNUL, to: .withoutNUL))
        JSONMember("outputs", \Self.outputs, .list(of: .withoutNUL))
        JSONMember("epoch", \Self.epoch, .count(in: Recipe.epochs))
        JSONMember("limits", \Self.limits, ResourceLimits.json)
        JSONMember("requires", \Self.requirements, Requirements.json, leftOutAt: .none)
        JSONMember("sandbox", \Self.sandbox, BuildRecord.SandboxProfile.json)
        JSONMember("secrets", \Self.secrets, .list(of: BuildRecord.Secret.json), leftOutAt: [])
    }

    private static func repeated(_ inputs: [BuildRecord.Input]) -> (member: String, answer: String)? {
        let names = inputs.map(\.name)
        return names.indices.first { names[..<$0].contains(names[$0]) }.map {
            ("[\($0)].name", "is the name of an earlier input too: \(names[$0])")
        }
    }

    // MARK: Controls

    /// The states that are written. A control that came later is not, where it is as it was before.
    private var namedControls: [String: String] {
        var named = controls.named
        for control in Control.allCases where controls[control] == control.stateBefore {
            named[control.rawValue] = nil
        }
        return named
    }

    /// Takes the states of all controls out of what a record names; the rest are constants.
    private mutating func readControls(_ value: JSONValue?, _ place: JSONPlace) throws(BelljarError) {
        guard let value else { throw place.wrong("is missing") }
        constants = try JSONType.map(.text, to: .text).decode(value, at: place)
        for control in Control.allCases {
            let place = place.member(control.rawValue)
            guard let name = constants.removeValue(forKey: control.rawValue) else {
                guard let before = control.stateBefore else { throw place.wrong("is missing") }
                controls[control] = before
                continue
            }
            guard let state = control.state(named: name), state != control.stateBefore else {
                throw place.unknown(name)
            }
            controls[control] = state
        }
    }

    private static var controlsSchema: JSONSchema {
        let states = Control.allCases.map { control in
            let schema = JSONSchema.oneOf(control.states.filter { $0 != control.stateBefore }.map(\.rawValue))
            return control.stateBefore == nil
                ? JSONSchema.Member.required(control.rawValue, schema) : .optional(control.rawValue, schema)
        }
        return .object(states).with("additionalProperties", JSONSchema.string().json)
    }
}

extension BuildRecord.Toolchain {
    fileprivate static let blank = Self(
        name: "", lock: Digest(of: []), image: TreeDigest(digest: Digest(of: []), size: 0))

    fileprivate static let json = JSONType.object(blank) {
        JSONMember("name", \Self.name, .name(.recipe))
        JSONMember("lock", \Self.lock, .digest)
        JSONMember("image", \Self.image, .tree)
    }
}

extension BuildRecord.Input {
    fileprivate static let json = JSONType.object(
        Self(name: "", tree: TreeDigest(digest: Digest(of: []), size: 0), definition: Digest(of: []))
    ) {
        JSONMember("name", \Self.name, .name(.recipe))
        JSONMember("tree", \Self.tree, .tree)
        JSONMember("definition", \Self.definition, .digest)
    }
}

extension BuildRecord.Step {
    fileprivate static let json = JSONType.object(Self(name: "", argv: [], directory: "")) {
        JSONMember("name", \Self.name, .name(.step))
        JSONMember("argv", \Self.argv, .list(of: .withoutNUL, atLeast: 1))
        JSONMember("directory", \Self.directory, .withoutNUL)
    }
}

extension BuildRecord.Secret {
    fileprivate static let json = JSONType.object(Self(name: "", variable: "", steps: [])) {
        JSONMember("name", \Self.name, .name(.step))
        JSONMember("variable", \Self.variable, variableOrNone)
        JSONMember("steps", \Self.steps, .list(of: .name(.step)))
    }

    private static let variableOrNone = JSONType.text(
        schema: .oneOf([.constant(""), NameRule.variable.schema])
    ) { (variable, place) throws(BelljarError) in
        if !variable.isEmpty, let mistake = NameRule.variable.mistake(in: variable) { throw place.wrong(mistake) }
    }
}

extension BuildRecord.SandboxProfile {
    fileprivate static let json = JSONType.object(Self(profile: "", baseline: "", network: "")) {
        JSONMember("profile", \Self.profile, .text)
        JSONMember("baseline", \Self.baseline, .text)
        JSONMember("network", \Self.network, .text)
    }
}

extension Requirements {
    /// No requirement is said by leaving the whole member out, so that there is one way to say it.
    fileprivate static let json = JSONType.object(Requirements.none) {
        JSONMember("features", \Self.features, .list(of: .text))
        JSONMember(optional: "kernel", \Self.kernel, kernelRelease)
        JSONMember(optional: "memoryBytes", \Self.memoryBytes, .count)
        JSONMember(optional: "diskBytes", \Self.diskBytes, .count)
        JSONMember(optional: "isa", \Self.isa, .choice)
    }.checked { $0.isEmpty ? ("features", "is empty, and nothing else is required; leave `requires` out") : nil }
}

extension Requirements {
    /// Two numbers: `6.12`.
    private static let kernelRelease = JSONType.text(
        schema: .string(pattern: "^[0-9]{1,4}\\.[0-9]{1,4}$")
    ) { (release, place) throws(BelljarError) in
        let parts = release.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let areNumbers = parts.allSatisfy { part in
            (1...4).contains(part.count) && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        guard parts.count == 2, areNumbers else {
            throw place.wrong("must be a kernel release such as 6.12, not \(quoted(release))")
        }
    }
}

extension ResourceLimits {
    /// Those that are newer than the format stand only where they differ from their defaults.
    package static let json = JSONType.object(standard) {
        JSONMember("timeoutSeconds", \Self.timeoutSeconds, .limit(.timeout))
        JSONMember("processes", \Self.processes, .limit(.processes))
        JSONMember("scratchBytes", \Self.scratchBytes, .limit(.scratch))
        JSONMember("fileBytes", \Self.fileBytes, .limit(.file))
        JSONMember("logBytes", \Self.logBytes, .limit(.log))
        JSONMember("cpus", \Self.cpus, .limit(.cpus))
        JSONMember(optional: "memoryBytes", \Self.memoryBytes, .limit(.memory))
        JSONMember(optional: "scratchInodes", \Self.scratchInodes, .limit(.inodes))
        JSONMember(optional: "openFiles", \Self.openFiles, .limit(.files))
        JSONMember(optional: "outputBytes", \Self.outputBytes, .limit(.outputSize))
        JSONMember("graceSeconds", \Self.graceSeconds, .limit(.grace), leftOutAt: standard.graceSeconds)
        JSONMember("outputFiles", \Self.outputFiles, .limit(.outputFiles), leftOutAt: standard.outputFiles)
    }
}

extension JSONType where Value == UInt64 {
    /// A limit that a recipe could have: what is larger or smaller would mean something else, or more than a host has.
    fileprivate static func limit(_ name: LimitName) -> JSONType { .count(in: name.range) }
}
