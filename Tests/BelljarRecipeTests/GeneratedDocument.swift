import BelljarModel

/// The same sequence in every run, so that a failure can be met again (SplitMix64, Steele et al. 2014).
struct Randomness: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A value as it is spelled in YAML, whose meaning depends on that.
indirect enum Spelled {
    case quoted(String)
    case plain(String)
    case list([Spelled])
    case mapping([(key: Spelled, value: Spelled)])

    /// In one line. What has no plain letters but those of JSON is JSON, too.
    var text: String {
        switch self {
        case .quoted(let text): Self.quotes(text)
        case .plain(let text): text
        case .list(let members): "[" + members.map(\.text).joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{" + entries.map { "\($0.key.text): \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }

    /// Everything without quotes in it.
    var plainTexts: [String] {
        switch self {
        case .quoted: []
        case .plain(let text): [text]
        case .list(let members): members.flatMap(\.plainTexts)
        case .mapping(let entries): entries.flatMap { $0.key.plainTexts + $0.value.plainTexts }
        }
    }

    var isJSON: Bool {
        switch self {
        case .quoted: true
        case .plain(let text): Samples.plainJSON.contains(text) || Int64(text).map(String.init) == text
        case .list(let members): members.allSatisfy(\.isJSON)
        case .mapping(let entries):
            entries.allSatisfy { entry in
                if case .quoted = entry.key { entry.value.isJSON } else { false }
            }
        }
    }

    private static func quotes(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: quoted += "\\\(scalar)"
            case 0x20..<0x7F: quoted.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return quoted + "\""
    }
}

/// Makes documents of what a schema declares, and breaks some of them.
struct DocumentMaker {
    var randomness: Randomness
    /// How often something is wrong, of a thousand values.
    var rate = 0
    /// Whether plain texts are those of JSON alone, which is quicker to read.
    var isJSON = true
    private let isAlwaysJSON: Bool
    private var matching: [String: [String]] = [:]

    /// - Parameter isAlwaysJSON: for what is never read as YAML.
    init(seed: UInt64, isAlwaysJSON: Bool = false) {
        randomness = Randomness(state: seed)
        self.isAlwaysJSON = isAlwaysJSON
    }

    mutating func document(_ schema: JSONValue) throws -> Spelled {
        rate = [0, 0, 5, 20, 100].randomElement(using: &randomness) ?? 0
        isJSON = isAlwaysJSON || !chance(100)
        let made = try value(schema)
        let likely = chance(800) ? made.withoutSecrets : made
        return chance(30) ? likely.withItselfAsInput : likely
    }

    private mutating func chance(_ ofThousand: Int) -> Bool {
        Int.random(in: 0..<1000, using: &randomness) < ofThousand
    }

    private mutating func one(of texts: [String]) -> String { texts.randomElement(using: &randomness) ?? "" }

    private mutating func plain() -> String { one(of: isJSON ? Samples.plainJSON : Samples.plain) }

    // MARK: values

    private mutating func value(_ schema: JSONValue) throws -> Spelled {
        if chance(rate) { return anything() }
        if let kinds = schema["oneOf"]?.array, let kind = kinds.randomElement(using: &randomness) {
            if chance(rate), let other = kinds.randomElement(using: &randomness) {
                return try value(mixed(kind, other))
            }
            return try value(kind)
        }
        switch schema["const"] {
        case .integer(let number): return .plain(String(number))
        case .bool(let flag): return .plain(String(flag))
        case .string(let text): return spelled(text)
        default: break
        }
        if let words = schema["enum"]?.array { return spelled(one(of: words.compactMap(\.string))) }
        let types = schema["type"]?.array?.compactMap(\.string) ?? [schema["type"]?.string ?? ""]
        switch types[chance(800) ? 0 : Int.random(in: 0..<types.count, using: &randomness)] {
        case "object": return try object(schema)
        case "array": return try list(schema)
        case "string": return spelled(try text(schema))
        case "integer": return .plain(whole(schema))
        case "boolean": return .plain(chance(500) ? "true" : "false")
        default: return .plain(plain())
        }
    }

    /// One kind of object, with one of its members as another kind has it.
    private mutating func mixed(_ kind: JSONValue, _ other: JSONValue) -> JSONValue {
        guard case .object(var members) = kind, var properties = members["properties"]?.object,
            let member = other["properties"]?.object?.sorted(by: { $0.key < $1.key })
                .filter({ properties[$0.key] != nil }).randomElement(using: &randomness)
        else { return kind }
        properties[member.key] = member.value
        members["properties"] = .object(properties)
        return .object(members)
    }

    private mutating func anything() -> Spelled {
        switch Int.random(in: 0..<8, using: &randomness) {
        case 0..<3: return .plain(plain())
        case 3..<6: return spelled(one(of: Samples.texts))
        case 6: return .list(chance(500) ? [] : [.plain("1")])
        default: return .mapping(chance(500) ? [] : [(.quoted("name"), .quoted("x"))])
        }
    }

    /// Without quotes if that can be read as the same text.
    private mutating func spelled(_ text: String) -> Spelled {
        let isWord = !text.isEmpty && text.utf8.allSatisfy { Samples.wordBytes.contains($0) }
        let isSafe = isWord && text.first.map { !"-+.~=:".contains($0) } ?? false && !text.hasSuffix(":")
        return !isJSON && isSafe && chance(500) ? .plain(text) : .quoted(text)
    }

    private mutating func text(_ schema: JSONValue) throws -> String {
        if chance(2), let length = schema["maxLength"]?.integer {
            return String(repeating: "a", count: Int(length) + (chance(500) ? 1 : 0))
        }
        if chance(2) { return one(of: Samples.long) }
        if chance(rate) { return one(of: Samples.texts) }
        return one(of: try candidates(schema["pattern"]?.string ?? ""))
    }

    /// The samples that match a pattern. Each pattern has some, or nothing of it would be tried.
    private mutating func candidates(_ pattern: String) throws -> [String] {
        if let known = matching[pattern] { return known }
        let regex = try Regex(pattern).matchingSemantics(.unicodeScalar)
        let found = Samples.texts.filter { $0.contains(regex) }
        guard found.count > 1 else { throw Samples.Missing(pattern: pattern) }
        matching[pattern] = found
        return found
    }

    private mutating func whole(_ schema: JSONValue) -> String {
        let (least, most) = (schema["minimum"]?.integer ?? 0, schema["maximum"]?.integer ?? 0)
        if chance(rate) { return String([least - 1, most + 1].randomElement(using: &randomness) ?? 0) }
        return String(
            [least, most, Int64.random(in: least...most, using: &randomness)].randomElement(using: &randomness) ?? 0)
    }

    // MARK: values within values

    private mutating func list(_ schema: JSONValue) throws -> Spelled {
        if let items = schema["prefixItems"]?.array {
            var members: [Spelled] = []
            for item in items where !chance(rate) { members.append(try value(item)) }
            return .list(members)
        }
        let least = Int(schema["minItems"]?.integer ?? 0)
        let most = Int(schema["maxItems"]?.integer ?? Int64(least) + 2)
        var count = Int.random(in: least...max(least, min(most, least + 2)), using: &randomness)
        if chance(rate) { count = 0 }
        if chance(rate / 20), most < 300 { count = most + 1 }
        var members: [Spelled] = []
        for _ in 0..<count { members.append(try value(schema["items"] ?? .null)) }
        if chance(rate), let first = members.first { members.append(first) }
        return .list(members)
    }

    private mutating func object(_ schema: JSONValue) throws -> Spelled {
        guard let properties = schema["properties"]?.object else { return try entries(schema) }
        let required = Set(schema["required"]?.array?.compactMap(\.string) ?? [])
        var entries: [(key: Spelled, value: Spelled)] = []
        for (name, property) in properties.sorted(by: { $0.key < $1.key }) {
            guard required.contains(name) ? !chance(rate) : chance(350) else { continue }
            entries.append((spelled(name), try value(property)))
        }
        if chance(rate) { entries.append((.quoted(one(of: ["colour", "Name", "sha1", "branch", ""])), anything())) }
        if chance(rate) {
            let strangers = ["strip", "commit", "links", "size", "packages", "file"].filter { properties[$0] == nil }
            entries.append((.quoted(one(of: strangers)), anything()))
        }
        entries.shuffle(using: &randomness)
        return .mapping(entries)
    }

    private mutating func entries(_ schema: JSONValue) throws -> Spelled {
        var keys: [String: Spelled] = [:]
        for _ in 0..<Int.random(in: 0...3, using: &randomness) {
            let key = try text(schema["propertyNames"] ?? .null)
            keys[key] = spelled(key)
        }
        if !isJSON, chance(100) { keys["true"] = .plain("true") }
        if chance(rate / 20) { for index in 0...256 { keys["V\(index)"] = .quoted("V\(index)") } }
        var entries: [(key: Spelled, value: Spelled)] = []
        for key in keys.keys.sorted() {
            guard let spelled = keys[key] else { continue }
            entries.append((spelled, try value(schema["additionalProperties"] ?? .null)))
        }
        return .mapping(entries)
    }
}

extension Spelled {
    /// A recipe or definition of which an input is itself, which hardly ever comes about by chance.
    fileprivate var withItselfAsInput: Spelled {
        guard let name = self["name"] ?? self["recipe"]?["name"] else { return self }
        guard self["recipe"] != nil else { return with("inputs", .list([name])) }
        guard case .list(let inputs) = self["inputs"], let first = inputs.first else { return self }
        return with("inputs", .list([first.with("name", name)] + inputs.dropFirst()))
    }

    private subscript(key: String) -> Spelled? {
        guard case .mapping(let entries) = self else { return nil }
        return entries.first { $0.key.isKey(key) }?.value
    }

    private func with(_ key: String, _ value: Spelled) -> Spelled {
        guard case .mapping(let entries) = self else { return self }
        return .mapping(entries.filter { !$0.key.isKey(key) } + [(.quoted(key), value)])
    }

    private func isKey(_ key: String) -> Bool {
        switch self {
        case .quoted(key), .plain(key): true
        default: false
        }
    }

    /// Without the keys `secrets`: which step gets which secret is nothing that a schema knows, and hardly ever right by
    /// chance.
    fileprivate var withoutSecrets: Spelled {
        switch self {
        case .quoted, .plain: return self
        case .list(let members): return .list(members.map(\.withoutSecrets))
        case .mapping(let entries):
            let kept = entries.filter { entry in
                switch entry.key {
                case .quoted("secrets"), .plain("secrets"): false
                default: true
                }
            }
            return .mapping(kept.map { ($0.key, $0.value.withoutSecrets) })
        }
    }
}
