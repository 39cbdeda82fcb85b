internal import BelljarControls

// A definition's members in JSON; `RecordFormat` says what holds for those that come later.

extension BuildRecord.Definition {
    /// The members without the action's key: all that decides the result, and nothing else.
    package func json() throws(BelljarError) -> JSONValue { try Self.json.encode(self) }

    private static let json = JSONType.object(blank) { members }

    @JSONMembers<Self> static var members: [JSONMember<Self>] {
        common
        // Format 1 knew no controls and no seed.
        JSONMember(
            "controls", \.constants, .map(.text, to: .text), "what was the same in every sandbox, by name"
        ).until(1)
        JSONMember(
            "controls",
            "the world that the build saw: the state of each control, and what is the same in every sandbox",
            schemaOf: { _ in controlsSchema }
        ) { (definition) throws(BelljarError) in
            .strings(definition.namedControls.merging(definition.constants) { state, _ in state })
        } read: { (definition, value, place) throws(BelljarError) in
            try definition.readControls(value, place)
        }.since(2)
        JSONMember(
            "seed", \.seed, .text(.textOrNone(upTo: Recipe.seedBytes)), "what the seeded random numbers start with"
        )
        .since(2)
    }

    /// Every member is read into it. Nothing was virtualised before there were controls.
    static let blank = Self(
        name: "", version: "", toolchain: BuildRecord.Toolchain.blank, sources: [], inputs: [], steps: [],
        environment: [:], outputs: [], epoch: 0, limits: .standard,
        sandbox: .init(profile: "", baseline: "", network: ""), controls: .real, constants: [:], seed: "")

    @JSONMembers<Self> private static var common: [JSONMember<Self>] {
        JSONMember("recipe", "what was built") {
            JSONMember("name", \Self.name, .name(.recipe), "the recipe's name")
            JSONMember("version", \Self.version, .name(.version), "the recipe's version")
        }
        JSONMember("toolchain", \Self.toolchain, BuildRecord.Toolchain.json, "the root file system")
        JSONMember(
            "sources", \Self.sources, .list(of: BuildRecord.Source.json, Recipe.sourceCount),
            "placed in /build in this order")
        JSONMember(
            "inputs", \Self.inputs, .list(of: BuildRecord.Input.json, Recipe.inputCount),
            "outputs of other recipes, mounted at /inputs/NAME, sorted by name")
        // With the one that applies patches.
        JSONMember(
            "steps", \Self.steps,
            .list(of: BuildRecord.Step.json, Recipe.stepCount.lowerBound...Recipe.stepCount.upperBound + 1),
            "run in this order until one fails")
        JSONMember(
            "environment", \Self.environment, variables,
            "all variables of every step")
        JSONMember(
            "outputs", \Self.outputs, JSONType.list(of: .text(.output), Recipe.outputCount).saying("uniqueItems", true),
            "paths below /out that the recipe promises")
        JSONMember("epoch", \Self.epoch, .count(in: Recipe.epochs), "SOURCE_DATE_EPOCH: seconds since 1970")
        JSONMember("limits", \Self.limits, ResourceLimits.json, "what the build may use at most")
        JSONMember(
            "requires", \Self.requirements, Requirements.json, leftOutAt: .none, "what the host must have, if anything"
        ).since(2)
        JSONMember("sandbox", \Self.sandbox, BuildRecord.SandboxProfile.json, "the kind of sandbox")
        JSONMember(
            "secrets", \Self.secrets, .list(of: BuildRecord.Secret.json, Recipe.secretCount), leftOutAt: [],
            "what some steps get, never with its value; missing if there are none"
        ).since(2)
    }

    private static let variables = JSONType.map(
        .name(.anyVariable), to: .text(.textOrNone(upTo: Recipe.valueBytes)),
        atMost: Recipe.variableCount.upperBound + BuildEnvironment.fixedNames.count)

    // MARK: What belongs together

