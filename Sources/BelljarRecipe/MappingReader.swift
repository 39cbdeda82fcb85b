internal import BelljarModel

/// One mapping, being read value by value. Every reader adds what is wrong to the mistakes and returns nil.
final class MappingReader {
    let node: YAMLNode
    let mistakes: Mistakes
    private let title: String
    private let values: [String: YAMLNode]
    /// Where keys are noted down instead of read; the mapping is then empty.
    private var declared: DeclaredKeys?
    /// The keys that were asked for, and the kind that was chosen.
    private var asked: Set<String> = []
    private var kind: String?
    private var isRefused = false

    init(_ node: YAMLNode, _ entries: [YAMLNode.Entry], _ title: String, _ mistakes: Mistakes) {
        self.node = node
        self.title = title
        self.mistakes = mistakes
        values = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
    }

    convenience init(declaring keys: DeclaredKeys, _ title: String) {
        self.init(YAMLNode(content: .mapping([]), line: 0, column: 0), [], title, Mistakes(file: title))
        declared = keys
    }

    /// Where the value of a key stands, if it is there.
    func node(of key: String) -> YAMLNode? { values[key] }

    var location: SourceLocation { mistakes.location(of: node) }

    // MARK: keys

    /// - Parameters:
    ///   - description: one line for people, which editors show.
    ///   - why: completes the message if the key is missing: `: a source without it can change`.
    func required<Value>(
        _ key: String, _ rule: ValueRule<Value>, _ description: String, why: String = ""
    ) -> Value? {
        declared?.add(key) { .required(key, rule.schema, description) }
        if values[key] == nil, !isRefused { mistakes.add("missing key \"\(key)\" in \(title)\(why)", at: node) }
        return value(of: key, rule)
    }

    func required<Value>(
        _ key: String, _ rule: TextRule<Value>, _ description: String, why: String = ""
    ) -> Value? {
        required(key, .text(rule), description, why: why)
    }

    func optional<Value>(_ key: String, _ rule: ValueRule<Value>, _ description: String) -> Value? {
        declared?.add(key) { .optional(key, rule.schema, description) }
        return value(of: key, rule)
    }

    func optional<Value>(_ key: String, _ rule: TextRule<Value>, _ description: String) -> Value? {
        optional(key, .text(rule), description)
    }

    private func value<Value>(of key: String, _ rule: ValueRule<Value>) -> Value? {
        asked.insert(key)
        guard !isRefused, let node = values[key] else { return nil }
        return rule.read(node, key, mistakes)
    }

    // MARK: kinds

    /// A key that says which of several kinds a mapping is of, and what is read of one.
    struct Kind<Value> {
        let key: String
        let read: (MappingReader) -> Value?

        init<Part>(
            _ key: String, _ rule: ValueRule<Part>, _ description: String,
            _ read: @escaping (Part?, MappingReader) -> Value?
        ) {
            self.key = key
            self.read = { reader in read(reader.required(key, rule, description), reader) }
        }

        init<Part>(
            _ key: String, _ rule: TextRule<Part>, _ description: String,
            _ read: @escaping (Part?, MappingReader) -> Value?
        ) {
            self.init(key, .text(rule), description, read)
        }
    }

    /// Reads what the mapping is of several kinds. Keys of other kinds are then refused.
    ///
    /// - Parameter mistake: the message if not exactly one of the keys is there; it is given those that are.
    func oneOf<Value>(_ kinds: [Kind<Value>], otherwise mistake: ([String]) -> String) -> Value? {
        if let declared {
            for kind in kinds { declared.add(name: kind.key) }
            for kind in kinds {
                let keys = declared.another()
                _ = kind.read(MappingReader(declaring: keys, title))
                declared.add(kind: keys)
            }
            return nil
        }
        let given = kinds.filter { values[$0.key] != nil }
        guard let chosen = given.first, given.count == 1 else {
            refuse(mistake(given.map(\.key)))
            return nil
        }
        kind = chosen.key
        return chosen.read(self)
    }

    /// What a schema can say, too, of keys that do not go together.
    func forbid(_ schema: @autoclosure () -> JSONSchema) { declared?.forbid(schema) }

    /// Adds a mistake that makes the rest of the mapping meaningless: nothing more is read of it.
    func refuse(_ mistake: String) {
        mistakes.add(mistake, at: node)
        stop()
    }

    /// Reads nothing more of the mapping, for a mistake that was reported already.
    func stop() { isRefused = true }

    /// Reports keys that exist, but for another kind of mapping than this one is.
    func refuseStrangers() {
        guard let kind else { return }
        for (key, value) in values where !asked.contains(key) {
            mistakes.add("\"\(key)\" does not go with \(title) of kind \"\(kind)\"", at: value)
        }
    }
}
