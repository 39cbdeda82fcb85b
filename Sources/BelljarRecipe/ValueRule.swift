internal import BelljarModel

/// What a value has to be: a text by a rule, a number, a list, a mapping.
struct ValueRule<Value>: Sendable {
    /// Made when it is asked for: reading does not need it.
    private let makeSchema: @Sendable () -> JSONSchema
    /// Adds what is wrong to the mistakes and returns nil, so that reading goes on to the next mistake. The text is what the
    /// value is called in messages: the name of its key.
    let read: @Sendable (YAMLNode, String, Mistakes) -> Value?

    init(
        _ schema: @autoclosure @escaping @Sendable () -> JSONSchema,
        _ read: @escaping @Sendable (YAMLNode, String, Mistakes) -> Value?
    ) {
        makeSchema = schema
        self.read = read
    }

    var schema: JSONSchema { makeSchema() }
}

/// A value and where it stands.
struct Placed<Value> {
    var value: Value
    var node: YAMLNode
}

// MARK: single values

extension ValueRule {
    /// The text of a scalar, taken exactly as written (`1.10` stays `1.10`), by a rule.
    static func text(_ rule: TextRule<Value>) -> ValueRule {
        ValueRule(rule.schema) { node, label, mistakes in
            scalar(node, label, "text", node.text, mistakes) { (text) throws(Wrong) in
                guard !text.utf8.contains(0) else { throw Wrong("contains a NUL byte") }
                return try rule(text)
            }
        }
    }

    /// A value of a scalar.
    ///
    /// - Parameters:
    ///   - kind: what was expected, for the message.
    ///   - text: nil if the node is none.
    private static func scalar(
        _ node: YAMLNode, _ label: String, _ kind: String, _ text: String?, _ mistakes: Mistakes,
        _ read: (String) throws(Wrong) -> Value
    ) -> Value? {
        guard let text else {
            mistakes.addUnlessRefused("\(label) must be \(kind), not \(node.kindName)", at: node)
            return nil
        }
        do throws(Wrong) {
            return try read(text)
        } catch {
            mistakes.add(error.message(label, text), at: node)
            return nil
        }
    }
}

extension ValueRule<UInt64> {
    /// Decimal digits without quotes.
    static func whole(_ range: ClosedRange<UInt64>) -> ValueRule {
        ValueRule(.integer(Int64(range.lowerBound)...Int64(range.upperBound))) { node, label, mistakes in
            scalar(node, label, "a whole number", node.plainText, mistakes) { (text) throws(Wrong) in
                try Rules.whole(text, in: range)
            }
        }
    }
}

extension ValueRule<Bool> {
    static var flag: ValueRule {
        ValueRule(.boolean) { node, label, mistakes in
            switch node.plainText {
            case "true": return true
            case "false": return false
            default:
                mistakes.addUnlessRefused("\(label) must be true or false, without quotes", at: node)
                return nil
            }
        }
    }
}

// MARK: values within values

extension ValueRule {
    static func mapping(_ rule: MappingRule<Value>) -> ValueRule {
        ValueRule(rule.schema) { node, _, mistakes in rule.read(node, mistakes) }
    }

    /// A list. Members that are wrong are left out of what is read.
    ///
    /// - Parameters:
    ///   - member: what one member is called in messages: `output`.
    ///   - count: from 0 or 1.
    static func list<Element>(
        of rule: ValueRule<Element>, _ member: String, _ count: ClosedRange<Int>
    ) -> ValueRule where Value == [Element] {
        ValueRule(.array(of: rule.schema, count: count)) { node, label, mistakes in
            members(node, label, count, mistakes).map { $0.compactMap { rule.read($0, member, mistakes) } }
        }
    }

    /// A list of texts, each once; one that is there already is reported.
    static func distinct(
        _ rule: TextRule<String>, _ member: String, _ count: ClosedRange<Int>
    ) -> ValueRule where Value == [Placed<String>] {
        ValueRule(.array(of: rule.schema, count: count, areUnique: true)) { node, label, mistakes in
            guard let members = members(node, label, count, mistakes) else { return nil }
            // By bytes: to Swift two spellings of a name are one.
            var lines: [[UInt8]: Int] = [:]
            return members.compactMap { node in
                guard let text = ValueRule<String>.text(rule).read(node, member, mistakes) else { return nil }
                if let line = lines[Array(text.utf8)] {
                    mistakes.add(
                        "duplicate \(member) \(quoted(text)); it is already given in line \(line)", at: node)
                    return nil
                }
                lines[Array(text.utf8)] = node.line
                return Placed(value: text, node: node)
            }
        }
    }

    private static func members(
        _ node: YAMLNode, _ label: String, _ count: ClosedRange<Int>, _ mistakes: Mistakes
    ) -> [YAMLNode]? {
        guard case .sequence(let members) = node.content else {
            let list = node.text.flatMap { $0.utf8.count <= 60 && !$0.contains("\n") ? ": write [\($0)]" : nil } ?? ""
            mistakes.addUnlessRefused("\(label) must be a list, not \(node.kindName)\(list)", at: node)
            return nil
        }
        guard members.count <= count.upperBound else {
            mistakes.add("\(label) has \(members.count) elements; at most \(count.upperBound) are accepted", at: node)
            return nil
        }
        if members.count < count.lowerBound { mistakes.add("\(label) must have at least one element", at: node) }
        return members
    }

    /// A mapping whose keys are free.
    ///
    /// - Parameter entry: what one entry is called in messages: `variable`.
    static func entries(
        _ keys: TextRule<String>, _ values: TextRule<String>, _ entry: String, limit: Int
    ) -> ValueRule where Value == [String: String] {
        // A key has no type of its own in JSON.
        ValueRule(.map(keys: keys.schema.with("type", "string"), values: values.schema, count: 0...limit)) {
            node, label, mistakes in
            guard case .mapping(let entries) = node.content else {
                mistakes.addUnlessRefused("\(label) must be a mapping, not \(node.kindName)", at: node)
                return nil
            }
            guard entries.count <= limit else {
                mistakes.add("\(label) has \(entries.count) members; at most \(limit) are accepted", at: node)
                return nil
            }
            let pairs = entries.compactMap { given -> (String, String)? in
                let key = ValueRule<String>.text(keys).read(given.keyNode, entry, mistakes)
                let value = ValueRule<String>.text(values).read(given.value, "value of \(given.key)", mistakes)
                return key.flatMap { key in value.map { (key, $0) } }
            }
            return Dictionary(pairs) { first, _ in first }
        }
    }
}
