import BelljarControls
import BelljarModel
import Testing

@Suite struct RecordCodecTests {
    private static func digest(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }

    /// A definition whose every member has a value of its own.
    static func definition(inputs: [BuildRecord.Input] = []) -> BuildRecord.Definition {
        BuildRecord.Definition(
            name: "hello", version: "2.10",
            toolchain: .init(
                name: "c", lock: digest("lock text\n"), image: TreeDigest(digest: digest("image"), size: 7)),
            sources: [
                .init(
                    kind: .archive(.archive(name: "debian", path: "pool/h.tar.gz"), strip: 1), digest: digest("a"),
                    size: 12, into: "src"),
                .init(
                    kind: .git(repository: "https://example.org/r", commit: String(repeating: "ab", count: 20)),
                    digest: digest("g"), size: 5, into: ""),
                .init(
                    kind: .file(.url("https://example.org/x"), name: "x", isExecutable: true), digest: digest("f"),
                    size: 1, into: "etc"),
            ],
            inputs: inputs,
            steps: [.init(name: "build", argv: ["/bin/sh", "-e", "-u", "-c", "make\n\u{7f}é"], directory: "/build")],
            environment: ["A": "1", "B": "\"quoted\""], outputs: ["bin/hello"], epoch: 1_700_000_000,
            limits: ResourceLimits(
                graceSeconds: 1, memoryBytes: 1 << 30, scratchInodes: 5000, outputFiles: 70, outputBytes: 80),
            requirements: .init(
                kernel: "6.12", features: ["overlay"], memoryBytes: 1, diskBytes: 2, isa: .v3),
            sandbox: .init(profile: "strict/1", baseline: "6.1", network: "none"), controls: .standard,
            constants: ["umask": "022"], seed: "dice")
    }

    static func keyed(_ definition: BuildRecord.Definition) throws -> BuildRecord.KeyedDefinition {
        try .init(definition, action: digest("action"))
    }

    /// One of a build that a limit ended.
    static func limited() throws -> BuildRecord {
        var record = try record()
        record.result = .init(status: .resourceExceeded, outputs: [], tree: nil)
        record.observed.exceeded = .init(limit: .outputFiles, value: 70, seen: "71")
        return record
    }

    /// A record whose definition was changed.
    static func record(_ change: (inout BuildRecord.Definition) -> Void) throws -> BuildRecord {
        var record = try record()
        var definition = record.definition
        change(&definition)
        record.keyed = try keyed(definition)
        return record
    }

    static func record() throws -> BuildRecord {
        var library = definition()
        library.name = "zlib"
        let inner = try keyed(library)
        let input = BuildRecord.Input(
            name: "zlib", tree: TreeDigest(digest: digest("tree"), size: 3), definition: inner.digest)
        return BuildRecord(
            keyed: try keyed(definition(inputs: [input])),
            result: .init(
                status: .ok,
                outputs: [.init(path: "bin/hello", mode: "0755", size: 9, digest: digest("hello"))],
                tree: TreeDigest(digest: digest("out"), size: 1000)),
            observed: .init(
                runnerVersion: "0.1", kernel: "6.1.0", cpu: "model", enforcement: ["memory": "rlimit"],
                openChannels: ["elapsed-time"], started: 1, milliseconds: 2,
                steps: [.init(name: "build", milliseconds: 1, peakBytes: 4096, logOffset: 0)], log: digest("log"),
                logTruncated: false, ledger: digest("ledger"), ledgerTruncated: true,
                trace: digest("trace"), traceTruncated: false,
                recheck: .init(kind: .full, entries: 12, hashed: 9, milliseconds: 3)),
            closure: .init(locks: [digest("lock text\n"): "lock text\n"], definitions: [input.definition: inner]))
    }

    @Test func roundTrips() throws {
        let record = try Self.record()
        let bytes = try record.canonicalBytes()
        #expect(try RecordDecoder.decode(bytes) == record)
        #expect(try RecordDecoder.decode(bytes).canonicalBytes() == bytes)
    }

    @Test func failuresHaveNoTree() throws {
        var record = try Self.record()
        for status in BuildStatus.allCases where status != .ok {
            record.result = .init(status: status, outputs: [], tree: nil)
            #expect(try RecordDecoder.decode(try record.canonicalBytes()).result == record.result)
        }
    }

