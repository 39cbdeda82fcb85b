/// How the values of a type stand in JSON. One declaration gives the encoder, the strict decoder and the JSON Schema, so
/// that the three cannot disagree.
///
/// ```swift
/// let point = JSONType.object(Point(x: 0, label: nil)) {
///     JSONMember("x", \.x, .count(in: 0...99))
///     JSONMember(optional: "label", \.label, .text)
/// }
/// ```
package struct JSONType<Value>: Sendable {
    /// What is accepted, as far as a schema can say it.
    package let schema: JSONSchema
    private let write: @Sendable (Value) throws(BelljarError) -> JSONValue
    private let read: @Sendable (JSONValue, JSONPlace) throws(BelljarError) -> Value

    package init(
        schema: JSONSchema, write: @escaping @Sendable (Value) throws(BelljarError) -> JSONValue,
        read: @escaping @Sendable (JSONValue, JSONPlace) throws(BelljarError) -> Value
    ) {
        self.schema = schema
        self.write = write
        self.read = read
    }

    package func encode(_ value: Value) throws(BelljarError) -> JSONValue { try write(value) }

    /// - Parameter place: where the value stands, for errors.
    package func decode(_ value: JSONValue, at place: JSONPlace) throws(BelljarError) -> Value {
        try read(value, place)
    }

    /// The same values under a further condition.
    ///
    /// - Parameter mistake: what is wrong with a value, and with which of its members; nil for a good one.
    package func checked(
        _ mistake: @escaping @Sendable (Value) -> (member: String, answer: String)?
    ) -> JSONType {
        JSONType(schema: schema, write: write) { (given, place) throws(BelljarError) in
            let value = try read(given, place)
            if let mistake = mistake(value) { throw place.member(mistake.member).wrong(mistake.answer) }
            return value
        }
    }
}

/// Where in a document a value stands, for errors: `definition.sources[2].address`. Each object adds its member's name to the
/// errors that pass through it, and each list its element's number, so that nothing is put together where there is no
/// mistake.
package struct JSONPlace: Sendable {
    /// What is being done: `read record`.
    package let operation: String
    /// From the object that is being read; empty for the object itself.
    package let path: String
    /// What can be done about a member that is not known.
    package let remedy: String?

    package init(operation: String, path: String = "", remedy: String? = nil) {
        self.operation = operation
        self.path = path
        self.remedy = remedy
    }

    package func member(_ name: String) -> JSONPlace {
        JSONPlace(operation: operation, path: path.isEmpty ? name : path + "." + name, remedy: remedy)
    }

    package func wrong(_ answer: String, remedy: String? = nil) -> BelljarError {
        BelljarError(
            .usage, operation: operation, subject: path.isEmpty ? Self.document : path, answer: answer, remedy: remedy)
    }

    /// A name that this version does not know, and perhaps another one does.
    package func unknown(_ name: String) -> BelljarError {
        wrong("has a value that this belljar does not know: \(quoted(name))", remedy: remedy)
    }

    /// Of what is written for others.
    fileprivate var neverRead: BelljarError { wrong("can be written, but not read") }

    fileprivate static let document = "the document"
}

extension BelljarError {
    /// The same error of a value that is itself a member of something.
    fileprivate func inside(_ name: String) -> BelljarError {
        var error = self
        let separator = subject.hasPrefix("[") ? "" : "."
        error.subject = subject == JSONPlace.document ? name : name + separator + subject
        return error
    }

    /// The same error of a value that is itself an element of a list, counted from 0.
    fileprivate func inside(at index: Int) -> BelljarError { inside("[\(index)]") }
}

extension JSONPlace {
    func text(_ value: JSONValue) throws(BelljarError) -> String {
        guard case .string(let text) = value else { throw wrong("must be a string") }
        return text
    }

    func flag(_ value: JSONValue) throws(BelljarError) -> Bool {
        guard case .bool(let flag) = value else { throw wrong("must be true or false") }
        return flag
    }

    func count(_ value: JSONValue) throws(BelljarError) -> UInt64 {
        guard case .integer(let number) = value, number >= 0 else { throw wrong("must be a whole number, 0 or more") }
        return UInt64(number)
    }
}

// MARK: Objects

