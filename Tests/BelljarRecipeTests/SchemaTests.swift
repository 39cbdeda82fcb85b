import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarRecipe

@Suite struct SchemaTests {
    private func text(_ path: String) throws -> String {
        let bytes = try Descriptor.workingDirectory.open(OutsideValidator.project + "/" + path).readAll(limit: 1 << 20)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: FileSchemas.all.map(\.name)) func whatIsPrintedIsTheSchema(name: String) throws {
        let schema = try #require(FileSchemas.all.first { $0.name == name })
        #expect(try CanonicalJSON.decode(Array(schema.document.pretty.utf8)) == schema.document)
    }

    /// Every key of a schema, with what it says of it.
    private func keys(_ schema: JSONValue) -> [(name: String, schema: JSONValue)] {
        let own = (schema["properties"]?.object ?? [:]).map { (name: $0.key, schema: $0.value) }
        let inner = own.map(\.schema) + (schema["oneOf"]?.array ?? []) + [schema["items"]].compactMap { $0 }
        return own + inner.flatMap(keys)
    }

    @Test func everyKeyIsDescribedHereAndInTheDocuments() throws {
        let documents = try text("docs/recipe.md") + text("docs/toolchain.md")
        for schema in FileSchemas.all {
            let keys = keys(schema.document)
            #expect(keys.count > 5)
            for key in keys {
                let description = key.schema["description"]?.string ?? ""
                #expect(!description.isEmpty && !description.contains("\n"), "\(schema.name): \(key.name)")
                let pattern = try Regex("[`.]\(key.name)[`:.]")
                #expect(documents.contains(pattern), "\(schema.name): \(key.name)")
            }
        }
    }

    @Test(.enabled(if: OutsideValidator.isInstalled, OutsideValidator.whyNot)) func theyAreSchemas() throws {
        let folder = try TestFolder()
        for schema in FileSchemas.all {
            try folder.write(schema.fileName, schema.document.pretty)
            #expect(try OutsideValidator.accepts(schema: "\(folder.path)/\(schema.fileName)", in: folder))
        }
        try folder.write("wrong.json", "{\"type\": \"texts\"}")
        #expect(try !OutsideValidator.accepts(schema: "\(folder.path)/wrong.json", in: folder))
    }

    @Test(
        arguments: [
            0...0, 0...9, 0...600, 1...1024, 4...1_048_576, 64...4_294_967_296, 100...199, 99...1000, 7...7,
            1999...20_001,
        ] as [ClosedRange<UInt64>]) func rangesAsPatterns(range: ClosedRange<UInt64>) throws
    {
        let regex = try Regex(Rules.pattern(range))
        var randomness = Randomness(state: range.upperBound)
        let (least, most) = (range.lowerBound, range.upperBound)
        var numbers = [0, 1, 9, 10, 99, 100, least, most, most + 1, most * 10, most * 10 + 9, least / 10]
        if least > 0 { numbers.append(least - 1) }
        for _ in 0..<500 { numbers.append(UInt64.random(in: 0...most * 2 + 10, using: &randomness)) }
        for number in numbers {
            #expect((try regex.wholeMatch(in: String(number)) != nil) == range.contains(number), "\(number)")
        }
        for text in ["", "00", "0\(least)", "\(least) ", "x"] {
            #expect(try regex.wholeMatch(in: text) == nil, "\(text)")
        }
    }

    /// Texts by which a reader of characters is mistaken about bytes.
    @Test func textsAreReadByTheirBytes() {
        #expect((try? Rules.bytes(in: 0...1 << 40)("16\u{212A}iB")) == nil)
        #expect((try? Rules.repository("https://me:pw@\u{301}example.org/x")) == nil)
        #expect((try? Rules.repository("https://\u{301}example.org/x")) != nil)
        #expect((try? Rules.hostVariable("A=\u{301}b")) == nil)
        #expect((try? Rules.secretFile("/\u{301}x")) != nil)
    }
}
