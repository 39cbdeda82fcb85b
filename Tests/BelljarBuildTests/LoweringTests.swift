import BelljarControls
import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarBuild

/// The cache key covers a definition by construction: of every member, also of one that is added later, either a change is
/// another key, or `Lowering.leftOut` says why not.
@Suite struct LoweringTests {
    private static func digest(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }
    private static func tree(_ text: String) -> TreeDigest { TreeDigest(digest: digest(text), size: 7) }

    /// A definition that has every member.
    private static let definition = BuildRecord.Definition(
        name: "hello", version: "2.10", toolchain: .init(name: "c", lock: digest("lock"), image: tree("image")),
        sources: [
            .init(
                kind: .git(repository: "r", commit: String(repeating: "ab", count: 20)), digest: digest("git"),
                size: 5, into: "git"),
            .init(kind: .local(path: "src"), digest: digest("local"), size: 5, into: "local"),
            .init(
                kind: .file(.url("https://example.org/x"), name: "x", isExecutable: true), digest: digest("file"),
                size: 9, into: "etc"),
        ],
        inputs: [.init(name: "zlib", tree: tree("zlib"), definition: digest("definition"))],
        steps: [.init(name: "build", argv: BuildWorld.argv(script: "make"), directory: "/build/src")],
        environment: ["A": "1"], outputs: ["bin/hello"], epoch: 1_700_000_000,
        limits: ResourceLimits(
            graceSeconds: 1, memoryBytes: 1 << 30, scratchInodes: 5000, outputFiles: 70, outputBytes: 80, openFiles: 99),
        requirements: .init(kernel: "6.12", features: ["overlay"], memoryBytes: 1, diskBytes: 2, isa: .v3),
        sandbox: .init(profile: "strict/1", baseline: "6.1", network: "none"), controls: .standard,
        constants: ["umask": "022"], seed: "dice", secrets: [.init(name: "token", variable: "TOKEN", steps: ["build"])])

    private static func key(_ definition: BuildRecord.Definition, _ sources: Sources) throws -> Digest {
        let plans = try sources.layOut(definition.sources)
        return try Lowering(
            definition: definition, sources: try plans.build.make().root, patches: nil, base: tree("base")
        ).action().key
    }

    /// The definition that a document is, as a record has it.
    private static func read(_ document: JSONValue) throws -> BuildRecord.Definition {
        var members = try #require(document.object)
        members["action"] = .digest(digest("action"))
        return try BuildRecord.KeyedDefinition(document: .object(members)).definition
    }

    /// Each place of a document at which there is a simple value: names, and positions in lists.
    private static func leaves(_ value: JSONValue) -> [[String]] {
        switch value {
        case .object(let members): members.flatMap { name, inner in leaves(inner).map { [name] + $0 } }
        case .array(let elements):
            elements.enumerated().flatMap { index, inner in leaves(inner).map { ["\(index)"] + $0 } }
        default: [[]]
        }
    }

    private static func edit(_ value: JSONValue, _ path: ArraySlice<String>) -> JSONValue {
        guard let name = path.first else { return other(value) }
        switch value {
        case .object(var members):
            if let control = Control(rawValue: name), case .string(let state)? = members[name] {
                members[name] = .string(control.states.map(\.rawValue).first { $0 != state } ?? state)
            } else if let inner = members[name] {
                members[name] = edit(inner, path.dropFirst())
            }
            return .object(members)
        case .array(var elements):
            if let index = Int(name) { elements[index] = edit(elements[index], path.dropFirst()) }
            return .array(elements)
        default: return value
        }
    }

    /// Another value that can stand in the place of this one.
    private static func other(_ value: JSONValue) -> JSONValue {
        switch value {
        case .integer(let number): return .integer(number + 1)
        case .bool(let flag): return .bool(!flag)
        case .string(let text):
            if Digest(prefixed: text) != nil { return .digest(digest(text)) }
            if text.utf8.count == 40 { return .string(String(repeating: "cd", count: 20)) }
            if InstructionSet(rawValue: text) != nil { return "x86-64-v4" }
            // A number stays one.
            return .string(text + (text.last?.isNumber == true ? "1" : "x"))
        default: return value
        }
    }

    private static func isSaidToDecideNothing(_ path: [String]) -> Bool {
        let names = path.filter { Int($0) == nil }
        for (place, reason) in Lowering.leftOut where names.joined(separator: ".").hasPrefix(place) {
            switch reason {
            case .decidesNothing: return true
            case .elsewhere(_, let exceptions): return names.last.map { exceptions[$0] != nil } ?? false
            }
        }
        return false
    }