    /// What no recipe could say, in which member: that which one member alone does not show.
    var mistake: (member: String, answer: String)? {
        if let twice = Self.twice(inputs.map(\.name)) {
            return ("inputs[\(twice.index)].name", "is the name of an earlier input too: \(twice.text)")
        }
        if let index = inputs.firstIndex(where: { $0.name == name }) {
            return ("inputs[\(index)].name", "is the recipe itself: \(name)")
        }
        // A recipe with patches gets a first step of this name, whatever its own are called.
        let offset = steps.first?.name == "patch" ? 1 : 0
        if let twice = Self.twice(steps.dropFirst(offset).map(\.name)) {
            return ("steps[\(twice.index + offset)].name", "is the name of an earlier step too: \(twice.text)")
        }
        if let twice = Self.twice(outputs) {
            return ("outputs[\(twice.index)]", "is an earlier output too: \(quoted(twice.text))")
        }
        if let twice = Self.twice(secrets.map(\.name)) {
            return ("secrets[\(twice.index)].name", "is the name of an earlier secret too: \(twice.text)")
        }
        var variables = Set(environment.keys)
        for (index, secret) in secrets.enumerated()
        where !secret.variable.isEmpty && !variables.insert(secret.variable).inserted {
            return ("secrets[\(index)].variable", "is an earlier variable too: \(secret.variable)")
        }
        for (index, step) in steps.enumerated() {
            if let mistake = ProgramRoom.mistake(argv: step.argv, environment: environment) {
                return ("steps[\(index)].argv", mistake)
            }
        }
        return nil
    }

    /// By bytes: two spellings of one character are two texts.
    private static func twice(_ texts: [String]) -> (index: Int, text: String)? {
        var seen: Set<[UInt8]> = []
        let index = texts.firstIndex { !seen.insert(Array($0.utf8)).inserted }
        return index.map { ($0, texts[$0]) }
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
                ? JSONSchema.Member.required(control.rawValue, schema, control.summary)
                : .optional(control.rawValue, schema, control.summary)
        }
        return .object(states).with("additionalProperties", JSONSchema.string().json)
    }
}

extension BuildRecord.Toolchain {
    fileprivate static let blank = Self(
        name: "", lock: Digest(of: []), image: TreeDigest(digest: Digest(of: []), size: 0))

    fileprivate static let json = JSONType.object(blank) {
        JSONMember("name", \Self.name, .name(.recipe), "the toolchain's name")
        JSONMember("lock", \Self.lock, .digest, "SHA-256 of the lock's text, which is in the closure")
        JSONMember("image", \Self.image, .tree, "the tree of the root file system")
    }
}

extension BuildRecord.Input {
    fileprivate static let json = JSONType.object(
        Self(name: "", tree: TreeDigest(digest: Digest(of: []), size: 0), definition: Digest(of: []))
    ) {
        JSONMember("name", \Self.name, .name(.recipe), "the recipe that made it")
        JSONMember("tree", \Self.tree, .tree, "the tree of its outputs")
        JSONMember("definition", \Self.definition, .digest, "the definition that made it, which is in the closure")
    }
}

extension BuildRecord.Step {
    fileprivate static let json = JSONType.object(Self(name: "", argv: [], directory: "")) {
        JSONMember("name", \Self.name, .name(.step), "for logs and messages")
        JSONMember("argv", \Self.argv, arguments, "the shell with its options, and the step's script")
        JSONMember("directory", \Self.directory, .text(.directoryInBuild), "working directory inside the sandbox")
    }

    /// What runs every script.
    private static let shell = ["/bin/sh", "-e", "-u", "-c"]

    package static func argv(script: String) -> [String] { shell + [script] }

    /// Those of a shell with a script that a recipe could have.
    private static let arguments = JSONType<[String]>(
        schema: .tuple(shell.map { .constant(.string($0)) } + [SharedRule.script.schema])
    ) { (argv) throws(BelljarError) in
        .array(argv.map { .string($0) })
    } read: { (value, place) throws(BelljarError) in
        let argv = try JSONType.list(of: .text).decode(value, at: place)
        guard argv.count == shell.count + 1, let script = argv.last else {
            throw place.wrong("must be \(shell.joined(separator: " ")) and a script", remedy: place.remedy)
        }
        for (index, word) in shell.enumerated() where argv[index] != word {
            throw place.wrong("must be \(word), not \(quoted(argv[index]))", remedy: place.remedy).inside(at: index)
        }
        do throws(BelljarError) { _ = try JSONType.text(.script).decode(.string(script), at: place) } catch {
            throw error.inside(at: shell.count)
        }
        return argv
    }
}

