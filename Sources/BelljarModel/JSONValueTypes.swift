// The types that others are put together from.

// MARK: Simple values

extension JSONType where Value == String {
    package static var text: JSONType { text(schema: .string()) { _, _ in } }

    /// One of these texts.
    package static func text(among texts: [String]) -> JSONType {
        text(schema: .oneOf(texts)) { (text, place) throws(BelljarError) in
            guard texts.contains(text) else { throw place.unknown(text) }
        }
    }

    /// A name by a rule.
    package static func name(_ rule: NameRule) -> JSONType {
        text(schema: rule.schema) { (name, place) throws(BelljarError) in
            if let mistake = rule.mistake(in: name) { throw place.wrong(mistake) }
        }
    }

    /// - Parameter check: throws for a text that is not acceptable.
    package static func text(
        schema: JSONSchema, _ check: @escaping @Sendable (String, JSONPlace) throws(BelljarError) -> Void
    ) -> JSONType {
        JSONType(schema: schema) { (text) throws(BelljarError) in
            .string(text)
        } read: { (value, place) throws(BelljarError) in
            let text = try place.text(value)
            try check(text, place)
            return text
        }
    }
}

extension JSONType where Value == Bool {
    /// False, as what a kind of value has no use for.
    package static func no(_ mistake: String) -> JSONType {
        JSONType(schema: .constant(false)) { (flag) throws(BelljarError) in
            .bool(flag)
        } read: { (value, place) throws(BelljarError) in
            guard try !place.flag(value) else { throw place.wrong(mistake) }
            return false
        }
    }

    package static var flag: JSONType {
        JSONType(schema: .boolean) { (flag) throws(BelljarError) in
            .bool(flag)
        } read: { (value, place) throws(BelljarError) in
            try place.flag(value)
        }
    }
}

extension JSONType where Value == UInt64 {
    package static var count: JSONType { count(in: 0...UInt64(CanonicalJSON.integerLimit)) }

    package static func count(in range: ClosedRange<UInt64>) -> JSONType {
        let schema = JSONSchema.integer(Int64(clamping: range.lowerBound)...Int64(clamping: range.upperBound))
        return JSONType(schema: schema) { (count) throws(BelljarError) in
            try .unsigned(count)
        } read: { (value, place) throws(BelljarError) in
            let number = try place.count(value)
            guard range.contains(number) else {
                throw place.wrong("\(number) is not between \(range.lowerBound) and \(range.upperBound)")
            }
            return number
        }
    }
}

extension JSONType where Value == Digest {
    package static var digest: JSONType {
        JSONType(schema: .string(pattern: "^sha256:[0-9a-f]{64}$")) { (digest) throws(BelljarError) in
            .digest(digest)
        } read: { (value, place) throws(BelljarError) in
            guard let digest = Digest(prefixed: try place.text(value)) else {
                throw place.wrong("must be sha256: and 64 lower-case hexadecimal digits")
            }
            return digest
        }
    }
}

extension JSONType where Value == TreeDigest {
    package static var tree: JSONType {
        .object(TreeDigest(digest: Digest(of: []), size: 0)) {
            JSONMember("digest", \.digest, .digest, "SHA-256 of the tree's encoded root directory")
            JSONMember("size", \.size, .count, "bytes of that")
        }
    }
}

extension JSONType where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    /// The name of a case.
    package static var choice: JSONType { choice(among: Array(Value.allCases)) }

    package static func choice(among cases: [Value]) -> JSONType {
        let names = cases.map(\.rawValue)
        return JSONType(schema: .oneOf(names)) { (value) throws(BelljarError) in
            .string(value.rawValue)
        } read: { (given, place) throws(BelljarError) in
            let name = try place.text(given)
            guard let value = Value(rawValue: name), names.contains(name) else {
                throw place.unknown(name)
            }
            return value
        }
    }
}

// MARK: Lists and maps

extension JSONType {
    package static func list<Element>(
        of type: JSONType<Element>, _ count: ClosedRange<Int> = 0 ... .max
    ) -> JSONType where Value == [Element] {
        JSONType(schemaOf: { .array(of: type.schema(of: $0), count: count) }) {
            (values) throws(BelljarError) in
            try .list(values) { (value) throws(BelljarError) in try type.encode(value) }
        } read: { (given, place) throws(BelljarError) in
            guard case .array(let elements) = given else { throw place.wrong("must be an array") }
            guard elements.count >= count.lowerBound else { throw place.wrong("must not be empty") }
            guard elements.count <= count.upperBound else {
                throw place.wrong("has \(elements.count) members; at most \(count.upperBound) are accepted")
            }
            var values: [Element] = []
            values.reserveCapacity(elements.count)
            for (index, element) in elements.enumerated() {
                do throws(BelljarError) { values.append(try type.decode(element, at: place)) } catch {
                    throw error.inside(at: index)
                }
            }
            return values
        }
    }

    /// An object whose keys are data.
    ///
    /// - Parameter key: how a key is written, which is as a string.
    package static func map<Key: Hashable & Sendable, Element>(
        _ key: JSONType<Key>, to type: JSONType<Element>, atMost limit: Int = .max
    ) -> JSONType where Value == [Key: Element] {
        JSONType(schemaOf: { .map(keys: key.schema(of: $0), values: type.schema(of: $0), count: 0...limit) }) {
            (map) throws(BelljarError) in
            var members: [String: JSONValue] = [:]
            for (name, value) in map {
                guard case .string(let text) = try key.encode(name) else {
                    preconditionFailure("a key that is no string")
                }
                members[text] = try type.encode(value)
            }
            return .object(members)
        } read: { (given, place) throws(BelljarError) in
            guard case .object(let members) = given else { throw place.wrong("must be an object") }
            guard members.count <= limit else {
                throw place.wrong("has \(members.count) members; at most \(limit) are accepted")
            }
            var map: [Key: Element] = [:]
            for (name, value) in members {
                do throws(BelljarError) {
                    map[try key.decode(.string(name), at: place)] = try type.decode(value, at: place)
                } catch { throw error.inside(name) }
            }
            return map
        }
    }
}
