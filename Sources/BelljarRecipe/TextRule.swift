internal import BelljarModel

/// What a text has to look like, said twice in one place: as a schema, for editors and other programs, and as the reader
/// that answers the value or throws what is wrong with the text.
struct TextRule<Value>: Sendable {
    /// Made when it is asked for: reading does not need it.
    private let makeSchema: @Sendable () -> JSONSchema
    private let read: @Sendable (String) throws(Wrong) -> Value

    init(
        _ schema: @autoclosure @escaping @Sendable () -> JSONSchema,
        _ read: @escaping @Sendable (String) throws(Wrong) -> Value
    ) {
        makeSchema = schema
        self.read = read
    }

    var schema: JSONSchema { makeSchema() }

    func callAsFunction(_ text: String) throws(Wrong) -> Value { try read(text) }
}

extension TextRule where Value == String {
    /// A rule that records have, too.
    ///
    /// - Parameter inYAML: what of its schema is otherwise where texts may stand without quotes.
    init(_ rule: SharedRule, _ inYAML: @escaping @Sendable (JSONSchema) -> JSONSchema) {
        self.init(inYAML(rule.schema)) { (text) throws(Wrong) in
            if let mistake = rule.mistake(in: text) { throw Wrong(mistake) }
            return text
        }
    }
}

extension TextRule where Value: Sendable {
    /// One of some words.
    ///
    /// - Parameter otherwise: what is wrong with any other text.
    static func words(
        _ words: [(word: String, value: Value)], otherwise: @escaping @Sendable (String) -> String
    ) -> TextRule {
        let names = words.map(\.word)
        return TextRule(.oneOf(names)) { (text) throws(Wrong) in
            guard let found = words.first(where: { $0.word == text }) else { throw Wrong(otherwise(text)) }
            return found.value
        }
    }
}

extension TextRule where Value: Sendable & RawRepresentable<String> & CaseIterable {
    /// The names of all cases.
    static func cases(otherwise: @escaping @Sendable (String) -> String) -> TextRule {
        words(Value.allCases.map { ($0.rawValue, $0) }, otherwise: otherwise)
    }
}

extension JSONSchema {
    /// What a schema sees of a text without quotes that looks like something else: `1.10` is a number to it, and `true` is
    /// no text. To belljar these are texts as they are written, so where a text may look like that, the schema accepts it.
    /// How it was written is more than a schema can see.
    func unquoted(numbers: Bool, from minimum: Int64? = nil) -> JSONSchema {
        with("type", numbers ? ["string", "number", "boolean"] : ["string", "boolean"])
            .with("minimum", minimum.map { .integer($0) })
    }
}
