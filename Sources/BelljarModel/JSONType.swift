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
    /// Made when it is asked for: reading and writing do not need it.
    private let makeSchema: @Sendable (_ format: UInt64) -> JSONSchema
    private let write: @Sendable (Value) throws(BelljarError) -> JSONValue
    private let read: @Sendable (JSONValue, JSONPlace) throws(BelljarError) -> Value

    /// A type that is the same in every format.
    package init(
        schema: @autoclosure @escaping @Sendable () -> JSONSchema,
        write: @escaping @Sendable (Value) throws(BelljarError) -> JSONValue,
        read: @escaping @Sendable (JSONValue, JSONPlace) throws(BelljarError) -> Value
    ) {
        self.init(schemaOf: { _ in schema() }, write: write, read: read)
    }

    /// - Parameter schemaOf: gets the version of the format.
    package init(
        schemaOf makeSchema: @escaping @Sendable (_ format: UInt64) -> JSONSchema,
        write: @escaping @Sendable (Value) throws(BelljarError) -> JSONValue,
        read: @escaping @Sendable (JSONValue, JSONPlace) throws(BelljarError) -> Value
    ) {
        self.makeSchema = makeSchema
        self.write = write
        self.read = read
    }

    /// What is accepted in the newest format, as far as a schema can say it.
    package var schema: JSONSchema { schema(of: JSONPlace.newest) }

    /// The same of an older format.
    package func schema(of format: UInt64) -> JSONSchema { makeSchema(format) }

    package func encode(_ value: Value) throws(BelljarError) -> JSONValue { try write(value) }

    /// - Parameter place: where the value stands, for errors.
    package func decode(_ value: JSONValue, at place: JSONPlace) throws(BelljarError) -> Value {
        try read(value, place)
    }

    /// The same values, of which a schema can say one thing more.
    package func saying(_ keyword: String, _ value: JSONValue) -> JSONType {
        JSONType(schemaOf: { schema(of: $0).with(keyword, value) }, write: write, read: read)
    }

    /// The same values under a further condition.
    ///
    /// - Parameter mistake: what is wrong with a value, and with which of its members; nil for a good one.
    package func checked(
        _ mistake: @escaping @Sendable (Value) -> (member: String, answer: String)?
    ) -> JSONType {
        JSONType(schemaOf: makeSchema, write: write) { (given, place) throws(BelljarError) in
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
    /// The version of the format that the document says it is of.
    package let format: UInt64

    /// Of documents whose format has no versions, or that are written now.
    package static let newest = UInt64.max

    package init(operation: String, path: String = "", remedy: String? = nil, format: UInt64 = newest) {
        self.operation = operation
        self.path = path
        self.remedy = remedy
        self.format = format
    }

    package func member(_ name: String) -> JSONPlace {
        let name = shortened(name)
        return JSONPlace(
            operation: operation, path: path.isEmpty ? name : path + "." + name, remedy: remedy, format: format)
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
    var neverRead: BelljarError { wrong("can be written, but not read") }

    fileprivate static let document = "the document"
}

extension BelljarError {
    /// The same error of a value that is itself a member of something.
    func inside(_ name: String) -> BelljarError {
        var error = self
        let name = shortened(name)
        let separator = subject.hasPrefix("[") ? "" : "."
        error.subject = subject == JSONPlace.document ? name : name + separator + subject
        return error
    }

    /// The same error of a value that is itself an element of a list, counted from 0.
    func inside(at index: Int) -> BelljarError { inside("[\(index)]") }
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
    /// Whether it always stands there, in the formats that have it.
    package let isRequired: Bool
    /// One line for people, which editors show.
    package let description: String
    /// The versions of the format that have it. In the others it is unknown.
    package private(set) var formats: ClosedRange<UInt64> = 1...JSONPlace.newest
    private let makeSchema: @Sendable (_ format: UInt64) -> JSONSchema
    private let write: @Sendable (Root) throws(BelljarError) -> JSONValue?
    private let read: @Sendable (inout Root, JSONValue?, JSONPlace) throws(BelljarError) -> Void

    package typealias Path<Member> = any WritableKeyPath<Root, Member> & Sendable

    /// A member of a kind that the others are not.
    ///
    /// - Parameter schemaOf: gets the version of the format.
    package init(
        _ name: String, isRequired: Bool = true, _ description: String,
        schemaOf makeSchema: @escaping @Sendable (_ format: UInt64) -> JSONSchema,
        write: @escaping @Sendable (Root) throws(BelljarError) -> JSONValue?,
        read: @escaping @Sendable (inout Root, JSONValue?, JSONPlace) throws(BelljarError) -> Void
    ) {
        self.name = name
        self.isRequired = isRequired
        self.description = description
        self.makeSchema = makeSchema
        self.write = write
        self.read = read
    }

    /// A member that always stands there.
    package init<Member>(_ name: String, _ path: Path<Member>, _ type: JSONType<Member>, _ description: String) {
        self.init(name, description, schemaOf: type.schema(of:)) { (root) throws(BelljarError) in
            try type.encode(root[keyPath: path])
        } read: { (root, value, place) throws(BelljarError) in
            guard let value else { throw place.wrong("is missing") }
            root[keyPath: path] = try type.decode(value, at: place)
        }
    }

    /// A member that is left out where there is no value.
    package init<Member>(
        optional name: String, _ path: Path<Member?>, _ type: JSONType<Member>, _ description: String
    ) {
        self.init(name, isRequired: false, description, schemaOf: type.schema(of:)) { (root) throws(BelljarError) in
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
        _ name: String, _ path: Path<Member>, _ type: JSONType<Member>, leftOutAt usual: Member,
        _ description: String
    ) {
        self.init(name, isRequired: false, description, schemaOf: type.schema(of:)) { (root) throws(BelljarError) in
            root[keyPath: path] == usual ? nil : try type.encode(root[keyPath: path])
        } read: { (root, value, place) throws(BelljarError) in
            root[keyPath: path] = usual
            if let value { root[keyPath: path] = try type.decode(value, at: place) }
        }
    }

    /// An object that gathers some of the members, which the value itself has.
    package init(
        _ name: String, _ description: String, @JSONMembers<Root> gathering members: () -> [JSONMember<Root>]
    ) {
        let members = members()
        self.init(name, description, schemaOf: { Self.schema(members, of: $0) }) { (root) throws(BelljarError) in
            .object(try Self.encode(root, members))
        } read: { (root, value, place) throws(BelljarError) in
            guard let value else { throw place.wrong("is missing") }
            try Self.decode(value, members, &root, place)
        }
    }

    /// The same member, which only this version of the format and later ones have.
    package func since(_ format: UInt64) -> JSONMember { of(format...formats.upperBound) }

    /// The same member, which only this version of the format and earlier ones have.
    package func until(_ format: UInt64) -> JSONMember { of(formats.lowerBound...format) }

    private func of(_ formats: ClosedRange<UInt64>) -> JSONMember {
        var member = self
        member.formats = formats
        return member
    }

    /// The same member of a value that holds this one.
    package func inside<Outer>(_ path: any WritableKeyPath<Outer, Root> & Sendable) -> JSONMember<Outer> {
        JSONMember<Outer>(name, isRequired: isRequired, description, schemaOf: makeSchema) {
            (outer) throws(BelljarError) in
            try write(outer[keyPath: path])
        } read: { (outer, value, place) throws(BelljarError) in
            try read(&outer[keyPath: path], value, place)
        }.of(formats)
    }

    /// The same member of a value that holds this one, where nothing is read.
    package func said<Outer>(of path: any KeyPath<Outer, Root> & Sendable) -> JSONMember<Outer> {
        JSONMember<Outer>(name, isRequired: isRequired, description, schemaOf: makeSchema) {
            (outer) throws(BelljarError) in
            try write(outer[keyPath: path])
        } read: { (_, _, place) throws(BelljarError) in
            throw place.neverRead
        }.of(formats)
    }

    static func schema(_ members: [JSONMember], of format: UInt64) -> JSONSchema {
        .object(
            members.filter { $0.formats.contains(format) }.map { member in
                let schema = member.makeSchema(format)
                return member.isRequired
                    ? .required(member.name, schema, member.description)
                    : .optional(member.name, schema, member.description)
            })
    }

    /// In the newest format: no other is written.
    static func encode(_ root: Root, _ members: [JSONMember]) throws(BelljarError) -> [String: JSONValue] {
        var encoded: [String: JSONValue] = [:]
        for member in members where member.formats.contains(JSONPlace.newest) {
            encoded[member.name] = try member.write(root)
        }
        return encoded
    }

    static func decode(
        _ value: JSONValue, _ members: [JSONMember], _ root: inout Root, _ place: JSONPlace
    ) throws(BelljarError) {
        guard case .object(var rest) = value else { throw place.wrong("must be an object") }
        for member in members where member.formats.contains(place.format) {
            do throws(BelljarError) {
                try member.read(&root, rest.removeValue(forKey: member.name), place)
            } catch { throw error.inside(member.name) }
        }
        guard let unknown = rest.keys.sorted().first else { return }
        let here = place.member(unknown)
        guard let later = members.first(where: { $0.name == unknown }) else {
            throw here.wrong("is a member that this belljar does not know", remedy: place.remedy)
        }
        throw here.wrong(
            "is a member since format \(later.formats.lowerBound), and this is of format \(place.format)",
            remedy: "it was changed after it was written, or a fork of belljar wrote it")
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
        return JSONType(schemaOf: { JSONMember.schema(members, of: $0) }) { (value) throws(BelljarError) in
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
        JSONType<Other>(schemaOf: makeSchema) { (other) throws(BelljarError) in
            try encode(unmake(other))
        } read: { (given, place) throws(BelljarError) in
            try make(try decode(given, at: place), place)
        }
    }
}

// MARK: Kinds

extension JSONType {
    /// Objects of several kinds, which one of their members names.
    ///
    /// - Parameter kinds: all of them by their names, each a type that has the member.
    package static func kinds(by member: String, _ kinds: [(name: String, type: JSONType)]) -> JSONType {
        let types = Dictionary(kinds.map { ($0.name, $0.type) }) { first, _ in first }
        @Sendable func type(_ value: JSONValue, _ place: JSONPlace) throws(BelljarError) -> JSONType {
            guard case .object(let members) = value else { throw place.wrong("must be an object") }
            let here = place.member(member)
            guard let name = members[member] else { throw here.wrong("is missing") }
            guard let type = types[try here.text(name)] else { throw here.unknown(try here.text(name)) }
            return type
        }
        return JSONType(schemaOf: { format in .oneOf(kinds.map { $0.type.schema(of: format) }) }) {
            (value) throws(BelljarError) in
            // All have the same members, and none of them is left out.
            guard let any = kinds.first else { preconditionFailure("an object of no kind") }
            return try any.type.encode(value)
        } read: { (value, place) throws(BelljarError) in
            try type(value, place).decode(value, at: place)
        }
    }
}
