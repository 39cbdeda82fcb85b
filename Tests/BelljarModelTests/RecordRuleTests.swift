import BelljarModel
import Testing

/// What a record of a stranger may say: the members of its own format, and what some recipe could have said.
@Suite struct RecordRuleTests {
    // MARK: Formats

    /// Members of the newest format that an older one does not have, by their paths.
    private static func newer(_ new: JSONValue?, _ old: JSONValue?, at path: [String] = []) -> [[String]] {
        guard let new = new?["properties"]?.object, let old = old?["properties"]?.object else { return [] }
        return new.flatMap { name, schema in
            old[name].map { newer(schema, $0, at: path + [name]) } ?? [path + [name]]
        }
    }

    /// A record without inputs, whose every member of the newest format has a value.
    private static func newest() throws -> JSONValue {
        var record = try RecordCodecTests.record { definition in
            definition.inputs = []
            definition.sources.append(.init(kind: .local(path: "/"), digest: Digest(of: []), size: 0, into: "own"))
            definition.limits.openFiles = 99
            definition.secrets = [.init(name: "token", variable: "TOKEN", steps: ["build"])]
        }
        record.closure.definitions = [:]
        // A limit that ended the build is a member as well.
        let limited = try RecordCodecTests.limited()
        (record.result, record.observed.exceeded) = (limited.result, limited.observed.exceeded)
        record.observed.notFetched = [try #require(record.definition.sources.first).kind.address]
        record.observed.worktrees = [.init(address: "/", commit: String(repeating: "c", count: 40), changes: 1)]
        return try record.json()
    }

    @Test func aFormatHasItsOwnMembersOnly() throws {
        let schemas = try #require(BuildRecord.schema.json["oneOf"]?.array)
        let newer = Self.newer(schemas[0], schemas[1])
        let names = Set(newer.map { $0.joined(separator: ".") })
        #expect(
            names == [
                "definition.requires", "definition.secrets", "definition.seed", "definition.limits.graceSeconds",
                "definition.limits.openFiles", "definition.limits.outputBytes", "definition.limits.outputFiles",
                "definition.limits.scratchInodes", "observed.exceeded", "observed.ledger", "observed.ledgerTruncated",
                "observed.notFetched", "observed.recheck", "observed.trace", "observed.traceTruncated",
                "observed.worktrees",
            ])
        let newest = try Self.newest()
        #expect(try RecordDecoder.record(newest).format == 2)
        var old = RecordCodecTests.edit(newest, ["v"]) { $0["v"] = 1 }
        for path in newer { old = RecordCodecTests.edit(old, path) { $0[path.last ?? ""] = nil } }
        #expect(try RecordDecoder.record(old).format == 1)
        for path in newer {
            let value = path.reduce(newest as JSONValue?) { $0?[$1] }
            let given = try #require(value, "\(path)")
            let mixed = RecordCodecTests.edit(old, path) { $0[path.last ?? ""] = given }
            let error = #expect(throws: BelljarError.self, "\(path)") { try RecordDecoder.record(mixed) }
            #expect(error?.code == .usage && error?.subject == path.joined(separator: "."))
            #expect(error?.answer == "is a member since format 2, and this is of format 1")
        }
    }

    // MARK: Makers

    /// To read it with the version that made it is no advice, if that is the one that refuses it.
    @Test func aRecordThatSaysThisBelljarMadeItWasChanged() throws {
        var record = try RecordCodecTests.record()
        record.observed.runnerVersion = OwnVersion.text
        let document = try record.json()
        let changed = [
            RecordCodecTests.edit(document, ["x"]) { $0["x"] = 1 },
            RecordCodecTests.edit(document, ["v"]) { $0["v"] = 3 },
            RecordCodecTests.edit(document, ["definition", "controls", "clock"]) { $0["clock"] = "sorted" },
        ]
        for changed in changed {
            let error = #expect(throws: BelljarError.self) { try RecordDecoder.record(changed) }
            #expect(error?.remedy?.contains("belljar \(OwnVersion.text) made it, which is this one") == true)
            #expect(error?.remedy?.contains("fork") == true)
        }
    }

    // MARK: What a recipe could say

