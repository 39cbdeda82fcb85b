/// Reads the members of one JSON object strictly: each by its declared type, and none left over.
///
/// ```swift
/// var fields = try JSONFields(value, path: "observed", operation: "read record")
/// let started = try fields.unsigned("started")
/// try fields.end()
/// ```
package struct JSONFields {
    private var rest: [String: JSONValue]
    private let path: String
    private let operation: String

    /// - Parameters:
    ///   - path: where the object stands in its document, for diagnostics; empty for the document itself.
    ///   - operation: what is being read, for diagnostics: `read record`.
    package init(_ value: JSONValue, path: String, operation: String) throws(BelljarError) {
        self.path = path
        self.operation = operation
        guard case .object(let members) = value else {
            throw Self.error(operation, path, "an object was expected here")
        }
        rest = members
    }

    package mutating func value(_ name: String) throws(BelljarError) -> JSONValue {
        guard let value = rest.removeValue(forKey: name) else { throw wrong(name, "is missing") }
        return value
    }

    package func has(_ name: String) -> Bool { rest[name] != nil }

    package mutating func optional(_ name: String) -> JSONValue? { rest.removeValue(forKey: name) }

    package mutating func string(_ name: String) throws(BelljarError) -> String {
        guard case .string(let text) = try value(name) else { throw wrong(name, "must be a string") }
        return text
    }

    package mutating func bool(_ name: String) throws(BelljarError) -> Bool {
        guard case .bool(let flag) = try value(name) else { throw wrong(name, "must be true or false") }
        return flag
    }

    package mutating func unsigned(_ name: String) throws(BelljarError) -> UInt64 {
        guard case .integer(let number) = try value(name), number >= 0 else {
            throw wrong(name, "must be a whole number, 0 or more")
        }
        return UInt64(number)
    }

    package mutating func digest(_ name: String) throws(BelljarError) -> Digest {
        guard let digest = Digest(prefixed: try string(name)) else {
            throw wrong(name, "must be sha256: and 64 lower-case hexadecimal digits")
        }
        return digest
    }

    package mutating func array(_ name: String) throws(BelljarError) -> [JSONValue] {
        guard case .array(let values) = try value(name) else { throw wrong(name, "must be an array") }
        return values
    }

    package mutating func strings(_ name: String) throws(BelljarError) -> [String] {
        var texts: [String] = []
        for value in try array(name) {
            guard case .string(let text) = value else { throw wrong(name, "must hold strings only") }
            texts.append(text)
        }
        return texts
    }

    package mutating func members(_ name: String) throws(BelljarError) -> [String: JSONValue] {
        guard case .object(let members) = try value(name) else { throw wrong(name, "must be an object") }
        return members
    }

    package mutating func stringMap(_ name: String) throws(BelljarError) -> [String: String] {
        var map: [String: String] = [:]
        for (key, value) in try members(name) {
            guard case .string(let text) = value else { throw wrong(name + "." + key, "must be a string") }
            map[key] = text
        }
        return map
    }

    package mutating func object(_ name: String) throws(BelljarError) -> JSONFields {
        try JSONFields(try value(name), path: place(name), operation: operation)
    }

    /// A value that stands below this object, as an object of its own.
    package func nested(_ value: JSONValue, _ name: String) throws(BelljarError) -> JSONFields {
        try JSONFields(value, path: place(name), operation: operation)
    }

    /// Refuses members that nobody asked for.
    package func end() throws(BelljarError) {
        guard let unknown = rest.keys.sorted().first else { return }
        throw wrong(unknown, "is not a member of this format")
    }

    /// The error for a member whose value is not acceptable.
    package func wrong(_ name: String, _ answer: String) -> BelljarError {
        Self.error(operation, place(name), answer)
    }

    private func place(_ name: String) -> String { path.isEmpty ? name : path + "." + name }

    private static func error(_ operation: String, _ path: String, _ answer: String) -> BelljarError {
        BelljarError(.usage, operation: operation, subject: path.isEmpty ? "the document" : path, answer: answer)
    }
}