/// One member of an object, and where it is in the value.
package struct JSONMember<Root>: Sendable {
    package let name: String
    /// Whether it always stands there.
    package let isRequired: Bool
    package let schema: JSONSchema
    fileprivate let write: @Sendable (Root) throws(BelljarError) -> JSONValue?
    fileprivate let read: @Sendable (inout Root, JSONValue?, JSONPlace) throws(BelljarError) -> Void

    package typealias Path<Member> = any WritableKeyPath<Root, Member> & Sendable

    /// A member of a kind that the others are not.
    package init(
        _ name: String, isRequired: Bool = true, schema: JSONSchema,
        write: @escaping @Sendable (Root) throws(BelljarError) -> JSONValue?,
        read: @escaping @Sendable (inout Root, JSONValue?, JSONPlace) throws(BelljarError) -> Void
    ) {
        self.name = name
        self.isRequired = isRequired
        self.schema = schema
        self.write = write
        self.read = read
    }

    /// A member that always stands there.
    package init<Member>(_ name: String, _ path: Path<Member>, _ type: JSONType<Member>) {
        self.init(name, schema: type.schema) { (root) throws(BelljarError) in
            try type.encode(root[keyPath: path])
        } read: { (root, value, place) throws(BelljarError) in
            guard let value else { throw place.wrong("is missing") }
            root[keyPath: path] = try type.decode(value, at: place)
        }
    }

    /// A member that is left out where there is no value.
    package init<Member>(optional name: String, _ path: Path<Member?>, _ type: JSONType<Member>) {
        self.init(name, isRequired: false, schema: type.schema) { (root) throws(BelljarError) in
            guard let value = root[keyPath: path] else { return nil }
            return try type.encode(value)
        } read: { (root, value, place) throws(BelljarError) in
            root[keyPath: path] = nil
            if let value { root[keyPath: path] = try type.decode(value, at: place) }
        }
    }

    /// A member that is left out where it has one certain value. What is written once means the same for ever, so that
    /// value never changes within a format.
    package init<Member: Equatable & Sendable>(
        _ name: String, _ path: Path<Member>, _ type: JSONType<Member>, leftOutAt usual: Member
    ) {
        self.init(name, isRequired: false, schema: type.schema) { (root) throws(BelljarError) in
            root[keyPath: path] == usual ? nil : try type.encode(root[keyPath: path])
        } read: { (root, value, place) throws(BelljarError) in
            root[keyPath: path] = usual
            if let value { root[keyPath: path] = try type.decode(value, at: place) }
        }
    }

    /// An object that gathers some of the members, which the value itself has.
    package init(_ name: String, @JSONMembers<Root> gathering members: () -> [JSONMember<Root>]) {
        let members = members()
        self.init(name, schema: Self.schema(members)) { (root) throws(BelljarError) in
            .object(try Self.encode(root, members))
        } read: { (root, value, place) throws(BelljarError) in
            guard let value else { throw place.wrong("is missing") }
            try Self.decode(value, members, &root, place)
        }
    }

    /// The same member of a value that holds this one.
    package func inside<Outer>(_ path: any WritableKeyPath<Outer, Root> & Sendable) -> JSONMember<Outer> {
        JSONMember<Outer>(name, isRequired: isRequired, schema: schema) { (outer) throws(BelljarError) in
            try write(outer[keyPath: path])
        } read: { (outer, value, place) throws(BelljarError) in
            try read(&outer[keyPath: path], value, place)
        }
    }

    fileprivate static func schema(_ members: [JSONMember]) -> JSONSchema {
        .object(
            members.map { member in
                member.isRequired ? .required(member.name, member.schema) : .optional(member.name, member.schema)
            })
    }

    fileprivate static func encode(
        _ root: Root, _ members: [JSONMember]
    ) throws(BelljarError) -> [String: JSONValue] {
        var encoded: [String: JSONValue] = [:]
        for member in members { encoded[member.name] = try member.write(root) }
        return encoded
    }

    fileprivate static func decode(
        _ value: JSONValue, _ members: [JSONMember], _ root: inout Root, _ place: JSONPlace
    ) throws(BelljarError) {
        guard case .object(var rest) = value else { throw place.wrong("must be an object") }
        for member in members {
            do throws(BelljarError) {
                try member.read(&root, rest.removeValue(forKey: member.name), place)
            } catch { throw error.inside(member.name) }
        }
        guard let unknown = rest.keys.sorted().first else { return }
        throw place.member(unknown).wrong("is a member that this belljar does not know", remedy: place.remedy)
    }
}