    /// What is only observed, and what only travels along, changes neither definition nor result.
    @Test func digestsCoverTheirParts() throws {
        let record = try Self.record()
        var other = record
        other.observed.kernel = "6.18"
        #expect(try other.recordDigest() != record.recordDigest())
        #expect(other.keyed.digest == record.keyed.digest)
        #expect(try other.result.resultDigest() == record.result.resultDigest())
        #expect(try Self.record { $0.epoch += 1 }.keyed.digest != record.keyed.digest)
    }

    /// Every member of the document is wanted, and none other is.
    @Test func membersAreStrict() throws {
        let document = try Self.record().json()
        for path in Self.paths(of: document) where !Self.isFree(path) {
            let without = Self.edit(document, path) { $0[path.last ?? ""] = nil }
            let optional =
                [
                    ["definition", "requires"],
                    ["definition", "requires", "kernel"],
                    ["definition", "requires", "diskBytes"], ["definition", "requires", "isa"],
                    ["observed", "recheck"],
                    ["definition", "controls", "umask"],
                ].contains(path)
                || Self.isLaterControl(path)
                || ["memoryBytes", "graceSeconds", "scratchInodes", "outputFiles", "outputBytes"].contains(path.last)
            if !optional {
                #expect(throws: BelljarError.self, "without \(path)") { try RecordDecoder.record(without) }
            }
        }
        for path in [["x"], ["definition", "x"], ["definition", "recipe", "x"], ["result", "x"], ["observed", "x"]] {
            let with = Self.edit(document, path) { $0["x"] = .integer(1) }
            let error = #expect(throws: BelljarError.self, "with \(path)") { try RecordDecoder.record(with) }
            #expect(error?.code == .usage)
            #expect(error?.subject == path.joined(separator: "."))
        }
    }

    /// One that records of before do not name (`make formats`).
    private static func isLaterControl(_ path: [String]) -> Bool {
        path.count == 3 && path[..<2] == ["definition", "controls"] && Control(rawValue: path[2])?.stateBefore != nil
    }

    /// Records from before these limits keep their digests.
    @Test func newerLimitsStandOnlyWhereTheyAreSet() throws {
        let members = try #require(try ResourceLimits.json.encode(.standard).object)
        let older: Set = ["timeoutSeconds", "processes", "scratchBytes", "fileBytes", "logBytes", "cpus"]
        #expect(Set(members.keys) == older)
    }

    @Test func aRecordMayHaveNoLedger() throws {
        var record = try Self.record()
        (record.observed.ledger, record.observed.ledgerTruncated) = (nil, false)
        #expect(try RecordDecoder.decode(try record.canonicalBytes()) == record)
        let document = Self.edit(try record.json(), ["observed", "ledgerTruncated"]) {
            $0["ledgerTruncated"] = .bool(true)
        }
        #expect(throws: BelljarError.self) { try RecordDecoder.record(document) }
    }

    @Test func aRecordOfABuildThatWasNotLookedAtAgain() throws {
        var record = try Self.record()
        record.observed.recheck = .init(kind: .none)
        let document = try record.json()
        #expect(document["observed"]?["recheck"] == nil)
        #expect(try RecordDecoder.record(document) == record)
        let said = Self.edit(try Self.record().json(), ["observed", "recheck", "kind"]) { $0["kind"] = "none" }
        #expect(throws: BelljarError.self) { try RecordDecoder.record(said) }
    }

    @Test func secretsAreNamedAndNoMore() throws {
        let without = try Self.record()
        #expect(try without.json()["definition"]?["secrets"] == nil)
        let record = try Self.record { $0.secrets = [.init(name: "token", variable: "TOKEN", steps: ["build"])] }
        #expect(record.keyed.digest != without.keyed.digest)
        let document = try record.json()
        #expect(try RecordDecoder.record(document) == record)
        for (name, variable) in [("../x", ""), ("a/b", ""), ("", ""), ("a", "A=B"), ("a", "PATH")] {
            let hostile = try Self.record { $0.secrets = [.init(name: name, variable: variable, steps: [])] }.json()
            #expect(throws: BelljarError.self, "\(name) \(variable)") { try RecordDecoder.record(hostile) }
        }
    }

    @Test func statesAreStrict() throws {
        let path = ["definition", "controls", "clock"]
        let document = Self.edit(try Self.record().json(), path) { $0["clock"] = .string("sorted") }
        let error = #expect(throws: BelljarError.self) { try RecordDecoder.record(document) }
        #expect(error?.subject == "definition.controls.clock")
        #expect(error?.answer == "has a value that this belljar does not know: \"sorted\"")
        #expect(error?.remedy == "read it with belljar \"0.1\", which made it, or with a newer one")
    }