    @Test func whatNoRecipeSaysIsRefused() throws {
        typealias Change = (inout BuildRecord.Definition) -> Void
        func source(_ kind: SourceKind<SourceAddress>) -> Change { { $0.sources[0].kind = kind } }
        let commit = String(repeating: "ab", count: 20)
        let changes: [(String, Change)] = [
            ("definition.sources.address", source(.git(repository: "ext::sh -c id", commit: commit))),
            ("definition.sources.address", source(.git(repository: "--upload-pack=id", commit: commit))),
            ("definition.sources.address", source(.git(repository: "https://me:pw@example.org/x", commit: commit))),
            ("definition.sources.commit", source(.git(repository: "r", commit: "main"))),
            ("definition.sources.address", source(.local(path: "../../etc"))),
            ("definition.sources.address", source(.local(path: ""))),
            ("definition.sources.address", source(.patch(path: "/../etc/passwd", strip: 1))),
            ("definition.sources.name", source(.file(.url("https://example.org/x"), name: "", isExecutable: true))),
            ("definition.sources.name", source(.file(.url("https://example.org/x"), name: "..", isExecutable: true))),
            ("definition.sources.into", { $0.sources[0].into = "a\nb" }),
            ("definition.steps.directory", { $0.steps[0].directory = "/etc" }),
            ("definition.steps.directory", { $0.steps[0].directory = "/build/../etc" }),
            ("definition.steps.directory", { $0.steps[0].directory = "/builder" }),
            ("definition.steps.argv", { $0.steps[0].argv = [] }),
            ("definition.steps.argv", { $0.steps[0].argv = ["/bin/evil"] }),
            ("definition.steps.argv", { $0.steps[0].argv[3] = "-l" }),
            ("definition.steps.argv", { $0.steps[0].argv.append("more") }),
            ("definition.steps.argv", { $0.steps[0].argv[4] = " \n" }),
            ("definition.steps.name", { $0.steps.append($0.steps[0]) }),
            ("definition.environment.A=B", { $0.environment["A=B"] = "x" }),
            ("definition.environment.BIG", { $0.environment["BIG"] = String(repeating: "x", count: 65_537) }),
            ("definition.outputs", { $0.outputs = ["../x"] }),
            ("definition.outputs", { $0.outputs = ["a", "a"] }),
            ("definition.outputs", { $0.outputs = [] }),
            ("definition.outputs", { $0.outputs = (0...4096).map(String.init) }),
            ("definition.steps", { $0.steps = [] }),
            ("definition.environment", { for index in 0...300 { $0.environment["V\(index)"] = "" } }),
            ("definition.requires.kernel", { $0.requirements.kernel = "06.12" }),
            ("definition.requires.diskBytes", { $0.requirements.diskBytes = (1 << 50) + 1 }),
            ("definition.seed", { $0.seed = String(repeating: "x", count: 257) }),
            ("definition.inputs.name", { $0.inputs[0].name = $0.name }),
            ("definition.secrets.variable", { $0.secrets = [.init(name: "t", variable: "A", steps: [])] }),
        ]
        for (place, change) in changes {
            let document = try RecordCodecTests.record { definition in
                definition.sources.removeLast(2)
                change(&definition)
            }.json()
            let error = #expect(throws: BelljarError.self, "\(place)") { try RecordDecoder.record(document) }
            #expect(error?.code == .usage && error?.withoutIndices == place)
            #expect(error?.description.contains("pw@") == false)
        }
    }

    /// What a kind of source has no use for.
    @Test func aSourceHasTheMembersOfItsKind() throws {
        let all: [String: JSONValue] = [
            "commit": .string(String(repeating: "ab", count: 20)), "strip": 1, "name": "x", "executable": true,
        ]
        let kinds: [(SourceKind<SourceAddress>, Set<String>)] = [
            (.archive(.url("https://example.org/x"), strip: 0), ["strip"]), (.local(path: "x"), []),
            (.file(.url("https://example.org/x"), name: "y", isExecutable: false), ["name", "executable"]),
            (.patch(path: "x", strip: 0), ["strip"]),
            (.git(repository: "r", commit: String(repeating: "cd", count: 20)), ["commit"]),
        ]
        for (kind, uses) in kinds {
            let record = try RecordCodecTests.record { definition in
                definition.sources.removeLast(2)
                definition.sources[0].kind = kind
            }
            let document = try record.json()
            #expect(try RecordDecoder.record(document) == record)
            for (name, value) in all {
                let changed = RecordCodecTests.edit(document, ["definition", "sources"]) { members in
                    guard var source = members["sources"]?.array?.first?.object else { return }
                    source[name] = value
                    members["sources"] = [.object(source)]
                }
                let subject: String?
                do throws(BelljarError) {
                    _ = try RecordDecoder.record(changed)
                    subject = nil
                } catch { subject = error.withoutIndices }
                #expect(subject == (uses.contains(name) ? nil : "definition.sources.\(name)"), "\(kind.name) \(name)")
            }
        }
    }

    // MARK: What the kernel starts

    @Test func aScriptIsAnArgument() throws {
        for (count, isGood) in [(131_071, true), (131_072, false)] {
            let document = try RecordCodecTests.record {
                $0.steps[0].argv[4] = String(repeating: "a", count: count)
            }.json()
            if isGood {
                #expect(try RecordDecoder.record(document).definition.steps[0].argv[4].utf8.count == count)
            } else {
                let error = #expect(throws: BelljarError.self) { try RecordDecoder.record(document) }
                #expect(error?.code == .usage && error?.withoutIndices == "definition.steps.argv")
                #expect(error?.answer.contains("at most 131071 are accepted: ") == true)
                #expect(error?.answer.hasSuffix("(MAX_ARG_STRLEN)") == true)
            }
        }
    }

    /// Each variable is short enough, and all of them are too many.
    @Test func allVariablesHaveRoomTogether() throws {
        for (count, isGood) in [(31, true), (33, false)] {
            let document = try RecordCodecTests.record { definition in
                for index in 0..<count { definition.environment["V\(index)"] = String(repeating: "x", count: 65_536) }
            }.json()
            if isGood {
                #expect(try RecordDecoder.record(document).definition.environment.count > count)
            } else {
                let error = #expect(throws: BelljarError.self) { try RecordDecoder.record(document) }
                #expect(error?.code == .usage && error?.withoutIndices == "definition.steps.argv")
                #expect(error?.answer.contains("the variables and a step's script have ") == true)
            }
        }
    }
}

extension BelljarError {
    /// The subject, whichever element of a list it is in.
    fileprivate var withoutIndices: String { subject.replacing(#/\[\d+\]/#, with: "") }
}
