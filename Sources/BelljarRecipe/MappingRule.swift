internal import BelljarModel

/// A mapping with known keys, declared by the function that reads it: each key stands there once, with its rule and what it
/// means, and the schema follows.
///
/// ```swift
/// static let step = MappingRule("a step") { step -> RecipeStep? in
///     let name = step.required("name", Rules.stepName, "for logs and messages; each once")
///     let run = step.required("run", Rules.script, "a script for /bin/sh -e -u -c")
///     guard let name, let run else { return nil }
///     return RecipeStep(name: name, run: run, ...)
/// }
/// ```
///
/// To learn the keys the function is called without a document, so it has to ask for all of them before it returns.
struct MappingRule<Value>: Sendable {
    /// With its article, for messages: `a step`.
    let title: String
    private let keys: [String]
    private let advice: [String: String]
    private let body: @Sendable (MappingReader) -> Value?

    /// - Parameter advice: for keys that people expect but that do not exist: what to do instead.
    init(
        _ title: String, advice: [String: String] = [:], _ body: @escaping @Sendable (MappingReader) -> Value?
    ) {
        self.title = title
        self.advice = advice
        self.body = body
        keys = Self.declared(by: body, title, withSchemas: false).names
    }

    /// Made when it is asked for: reading needs the names alone.
    var schema: JSONSchema { Self.declared(by: body, title, withSchemas: true).schema }

    private static func declared(
        by body: (MappingReader) -> Value?, _ title: String, withSchemas: Bool
    ) -> DeclaredKeys {
        let keys = DeclaredKeys(withSchemas: withSchemas)
        _ = body(MappingReader(declaring: keys, title))
        return keys
    }

    func read(_ node: YAMLNode, _ mistakes: Mistakes) -> Value? {
        guard case .mapping(let entries) = node.content else {
            // More keys than that are for a schema to list.
            let known = keys.count <= 6 ? "; its keys: \(keys.joined(separator: ", "))" : ""
            mistakes.addUnlessRefused("\(title) must be a mapping, not \(node.kindName)\(known)", at: node)
            return nil
        }
        for entry in entries where !keys.contains(entry.key) {
            let hint = NearMatch.hint(for: entry.key, among: keys)
            let help =
                advice[entry.key].map { "; " + $0 }
                ?? (hint.isEmpty ? "; known keys: \(keys.joined(separator: ", "))" : hint)
            mistakes.add("unknown key \(quoted(entry.key)) in \(title)\(help)", at: entry.keyNode)
        }
        let reader = MappingReader(node, entries.filter { keys.contains($0.key) }, title, mistakes)
        let value = body(reader)
        reader.refuseStrangers()
        return value
    }
}

/// The keys that a mapping's reader asked for, in their order.
final class DeclaredKeys {
    private(set) var names: [String] = []
    private let withSchemas: Bool
    private var members: [JSONSchema.Member] = []
    private var kinds: [DeclaredKeys] = []
    private var forbidden: [JSONSchema] = []

    init(withSchemas: Bool) { self.withSchemas = withSchemas }

    /// For the keys of one of several kinds of this mapping.
    func another() -> DeclaredKeys { DeclaredKeys(withSchemas: withSchemas) }

    func add(_ name: String, _ member: () -> JSONSchema.Member) {
        add(name: name)
        if withSchemas { members.append(member()) }
    }

    func add(name: String) {
        if !names.contains(name) { names.append(name) }
    }

    func add(kind: DeclaredKeys) {
        kind.names.forEach(add(name:))
        kinds.append(kind)
    }

    func forbid(_ schema: () -> JSONSchema) {
        if withSchemas { forbidden.append(schema()) }
    }

    var schema: JSONSchema {
        .oneOf(
            (kinds.isEmpty ? [another()] : kinds).map { kind in
                let rules = (kind.forbidden + forbidden).map { JSONValue.object(["not": $0.json]) }
                return JSONSchema.object(kind.members + members).with("allOf", rules.isEmpty ? nil : .array(rules))
            })
    }
}