extension BuildRecord.Secret {
    fileprivate static let json = JSONType.object(Self(name: "", variable: "", steps: [])) {
        JSONMember("name", \Self.name, .name(.step), "the secret is the file /run/secrets/NAME")
        JSONMember("variable", \Self.variable, variableOrNone, "the variable that it is in as well; empty for none")
        JSONMember("steps", \Self.steps, .list(of: .name(.step)), "the steps that get it")
    }

    private static let variableOrNone = JSONType.text(
        schema: .oneOf([.constant(""), NameRule.variable.schema])
    ) { (variable, place) throws(BelljarError) in
        if !variable.isEmpty, let mistake = NameRule.variable.mistake(in: variable) { throw place.wrong(mistake) }
    }
}

extension BuildRecord.SandboxProfile {
    fileprivate static let json = JSONType.object(Self(profile: "", baseline: "", network: "")) {
        JSONMember("profile", \Self.profile, .text, "version of the mount and system-call profile")
        JSONMember("baseline", \Self.baseline, .text, "version of the kernel whose system calls the build sees")
        JSONMember("network", \Self.network, .text, "what of a network there is")
    }
}

extension Requirements {
    /// No requirement is said by leaving the whole member out, so that there is one way to say it.
    fileprivate static let json = JSONType.object(Requirements.none) {
        JSONMember(
            "features", \Self.features, .list(of: .name(.step)), "features of the kernel, as doctor names them")
        JSONMember(optional: "kernel", \Self.kernel, .text(.release), "this release of the kernel or a newer one")
        JSONMember(optional: "memoryBytes", \Self.memoryBytes, .count(in: Recipe.requiredBytes), "the machine's memory")
        JSONMember(optional: "diskBytes", \Self.diskBytes, .count(in: Recipe.requiredBytes), "free where the store is")
        JSONMember(optional: "isa", \Self.isa, .choice, "the processor's level")
    }.checked { $0.isEmpty ? ("features", "is empty, and nothing else is required; leave `requires` out") : nil }
        .saying("anyOf", [["minProperties": 2], ["properties": ["features": ["minItems": 1]]]])
}

extension ResourceLimits {
    /// Those that are newer than the format stand only where they differ from their defaults.
    package static let json = JSONType.object(standard) {
        JSONMember("timeoutSeconds", \Self.timeoutSeconds, .limit(.timeout), "all steps together")
        JSONMember("processes", \Self.processes, .limit(.processes), "processes and threads at once")
        JSONMember("scratchBytes", \Self.scratchBytes, .limit(.scratch), "what the sandbox's file systems may grow by")
        JSONMember("fileBytes", \Self.fileBytes, .limit(.file), "any one file")
        JSONMember("logBytes", \Self.logBytes, .limit(.log), "what is kept of the log")
        JSONMember("cpus", \Self.cpus, .limit(.cpus), "processors that the build is told it has")
        JSONMember(
            optional: "memoryBytes", \Self.memoryBytes, .limit(.memory), "resident memory of all processes together")
        JSONMember(
            optional: "scratchInodes", \Self.scratchInodes, .limit(.inodes),
            "files, directories and links that may be added"
        ).since(2)
        JSONMember(
            optional: "openFiles", \Self.openFiles, .limit(.files), "files that one process may have open"
        ).since(2)
        JSONMember(
            optional: "outputBytes", \Self.outputBytes, .limit(.outputSize), "bytes in files below /out"
        ).since(2)
        JSONMember(
            "graceSeconds", \Self.graceSeconds, .limit(.grace), leftOutAt: standard.graceSeconds,
            "what is left until every process gets SIGKILL; 5 if it is missing"
        ).since(2)
        JSONMember(
            "outputFiles", \Self.outputFiles, .limit(.outputFiles), leftOutAt: standard.outputFiles,
            "files, directories and links below /out; 500000 if it is missing"
        ).since(2)
    }
}

extension JSONType where Value == UInt64 {
    /// A limit that a recipe could have: what is larger or smaller would mean something else, or more than a host has.
    fileprivate static func limit(_ name: LimitName) -> JSONType { .count(in: name.range) }
}
