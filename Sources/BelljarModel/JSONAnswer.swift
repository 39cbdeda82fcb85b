// What is written for others and never read here.

extension JSONMember {
    /// A member of what is written for others and never read here.
    package init<Member>(
        says name: String, _ type: JSONType<Member>, _ description: String,
        _ get: @escaping @Sendable (Root) throws(BelljarError) -> Member
    ) {
        self.init(name, description, schemaOf: type.schema(of:)) { (root) throws(BelljarError) in
            try type.encode(try get(root))
        } read: { (_, _, place) throws(BelljarError) in
            throw place.neverRead
        }
    }

    /// The same, left out where there is nothing to say.
    package init<Member>(
        maySay name: String, _ type: JSONType<Member>, _ description: String,
        _ get: @escaping @Sendable (Root) -> Member?
    ) {
        self.init(name, isRequired: false, description, schemaOf: type.schema(of:)) { (root) throws(BelljarError) in
            guard let value = get(root) else { return nil }
            return try type.encode(value)
        } read: { (_, _, place) throws(BelljarError) in
            throw place.neverRead
        }
    }
}

extension JSONType {
    /// An object that is written for others and never read here.
    package static func answer(@JSONMembers<Value> _ members: () -> [JSONMember<Value>]) -> JSONType {
        let members = members()
        return JSONType(schemaOf: { JSONMember.schema(members, of: $0) }) { (value) throws(BelljarError) in
            .object(try JSONMember.encode(value, members))
        } read: { (_, place) throws(BelljarError) in
            throw place.neverRead
        }
    }
}