    @Test func otherVersionsAreRefusedWithAWayOut() throws {
        let newer = Self.edit(try Self.record().json(), ["v"]) { $0["v"] = .integer(3) }
        let error = #expect(throws: BelljarError.self) { try RecordDecoder.record(newer) }
        #expect(error?.code == .usage)
        #expect(error?.answer == "the record has format 3, and this belljar reads formats up to 2")
        #expect(error?.remedy == "read it with belljar \"0.1\", which made it, or with a newer one")
    }

    @Test func aClosureHoldsWhatIsNamedAndNothingElse() throws {
        let record = try Self.record()
        var changed = record
        changed.closure.locks = changed.closure.locks.mapValues { $0 + "#" }
        var missing = record
        missing.closure.definitions = [:]
        var extra = record
        extra.closure.locks[Self.digest("more")] = "more"
        for record in [changed, missing, extra] {
            let bytes = try record.canonicalBytes()
            let error = #expect(throws: BelljarError.self) { try RecordDecoder.decode(bytes) }
            #expect(error?.code == .integrity)
        }
    }

    @Test(arguments: ["../x", "/etc", "a//b", "a/./b"]) func sourcesStayBelowBuild(into: String) throws {
        let bytes = try Self.record { $0.sources[0].into = into }.canonicalBytes()
        #expect(throws: BelljarError.self) { try RecordDecoder.decode(bytes) }
    }

    /// Zero is not "no limit", and what no recipe can ask for is not asked of a host by a record.
    @Test(
        arguments: [
            ("timeoutSeconds", [0, 604_801]), ("graceSeconds", [601]), ("memoryBytes", [0, (16 << 20) - 1]),
            ("processes", [0, 7, 65_537]), ("scratchBytes", [0, (1 << 40) + 1]), ("scratchInodes", [0, (1 << 32) + 1]),
            ("fileBytes", [0]), ("logBytes", [0, (1 << 30) + 1]), ("outputFiles", [0, 4_000_001]),
            ("outputBytes", [(1 << 40) + 1]), ("cpus", [0, 1025, (1 << 53) - 1]),
        ] as [(String, [Int64])])
    func limitsAreARecipes(member: String, values: [Int64]) throws {
        for value in values {
            let document = Self.edit(try Self.record().json(), ["definition", "limits", member]) {
                $0[member] = .integer(value)
            }
            let error = #expect(throws: BelljarError.self, "\(value)") { try RecordDecoder.record(document) }
            #expect(error?.code == .usage)
            #expect(error?.subject == "definition.limits.\(member)")
            #expect(error?.answer.hasPrefix("\(value) is not between ") == true)
        }
    }

    /// Names are parts of paths and stand on terminals.
    @Test(arguments: [
        "", "../../tmp/x", "a/b", "..", "a\u{1b}]0;owned\u{7}", "a\nb", "é", String(repeating: "a", count: 129),
    ])
    func namesAreARecipes(name: String) throws {
        let changes: [(inout BuildRecord.Definition) -> Void] = [
            { $0.name = name }, { $0.version = name }, { $0.toolchain.name = name }, { $0.steps[0].name = name },
            { $0.inputs[0].name = name },
            { $0.secrets = [.init(name: "a", variable: "", steps: [name])] },
            { $0.sources[1].kind = .git(repository: "r", commit: name) },
        ]
        var records = try changes.map { try Self.record($0) }
        var observed = try Self.record()
        observed.observed.steps[0].name = name
        records.append(observed)
        for (index, record) in records.enumerated() {
            let document = try record.json()
            let error = #expect(throws: BelljarError.self, "\(index)") { try RecordDecoder.record(document) }
            #expect(error?.code == .usage)
        }
    }

    /// What no build leaves: the paths of outputs are those of files below one folder, each once.
    @Test(arguments: ["", "/etc/x", "../../etc/x", "a/../b", "a//b", "./a", "a/", "a\0b"])
    func outputsStayBelowTheirFolder(path: String) throws {
        var record = try Self.record()
        #expect(try RecordDecoder.record(record.json()) == record)
        record.result.outputs[0].path = path
        let document = try record.json()
        let error = #expect(throws: BelljarError.self) { try RecordDecoder.record(document) }
        #expect(error?.code == .usage)
    }

