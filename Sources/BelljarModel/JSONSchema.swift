/// A JSON Schema (draft 2020-12), put together as the documents are that it describes.
///
/// Readers declare their members with these beside the rule that reads each, so that there is one place to change.
/// Patterns are of ECMA-262, as JSON Schema has them, and begin with `^` and end with `$`.
///
/// ```swift
/// JSONSchema.object([
///     .required("name", .string(pattern: "^[a-z]+$", length: 1...64), "the folder's name"),
///     .optional("size", .integer(0...1 << 40), "in bytes"),
/// ])
/// ```
package struct JSONSchema: Hashable, Sendable {
    /// The keywords, as they stand in the schema.
    private var keywords: [String: JSONValue]

    package var json: JSONValue { .object(keywords) }

    /// Without any keyword, to begin one with.
    package static let anything = JSONSchema([:])

    private init(_ keywords: [String: JSONValue]) { self.keywords = keywords }

    // MARK: single values

    /// - Parameter length: in Unicode scalars, which is how JSON Schema counts.
    package static func string(pattern: String? = nil, length: ClosedRange<Int>? = nil) -> JSONSchema {
        var keywords: [String: JSONValue] = ["type": "string"]
        if let pattern { keywords["pattern"] = .string(pattern) }
        if let length, length.lowerBound > 0 { keywords["minLength"] = .integer(Int64(length.lowerBound)) }
        if let length, length.upperBound < .max { keywords["maxLength"] = .integer(Int64(length.upperBound)) }
        return JSONSchema(keywords)
    }

    /// - Parameter range: within +-(2^53 - 1).
    package static func integer(_ range: ClosedRange<Int64>) -> JSONSchema {
        JSONSchema([
            "type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
        ])
    }

    package static let boolean = JSONSchema(["type": "boolean"])

    /// One of these texts.
    package static func oneOf(_ texts: [String]) -> JSONSchema {
        JSONSchema(["type": "string", "enum": .array(texts.map { .string($0) })])
    }

    /// This value and no other.
    package static func constant(_ value: JSONValue) -> JSONSchema { JSONSchema(["const": value]) }

    // MARK: values within values

    package static func array(
        of items: JSONSchema, count: ClosedRange<Int> = 0 ... .max, areUnique: Bool = false
    ) -> JSONSchema {
        var keywords: [String: JSONValue] = ["type": "array", "items": items.json]
        if count.lowerBound > 0 { keywords["minItems"] = .integer(Int64(count.lowerBound)) }
        if count.upperBound < .max { keywords["maxItems"] = .integer(Int64(count.upperBound)) }
        if areUnique { keywords["uniqueItems"] = true }
        return JSONSchema(keywords)
    }

    /// A list of just these, in this order.
    package static func tuple(_ items: [JSONSchema]) -> JSONSchema {
        let count = JSONValue.integer(Int64(items.count))
        return JSONSchema([
            "type": "array", "prefixItems": .array(items.map(\.json)), "items": false, "minItems": count,
            "maxItems": count,
        ])
    }

    /// One member of an object with known members.
    package struct Member: Hashable, Sendable {
        package var name: String
        package var isRequired: Bool
        package var schema: JSONSchema

        /// - Parameter description: one line for people, which editors show.
        package static func required(_ name: String, _ schema: JSONSchema, _ description: String = "") -> Member {
            Member(name: name, isRequired: true, schema: schema.described(description))
        }

        package static func optional(_ name: String, _ schema: JSONSchema, _ description: String = "") -> Member {
            Member(name: name, isRequired: false, schema: schema.described(description))
        }
    }

    /// An object with these members and no others. A name that is there twice is a defect of the caller.
    package static func object(_ members: [Member]) -> JSONSchema {
        let required = members.filter(\.isRequired).map { JSONValue.string($0.name) }
        var keywords: [String: JSONValue] = [
            "type": "object", "additionalProperties": false,
            "properties": .object(Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.schema.json) })),
        ]
        if !required.isEmpty { keywords["required"] = .array(required) }
        return JSONSchema(keywords)
    }

    /// An object whose members have free names and one kind of value.
    package static func map(
        keys: JSONSchema? = nil, values: JSONSchema, count: ClosedRange<Int> = 0 ... .max
    ) -> JSONSchema {
        var keywords: [String: JSONValue] = ["type": "object", "additionalProperties": values.json]
        if let keys { keywords["propertyNames"] = keys.json }
        if count.lowerBound > 0 { keywords["minProperties"] = .integer(Int64(count.lowerBound)) }
        if count.upperBound < .max { keywords["maxProperties"] = .integer(Int64(count.upperBound)) }
        return JSONSchema(keywords)
    }

    /// What exactly one of these accepts.
    package static func oneOf(_ schemas: [JSONSchema]) -> JSONSchema {
        schemas.count == 1 ? schemas[0] : JSONSchema(["oneOf": .array(schemas.map(\.json))])
    }

    // MARK: words for people

    /// With a description; the empty one leaves what is there.
    package func described(_ description: String) -> JSONSchema {
        with("description", description.isEmpty ? nil : .string(description))
    }

    /// With one more keyword, for what has no function here; nil leaves what is there.
    package func with(_ keyword: String, _ value: JSONValue?) -> JSONSchema {
        var schema = self
        if let value { schema.keywords[keyword] = value }
        return schema
    }

    /// The whole document of a schema: with its dialect, what it is called and what it is for.
    ///
    /// - Parameter name: `recipe`. The schema's identifier is a name and no address, so that nobody asks a server for
    ///   it.
    package func document(_ name: String, title: String) -> JSONValue {
        with("$schema", "https://json-schema.org/draft/2020-12/schema")
            .with("$id", .string("urn:belljar:schema:\(name)"))
            .with("title", .string(title)).json
    }
}

extension JSONValue {
    /// For people and version control: two spaces for each level, members in the order of their names, a line feed at
    /// the end.
    package var pretty: String { lines(indent: "") + "\n" }

    private func lines(indent: String) -> String {
        let deeper = indent + "  "
        switch self {
        case .array(let values) where !values.isEmpty:
            // A list of texts or numbers reads better in one line.
            if values.allSatisfy({ $0.valueCount == 1 }) {
                return "[" + values.map { $0.lines(indent: "") }.joined(separator: ", ") + "]"
            }
            return Self.block("[", values.map { $0.lines(indent: deeper) }, "]", indent)
        case .object(let members) where !members.isEmpty:
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            let lines = sorted.map { key, value in
                "\(JSONValue.string(key).lines(indent: "")): \(value.lines(indent: deeper))"
            }
            return Self.block("{", lines, "}", indent)
        case .null, .bool, .integer, .string, .array, .object:
            return String(decoding: CanonicalJSON.encode(self), as: UTF8.self)
        }
    }

    private static func block(_ begin: String, _ lines: [String], _ end: String, _ indent: String) -> String {
        begin + "\n" + lines.map { indent + "  " + $0 }.joined(separator: ",\n") + "\n" + indent + end
    }
}