/// The members of an object, one a line.
@resultBuilder
package enum JSONMembers<Root> {
    package static func buildExpression(_ member: JSONMember<Root>) -> [JSONMember<Root>] { [member] }
    package static func buildExpression(_ members: [JSONMember<Root>]) -> [JSONMember<Root>] { members }
    package static func buildBlock(_ members: [JSONMember<Root>]...) -> [JSONMember<Root>] { Array(members.joined()) }
}

extension JSONType where Value: Sendable {
    /// An object with these members and no others.
    ///
    /// - Parameter blank: what the members are read into; every one of them is set.
    package static func object(
        _ blank: Value, @JSONMembers<Value> _ members: () -> [JSONMember<Value>]
    ) -> JSONType {
        let members = members()
        return JSONType(schema: JSONMember.schema(members)) { (value) throws(BelljarError) in
            .object(try JSONMember.encode(value, members))
        } read: { (given, place) throws(BelljarError) in
            var value = blank
            try JSONMember.decode(given, members, &value, place)
            return value
        }
    }

    /// The values of another type that stand for these.
    package func mapped<Other>(
        to make: @escaping @Sendable (Value, JSONPlace) throws(BelljarError) -> Other,
        from unmake: @escaping @Sendable (Other) -> Value
    ) -> JSONType<Other> {
        JSONType<Other>(schema: schema) { (other) throws(BelljarError) in
            try encode(unmake(other))
        } read: { (given, place) throws(BelljarError) in
            try make(try decode(given, at: place), place)
        }
    }
}

// MARK: Answers

extension JSONMember {
    /// A member of what is written for others and never read here.
    package init<Member>(
        says name: String, _ type: JSONType<Member>, _ get: @escaping @Sendable (Root) throws(BelljarError) -> Member
    ) {
        self.init(name, schema: type.schema) { (root) throws(BelljarError) in
            try type.encode(try get(root))
        } read: { (_, _, place) throws(BelljarError) in
            throw place.neverRead
        }
    }

    /// The same, left out where there is nothing to say.
    package init<Member>(
        maySay name: String, _ type: JSONType<Member>, _ get: @escaping @Sendable (Root) -> Member?
    ) {
        self.init(name, isRequired: false, schema: type.schema) { (root) throws(BelljarError) in
            guard let value = get(root) else { return nil }
            return try type.encode(value)
        } read: { (_, _, place) throws(BelljarError) in
            throw place.neverRead
        }
    }

    /// The same member of a value that holds this one, where nothing is read.
    package func said<Outer>(of path: any KeyPath<Outer, Root> & Sendable) -> JSONMember<Outer> {
        JSONMember<Outer>(name, isRequired: isRequired, schema: schema) { (outer) throws(BelljarError) in
            try write(outer[keyPath: path])
        } read: { (_, _, place) throws(BelljarError) in
            throw place.neverRead
        }
    }
}

extension JSONType {
    /// An object that is written for others and never read here.
    package static func answer(@JSONMembers<Value> _ members: () -> [JSONMember<Value>]) -> JSONType {
        let members = members()
        return JSONType(schema: JSONMember.schema(members)) { (value) throws(BelljarError) in
            .object(try JSONMember.encode(value, members))
        } read: { (_, place) throws(BelljarError) in
            throw place.neverRead
        }
    }
}

// MARK: Simple values

extension JSONType where Value == String {
    package static var text: JSONType { text(schema: .string()) { _, _ in } }

    /// What a program can be given: the kernel ends an argument, a variable or a path at a NUL.
    package static var withoutNUL: JSONType {
        text(schema: .string(pattern: "^[^\\u0000]*$")) { (text, place) throws(BelljarError) in
            guard !text.utf8.contains(0) else { throw place.wrong("contains a NUL byte") }
        }
    }

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
            JSONMember("digest", \.digest, .digest)
            JSONMember("size", \.size, .count)
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
        of type: JSONType<Element>, atLeast minimum: Int = 0
    ) -> JSONType where Value == [Element] {
        JSONType(schema: .array(of: type.schema, count: minimum ... .max)) { (values) throws(BelljarError) in
            try .list(values) { (value) throws(BelljarError) in try type.encode(value) }
        } read: { (given, place) throws(BelljarError) in
            guard case .array(let elements) = given else { throw place.wrong("must be an array") }
            guard elements.count >= minimum else { throw place.wrong("must not be empty") }
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
        _ key: JSONType<Key>, to type: JSONType<Element>
    ) -> JSONType where Value == [Key: Element] {
        JSONType(schema: .map(keys: key.schema, values: type.schema)) { (map) throws(BelljarError) in
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