    /// Two spellings of one character are two names, as they are to every file system.
    @Test func namesAreToldApartByTheirBytes() throws {
        var record = try Self.record()
        var other = record.result.outputs[0]
        (record.result.outputs[0].path, other.path) = ("e\u{301}", "\u{e9}")
        record.result.outputs.append(other)
        let bytes = try record.canonicalBytes()
        #expect(try RecordDecoder.decode(bytes).canonicalBytes() == bytes)
    }

    /// What would stand on a terminal as a line of its own.
    @Test(arguments: ["0644\nverdict: identical\n", "4755", "zzz", ""]) func modesAreThree(mode: String) throws {
        var record = try Self.record()
        record.result.outputs[0].mode = mode
        let document = try record.json()
        let error = #expect(throws: BelljarError.self) { try RecordDecoder.record(document) }
        #expect(error?.subject == "result.outputs[0].mode")
    }

    /// What no program can be given, and what stands there twice.
    @Test func definitionsAreThoseOfBuilds() throws {
        let changes: [(String, (inout BuildRecord.Definition) -> Void)] = [
            ("definition.steps[0].argv[0]", { $0.steps[0].argv[0] = "a\0b" }),
            ("definition.steps[0].directory", { $0.steps[0].directory = "/build\0" }),
            ("definition.environment.A", { $0.environment["A"] = "\0" }),
            ("definition.outputs[1]", { $0.outputs = ["a", "a\0"] }),
            ("definition.inputs[1].name", { $0.inputs.append($0.inputs[0]) }),
            ("definition.sources[1].into", { $0.sources[1].into = "../x" }),
            ("definition.requires.kernel", { $0.requirements.kernel = "6.12 evil" }),
            ("definition.requires.kernel", { $0.requirements.kernel = "99" }),
        ]
        for (place, change) in changes {
            let document = try Self.record(change).json()
            let error = #expect(throws: BelljarError.self, "\(place)") { try RecordDecoder.record(document) }
            #expect(error?.subject == place)
        }
    }

    @Test func anOutputIsListedOnce() throws {
        var record = try Self.record()
        var other = record.result.outputs[0]
        other.path = "bin/other"
        record.result.outputs.append(other)
        #expect(try RecordDecoder.record(record.json()) == record)
        record.result.outputs[1].path = "bin/hello"
        let document = try record.json()
        let error = #expect(throws: BelljarError.self) { try RecordDecoder.record(document) }
        #expect(error?.code == .usage)
        #expect(error?.subject == "result.outputs[1].path")
    }

    /// Whoever verifies files against a record would otherwise believe a build that failed.
    @Test(arguments: BuildStatus.allCases.filter { $0 != .ok }) func aFailureHasNoOutputs(status: BuildStatus) throws {
        for (hasOutputs, hasTree) in [(true, true), (true, false), (false, true), (false, false)] {
            var record = try Self.record()
            record.result.status = status
            if !hasOutputs { record.result.outputs = [] }
            if !hasTree { record.result.tree = nil }
            let document = try record.json()
            if !hasOutputs, !hasTree {
                #expect(try RecordDecoder.record(document) == record)
            } else {
                let error = #expect(throws: BelljarError.self) { try RecordDecoder.record(document) }
                #expect(error?.code == .usage)
            }
        }
    }

    @Test func sizesBeyondJSONAreRefused() throws {
        var definition = Self.definition()
        definition.limits.scratchBytes = 1 << 53
        let changed = definition
        #expect(throws: BelljarError.self) { try Self.keyed(changed) }
    }

    // MARK: Editing documents

    private static func paths(of value: JSONValue) -> [[String]] {
        guard case .object(let members) = value else { return [] }
        return members.flatMap { name, inner in [[name]] + paths(of: inner).map { [name] + $0 } }
    }

    /// Members whose names are not the format's.
    private static func isFree(_ path: [String]) -> Bool {
        for free in [["definition", "environment"], ["observed", "enforcement"]]
        where path.count > 2 && path.starts(with: free) {
            return true
        }
        return path.first == "closure" && path.count > 2
    }

    static func edit(
        _ value: JSONValue, _ path: [String], _ change: (inout [String: JSONValue]) -> Void
    ) -> JSONValue {
        guard case .object(var members) = value else { return value }
        if path.count == 1 {
            change(&members)
        } else if let inner = members[path[0]] {
            members[path[0]] = edit(inner, Array(path.dropFirst()), change)
        }
        return .object(members)
    }
}
