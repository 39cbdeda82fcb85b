/// A JSON document without floats: what records and statements are made of.
///
/// `CanonicalJSON` writes it in the one form of RFC 8785 and reads it strictly.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Within +-(2^53 - 1), the range that every JSON implementation keeps exactly.
    case integer(Int64)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// How many values it is made of, itself among them: what the reader of a document counts.
    package var valueCount: Int {
        switch self {
        case .null, .bool, .integer, .string: 1
        case .array(let values): values.reduce(1) { $0 + $1.valueCount }
        case .object(let members): members.values.reduce(1) { $0 + $1.valueCount }
        }
    }
}

extension JSONValue {
    /// The text, if this is a string.
    package var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The number, if this is one.
    package var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    package var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    package var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
    package var object: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }
    /// A member of an object; nil if there is none or this is no object.
    package subscript(key: String) -> JSONValue? { object?[key] }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByIntegerLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// A literal with one key twice is a defect of the code it stands in.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(uniqueKeysWithValues: elements))
    }
}

extension JSONValue {
    /// A count or size. The range of JSON integers ends at 2^53 - 1, and nothing that is measured here reaches it.
    package static func unsigned(_ number: UInt64) throws(BelljarError) -> JSONValue {
        guard number < 1 << 53 else {
            throw BelljarError(
                .usage, operation: "write", subject: "\(number)", answer: "the number is larger than JSON can hold")
        }
        return .integer(Int64(number))
    }

    package static func digest(_ digest: Digest) -> JSONValue { .string(digest.description) }

    package static func strings(_ map: [String: String]) -> JSONValue { .object(map.mapValues { .string($0) }) }

    package static func list<Element>(
        _ elements: [Element], _ encode: (Element) throws(BelljarError) -> JSONValue
    ) throws(BelljarError) -> JSONValue {
        var values: [JSONValue] = []
        for element in elements { values.append(try encode(element)) }
        return .array(values)
    }
}