    @Test func everyMemberIsPartOfTheKeyOrOnTheList() throws {
        let fixture = try SourceFixture()
        let absent = BelljarError(.internal, operation: "make", subject: "a tool", answer: "nobody needs it")
        let sources = Sources(
            store: fixture.store, fetcher: Once { () throws(BelljarError) in throw absent },
            sandbox: Once { () throws(BelljarError) in throw absent }, cancellation: Cancellation())
        let document = try Self.definition.json()
        let key = try Self.key(Self.definition, sources)
        #expect(try Self.key(Self.read(document), sources) == key)
        let leaves = Self.leaves(document)
        #expect(leaves.count > 60)
        for path in leaves {
            // What names a kind decides which other members there are.
            if path.last == "kind" { continue }
            let changed = Self.edit(document, path[...])
            #expect(changed != document, "\(path)")
            let read: BuildRecord.Definition
            do { read = try Self.read(changed) } catch let error as BelljarError {
                // A source has members that are of no use for its kind, and every script has the same shell.
                let isShell = path.dropLast().last == "argv" && path.last != "4"
                #expect(
                    isShell ? error.subject.hasPrefix("steps[0].argv[") : error.subject.hasPrefix("sources"),
                    "\(path): \(error)"
                )
                continue
            }
            let decides = try Self.key(read, sources) != key
            #expect(decides != Self.isSaidToDecideNothing(path), "\(path)")
        }
    }

    /// The places of all lists, the definition's own first.
    private static func lists(_ value: JSONValue) -> [[String]] {
        switch value {
        case .object(let members):
            members.keys.sorted().flatMap { name in lists(members[name] ?? .null).map { [name] + $0 } }
        case .array(let elements):
            [[]] + elements.indices.flatMap { index in lists(elements[index]).map { ["\(index)"] + $0 } }
        default: []
        }
    }

    private static func shorten(_ value: JSONValue, _ path: ArraySlice<String>) -> JSONValue {
        switch (value, path.first) {
        case (.array(let elements), nil): return .array(Array(elements.dropLast()))
        case (.object(var members), let name?):
            members[name] = shorten(members[name] ?? .null, path.dropFirst())
            return .object(members)
        case (.array(var elements), let name?):
            if let index = Int(name) { elements[index] = shorten(elements[index], path.dropFirst()) }
            return .array(elements)
        default: return value
        }
    }

    @Test func everyElementOfAListIsPartOfTheKey() throws {
        let fixture = try SourceFixture()
        let absent = BelljarError(.internal, operation: "make", subject: "a tool", answer: "nobody needs it")
        let sources = Sources(
            store: fixture.store, fetcher: Once { () throws(BelljarError) in throw absent },
            sandbox: Once { () throws(BelljarError) in throw absent }, cancellation: Cancellation())
        // No list is empty when its last element is gone.
        var definition = Self.definition
        definition.outputs.append("lib/x")
        definition.steps.append(
            .init(name: "more", argv: BuildWorld.argv(script: "more"), directory: "/build"))
        definition.secrets[0].steps.append("more")
        let document = try definition.json()
        let key = try Self.key(definition, sources)
        var tried: Set<String> = []
        for path in Self.lists(document) {
            // A list that must not be empty, and a shell that every step has.
            guard let read = try? Self.read(Self.shorten(document, path[...])), read != definition else { continue }
            let place = path.filter { Int($0) == nil }.joined(separator: ".")
            tried.insert(place)
            #expect(try Self.key(read, sources) != key || Self.isSaidToDecideNothing(path), "\(place)")
        }
        #expect(tried.isSuperset(of: ["inputs", "outputs", "secrets", "sources", "steps"]), "\(tried.sorted())")
    }

    /// The list has no line that is not needed.
    @Test func whatTheListNamesIsThere() throws {
        let paths = Self.leaves(try Self.definition.json()).map { $0.filter { Int($0) == nil }.joined(separator: ".") }
        for (place, reason) in Lowering.leftOut {
            #expect(paths.contains { $0 == place || $0.hasPrefix(place + ".") }, "\(place)")
            guard case .elsewhere(_, let exceptions) = reason else { continue }
            for name in exceptions.keys { #expect(paths.contains("\(place).\(name)"), "\(place).\(name)") }
        }
    }

    /// Bytes that decide every key there is: who changes them changes all of them, and has to mean it.
    @Test func theActionIsTheGoldenOne() throws {
        var definition = Self.definition
        definition.steps = [.init(name: "build", argv: ["/bin/sh", "-c", "make"], directory: "/build")]
        let lowered = try Lowering(
            definition: definition, sources: Self.tree("sources"), patches: Self.tree("patches"),
            base: Self.tree("base")
        ).action()
        #expect(String(decoding: lowered.plan, as: UTF8.self) == Self.goldenPlan)
        #expect(lowered.command.digest.digest.hex == "bffb30222495f95ac93d8b218e49f5858f306902d79261eab13348bdb8a4606e")
        #expect(
            lowered.action.inputRoot.digest.hex == "227c6441483fe618d291e5a7bd3596b57d0a0fbf6369eef1deacc90a0def7dbc")
        #expect(lowered.key.hex == "b8fffadc78dfd7ac78441a9ad81daf57ac2b7b3b41c25bb9819c7e5d541ab36c")
        // Whoever runs the action elsewhere needs the directories that no tree has.
        #expect(try lowered.directories.last.map { try DirectoryCodec.digest(of: $0) } == lowered.action.inputRoot)
        #expect(lowered.directories.last?.file("plan.json")?.digest == Digest(of: lowered.plan))
    }

    private static let goldenPlan = """
        {"controls":{"addresses":"fixed","clock":"frozen","cpu":"fixed","fs":"plain","identity":"fixed","mem\
        ory":"fixed","mtimes":"ordinal","order":"sorted","owners":"real","random":"seeded","stat":"virtual",\
        "umask":"022"},"epoch":1700000000,"limits":{"cpus":2,"fileBytes":8589934592,"logBytes":67108864,"mem\
        oryBytes":1073741824,"openFiles":99,"outputBytes":80,"outputFiles":70,"processes":4096,"scratchBytes\
        ":8589934592,"scratchInodes":5000,"timeoutSeconds":3600},"outputs":["bin/hello"],"recipe":{"name":"h\
        ello","version":"2.10"},"sandbox":{"baseline":"6.1","network":"none","profile":"strict/1"},"secrets"\
        :[{"name":"token","steps":["build"],"variable":"TOKEN"}],"seed":"dice","steps":[{"argv":["/bin/sh","\
        -c","make"],"directory":"/build","name":"build"}],"v":2}
        """
}
