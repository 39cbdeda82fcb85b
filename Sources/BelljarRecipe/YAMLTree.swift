internal import BelljarModel
internal import CYaml

/// Puts libyaml's events together to a tree, without recursion, refusing what has no place in a plain file of values.
struct YAMLTree {
    /// A sequence or mapping that has not ended yet. A mapping's items are its keys and values in turn.
    private struct Open {
        var isMapping: Bool
        var line: Int
        var column: Int
        var items: [YAMLNode] = []
    }

    let mistakes: Mistakes
    private var open: [Open] = []
    private var root: YAMLNode?
    private var documents = 0
    private var nodes = 0

    init(mistakes: Mistakes) { self.mistakes = mistakes }

    /// The root, after the last event.
    func finish() -> YAMLNode? {
        if documents == 0 { mistakes.add("the file is empty", line: 1, column: 1) }
        return root
    }

    /// Takes one event in; false if there is no point in going on.
    mutating func take(_ event: yaml_event_t) -> Bool {
        let (line, column) = unsafe (Int(event.start_mark.line) + 1, Int(event.start_mark.column) + 1)
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT:
            return unsafe startDocument(event, line: line, column: column)
        case YAML_ALIAS_EVENT:
            mistakes.add("aliases (*name) are not accepted; write the value out", line: line, column: column)
            return add(YAMLNode(content: .refused, line: line, column: column))
        case YAML_SCALAR_EVENT:
            return unsafe add(scalar(event, line: line, column: column))
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            unsafe refuse(anchor: start.anchor, tag: start.tag, line: line, column: column)
            return begin(Open(isMapping: false, line: line, column: column))
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            unsafe refuse(anchor: start.anchor, tag: start.tag, line: line, column: column)
            return begin(Open(isMapping: true, line: line, column: column))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            return end()
        default:
            // The start of the stream and the end of the document carry nothing.
            return true
        }
    }

    private mutating func startDocument(_ event: yaml_event_t, line: Int, column: Int) -> Bool {
        documents += 1
        guard documents == 1 else {
            mistakes.add("a second document begins here; a file holds one", line: line, column: column)
            return false
        }
        let start = unsafe event.data.document_start
        if unsafe start.version_directive != nil || start.tag_directives.start != start.tag_directives.end {
            mistakes.add("directives (%YAML, %TAG) are not accepted", line: line, column: column)
        }
        return true
    }

    private func scalar(_ event: yaml_event_t, line: Int, column: Int) -> YAMLNode {
        let data = unsafe event.data.scalar
        unsafe refuse(anchor: data.anchor, tag: data.tag, line: line, column: column)
        // libyaml has checked that its output is UTF-8; an escape may have put a NUL into it, so the length counts.
        let bytes = unsafe UnsafeBufferPointer(start: data.value, count: data.length)
        let text = unsafe String(decoding: bytes, as: UTF8.self)
        let style: YAMLNode.Style =
            switch unsafe data.style {
            case YAML_PLAIN_SCALAR_STYLE: .plain
            case YAML_LITERAL_SCALAR_STYLE: .literal
            default: .quoted
            }
        return YAMLNode(content: .scalar(text, style: style), line: line, column: column)
    }

    private func refuse(
        anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?, line: Int, column: Int
    ) {
        if unsafe anchor != nil { mistakes.add("anchors (&name) are not accepted", line: line, column: column) }
        if unsafe tag != nil {
            mistakes.add("tags (!name) are not accepted; the type follows from the key", line: line, column: column)
        }
    }

    private mutating func begin(_ node: Open) -> Bool {
        guard open.count < YAMLParser.maximumDepth else {
            mistakes.add(
                "nested deeper than \(YAMLParser.maximumDepth) levels", line: node.line, column: node.column)
            return false
        }
        open.append(node)
        return true
    }

    private mutating func end() -> Bool {
        guard let ended = open.popLast() else { return false }
        let content: YAMLNode.Content = ended.isMapping ? .mapping(entries(ended.items)) : .sequence(ended.items)
        return add(YAMLNode(content: content, line: ended.line, column: ended.column))
    }

    private mutating func add(_ node: YAMLNode) -> Bool {
        nodes += 1
        guard nodes <= YAMLParser.maximumNodes else {
            mistakes.add("more than \(YAMLParser.maximumNodes) values", line: node.line, column: node.column)
            return false
        }
        if open.isEmpty { root = node } else { open[open.count - 1].items.append(node) }
        return true
    }

    /// Pairs keys with values. Keys that cannot be used are reported and left out.
    private func entries(_ items: [YAMLNode]) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            let (key, value) = (items[index], items[index + 1])
            guard case .scalar(let name, let style) = key.content else {
                if case .refused = key.content { continue }
                mistakes.add("a key must be text, not \(key.kindName)", at: key)
                continue
            }
            if name == "<<", style == .plain {
                mistakes.add("merge keys (<<) are not accepted; write the keys out", at: key)
                continue
            }
            if let line = lines[name] {
                mistakes.add("duplicate key \(quoted(name)); it is already given in line \(line)", at: key)
                continue
            }
            lines[name] = key.line
            entries.append(YAMLNode.Entry(key: name, keyNode: key, value: value))
        }
        return entries
    }
}
