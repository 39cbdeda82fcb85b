import Testing

@testable import BelljarModel

private func text(_ value: JSONValue) -> String { String(decoding: CanonicalJSON.encode(value), as: UTF8.self) }
private func decode(_ text: String) throws -> JSONValue { try CanonicalJSON.decode(Array(text.utf8)) }

@Suite struct CanonicalJSONTests {
    @Test func sortsKeysByUTF16() {
        // The example of RFC 8785 section 3.2.3: by UTF-16 the emoji (a surrogate pair) comes before U+FB33.
        let value: JSONValue = [
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control",
            "\u{f6}": "Latin Small Letter O With Diaeresis",
        ]
        let expected =
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\","
            + "\"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\","
            + "\"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
        #expect(text(value).utf8.elementsEqual(expected.utf8))
    }

    @Test func escapesAsTheRFCSays() {
        let value: JSONValue = "\u{20ac}$\u{f}\nA'B\"\\\"/\u{8}\t\u{c}\u{7f}"
        #expect(text(value) == #""€$\u000f\nA'B\"\\\"/\b\t\f"# + "\u{7f}\"")
    }

    @Test func writesScalarsAndNesting() {
        let value: JSONValue = ["b": [1, -2, .null, true, false], "a": [:], "c": []]
        #expect(text(value) == #"{"a":{},"b":[1,-2,null,true,false],"c":[]}"#)
        #expect(text(.integer(CanonicalJSON.integerLimit)) == "9007199254740991")
        #expect(text(.integer(-CanonicalJSON.integerLimit)) == "-9007199254740991")
    }

    @Test func readsAnyLayout() throws {
        let value = try decode(" { \"a\" : [ 1 , \"\\u00e9\\ud83d\\ude00\\/\" ] ,\n\t\"b\":{}} \r\n")
        #expect(value == ["a": [1, "é😀/"], "b": [:]])
        #expect(value["a"]?.array?.first?.integer == 1)
        #expect(try decode("0") == 0)
        #expect(try decode("-7") == -7)
    }

    @Test(arguments: [
        ("", 0), ("{", 1), ("[1,]", 3), ("[1 2]", 3), ("{\"a\":1,}", 7), ("{a:1}", 1), ("{\"a\" 1}", 5),
        ("{\"a\":1,\"a\":2}", 7), ("{\"\\u0061\":1,\"a\":2}", 12), ("{\"e\\u0301\":1,\"é\":2}", 13),
        ("1.5", 0), ("1e3", 0), ("[1E3]", 1), ("-", 1), ("-0", 0), ("01", 0), ("+1", 0), (".5", 0), ("NaN", 0),
        ("9007199254740992", 0), ("-9007199254740992", 0), ("99999999999999999999999", 0),
        ("\"\\ud800\"", 1), ("\"\\udc00\"", 1), ("\"\\ud800\\u0041\"", 1), ("\"\\ud800x\"", 1), ("\"\\x\"", 1),
        ("\"\\u12g4\"", 5), ("\"a\nb\"", 2), ("\"abc", 4), ("\"abc\\", 5), ("true false", 5), ("tru", 0), ("nul", 0),
        ("[1]]", 3), ("'a'", 0), ("// c\n1", 0), ("\u{feff}1", 0), ("1\0", 1),
    ])
    func refuses(document: String, offset: Int) {
        let error = #expect(throws: BelljarError.self) { try decode(document) }
        #expect(error?.answer.hasPrefix("byte \(offset): ") == true, "\(error?.answer ?? "no error")")
    }

    @Test func refusesInvalidUTF8() {
        for bytes: [UInt8] in [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]] {
            let document = Array("\"ab".utf8) + bytes + Array("\"".utf8)
            let error = #expect(throws: BelljarError.self) { try CanonicalJSON.decode(document) }
            #expect(error?.answer == "byte 3: invalid UTF-8 in a string")
        }
    }

    @Test func limitsDepthAndSize() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(throws: Never.self) { try decode(deepest) }
        let error = #expect(throws: BelljarError.self) { try decode("[" + deepest + "]") }
        #expect(error?.answer == "byte 64: deeper than 64 levels")
        let flood = #expect(throws: BelljarError.self) { try decode(String(repeating: "[", count: 1 << 20)) }
        #expect(flood?.answer == "byte 64: deeper than 64 levels")
        let large = [UInt8](repeating: 0x20, count: CanonicalJSON.sizeLimit) + [0x31]
        #expect(throws: BelljarError.self) { try CanonicalJSON.decode(large) }
        #expect(try CanonicalJSON.decode(Array(large.dropFirst())) == 1)
    }

    /// The size of a document does not bound what reading it takes; the number of its values does.
    @Test func limitsValues() throws {
        let document = Array(#"{"a":[0,{"b":""}],"c":null}"#.utf8)
        #expect(throws: Never.self) { try CanonicalJSON.decode(document, valueLimit: 6) }
        let error = #expect(throws: BelljarError.self) { try CanonicalJSON.decode(document, valueLimit: 5) }
        #expect(error?.answer == "byte 22: more than 5 values")
    }

    /// The smallest output that a record can name has 119 bytes and five values.
    @Test func aRecordOfAnySizeThatIsReadHasNoMoreValues() {
        #expect(BuildRecord.sizeLimit / 119 * 5 < CanonicalJSON.valueLimit)
        #expect(UInt64(BuildRecord.sizeLimit) / (118 + 150) > ResourceLimits.standard.outputFiles)
    }

    @Test func stringsWithAndWithoutEscapes() throws {
        let values = try decode(##"["plain","","é\"\u00e9x","\\","x\ny"]"##)
        #expect(values == ["plain", "", "é\"éx", "\\", "x\ny"])
    }

    @Test func roundTripsRandomDocuments() throws {
        var random = SplitMix(state: 8785)
        for _ in 0..<500 {
            let value = randomValue(depth: 4, random: &random)
            let bytes = CanonicalJSON.encode(value)
            let decoded = try CanonicalJSON.decode(bytes)
            #expect(decoded == value)
            #expect(CanonicalJSON.encode(decoded) == bytes)
        }
    }

    private func randomValue(depth: Int, random: inout SplitMix) -> JSONValue {
        let range = -CanonicalJSON.integerLimit...CanonicalJSON.integerLimit
        let count = Int.random(in: 0..<5, using: &random)
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .integer(.random(in: range, using: &random))
        case 3: return .string(random.text())
        case 4: return .array((0..<count).map { _ in randomValue(depth: depth - 1, random: &random) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<count { members[random.text()] = randomValue(depth: depth - 1, random: &random) }
            return .object(members)
        }
    }
}
