internal import BelljarModel

/// One mapping with known keys, being read value by value.
///
/// Every reader adds what is wrong to the mistakes and returns nil, so that reading goes on to the next mistake.
struct Form {
    let node: YAMLNode
    /// What the mapping is, with its article: `a recipe`.
    let title: String
    let mistakes: Mistakes
    private let values: [String: YAMLNode]

    /// Nil if the node is not a mapping. Keys that are not known are reported here.
    ///
    /// - Parameter advice: for keys that people expect but that do not exist: what to do instead.
    init?(_ node: YAMLNode, _ title: String, keys: [String], advice: [String: String] = [:], mistakes: Mistakes) {
        guard case .mapping(let entries) = node.content else {
            if case .refused = node.content { return nil }
            mistakes.add("\(title) must be a mapping, not \(node.kindName)", at: node)
            return nil
        }
        self.node = node
        self.title = title
        self.mistakes = mistakes
        values = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
        for entry in entries where !keys.contains(entry.key) {
            let hint = NearMatch.hint(for: entry.key, among: keys)
            let help =
                advice[entry.key].map { "; " + $0 }
                ?? (hint.isEmpty ? "; known keys: \(keys.joined(separator: ", "))" : hint)
            mistakes.add("unknown key \(quoted(entry.key)) in \(title)\(help)", at: entry.keyNode)
        }
    }

    func has(_ key: String) -> Bool { values[key] != nil }

    /// The value of a key that must be there. `why` completes the message: `: a source without it can change`.
    func node(_ key: String, why: String = "") -> YAMLNode? {
        if let node = values[key] { return node }
        mistakes.add("missing key \"\(key)\" in \(title)\(why)", at: node)
        return nil
    }

    // MARK: values

    func required<Value>(
        _ key: String, why: String = "", _ rule: (String) throws(Wrong) -> Value
    ) -> Value? {
        node(key, why: why).flatMap { text($0, key, rule) }
    }

    func optional<Value>(_ key: String, _ rule: (String) throws(Wrong) -> Value) -> Value? {
        values[key].flatMap { text($0, key, rule) }
    }

    func requiredWhole(_ key: String, _ range: ClosedRange<UInt64>) -> UInt64? {
        node(key).flatMap { whole($0, key, range) }
    }

    func optionalWhole(_ key: String, _ range: ClosedRange<UInt64>) -> UInt64? {
        values[key].flatMap { whole($0, key, range) }
    }

    func optionalBool(_ key: String) -> Bool? {
        guard let node = values[key] else { return nil }
        switch node.content {
        case .scalar("true", .plain): return true
        case .scalar("false", .plain): return false
        case .refused: return nil
        default:
            mistakes.add("\(key) must be true or false, without quotes", at: node)
            return nil
        }
    }

    /// The members of a list that must be there and have one member at least.
    func requiredList(_ key: String, limit: Int) -> [YAMLNode] {
        guard let node = node(key), let list = list(node, key, limit: limit) else { return [] }
        if list.isEmpty { mistakes.add("\(key) must have one member at least", at: node) }
        return list
    }

    func optionalList(_ key: String, limit: Int) -> [YAMLNode] {
        values[key].flatMap { list($0, key, limit: limit) } ?? []
    }

    /// The members of a list of texts, each by a rule; one that is there already is reported.
    ///
    /// - Parameter label: what one member is called: `output`.
    func texts(
        _ members: [YAMLNode], _ label: String, _ rule: (String) throws(Wrong) -> String
    ) -> [(text: String, node: YAMLNode)] {
        var lines: [String: Int] = [:]
        var texts: [(text: String, node: YAMLNode)] = []
        for member in members {
            guard let text = text(member, label, rule) else { continue }
            if let line = lines[text] {
                mistakes.add("duplicate \(label) \(quoted(text)); it is already given in line \(line)", at: member)
                continue
            }
            lines[text] = member.line
            texts.append((text, member))
        }
        return texts
    }

    /// The entries of a mapping whose keys are free.
    func optionalEntries(_ key: String, limit: Int) -> [YAMLNode.Entry] {
        guard let node = values[key] else { return [] }
        switch node.content {
        case .mapping(let entries):
            if entries.count <= limit { return entries }
            mistakes.add("\(key) has \(entries.count) members; at most \(limit) are accepted", at: node)
        case .refused: break
        default: mistakes.add("\(key) must be a mapping, not \(node.kindName)", at: node)
        }
        return []
    }

    /// A form for a mapping inside this one, if the key is there.
    func optionalForm(_ key: String, _ title: String, keys: [String]) -> Form? {
        values[key].flatMap { Form($0, title, keys: keys, mistakes: mistakes) }
    }

    // MARK: single nodes

    /// The text of a scalar, taken exactly as written (`1.10` stays `1.10`), by a rule.
    func text<Value>(_ node: YAMLNode, _ label: String, _ rule: (String) throws(Wrong) -> Value) -> Value? {
        guard case .scalar(let text, let style) = node.content, !YAMLNode.isNothing(text, style) else {
            if case .refused = node.content { return nil }
            mistakes.add("\(label) must be text, not \(node.kindName)", at: node)
            return nil
        }
        do throws(Wrong) {
            guard !text.utf8.contains(0) else { throw Wrong("contains a NUL byte") }
            return try rule(text)
        } catch {
            mistakes.add(error.message(label, text), at: node)
            return nil
        }
    }

    private func whole(_ node: YAMLNode, _ label: String, _ range: ClosedRange<UInt64>) -> UInt64? {
        guard case .scalar(let text, .plain) = node.content, !YAMLNode.isNothing(text, .plain) else {
            if case .refused = node.content { return nil }
            mistakes.add("\(label) must be a whole number, not \(node.kindName)", at: node)
            return nil
        }
        do throws(Wrong) {
            return try Rules.whole(text, in: range)
        } catch {
            mistakes.add(error.message(label, text), at: node)
            return nil
        }
    }

    private func list(_ node: YAMLNode, _ label: String, limit: Int) -> [YAMLNode]? {
        switch node.content {
        case .sequence(let members):
            if members.count <= limit { return members }
            mistakes.add("\(label) has \(members.count) members; at most \(limit) are accepted", at: node)
        case .refused: break
        default: mistakes.add("\(label) must be a list, not \(node.kindName)", at: node)
        }
        return nil
    }
}
