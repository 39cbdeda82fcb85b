import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarRecipe

/// What schemas say and what readers accept, side by side: whatever a document is, both have the same opinion of it.
@Suite(.enabled(if: OutsideValidator.isInstalled, OutsideValidator.whyNot)) struct SchemaAgreementTests {
    private static func decode(_ text: [UInt8], as name: String) throws(BelljarError) {
        switch name {
        case "recipe": _ = try RecipeDecoder.recipe(text, file: "f", folder: "/f")
        case "toolchain": _ = try ToolchainDecoder.spec(text, file: "f")
        case "toolchain-lock": _ = try ToolchainDecoder.lock(text, file: "f")
        case "definition": _ = try BuildRecord.KeyedDefinition(document: try CanonicalJSON.decode(text))
        default: _ = try HostLimitsFile.decode(text, file: "f")
        }
    }

    /// The mistakes that a reader finds, without their places.
    private static func mistakes(_ text: String, as name: String) -> [String] {
        do throws(BelljarError) {
            try decode(Array(text.utf8), as: name)
            return []
        } catch {
            guard !error.details.isEmpty else { return [error.answer] }
            return error.details.map { $0.replacing(#/^f:\d+:\d+: /#, with: "") }
        }
    }

    /// A document with both opinions.
    private struct Case {
        var document: Spelled
        /// Of the reader; none if it accepts the document.
        var mistakes: [String]
        /// Of the validator.
        var refusals: [String]
    }

    /// 2500 documents made of a schema, and what its reader and the validator think of each.
    private func cases(of schema: JSONValue, as name: String) throws -> [Case] {
        let folder = try TestFolder()
        try folder.write("schema.json", schema.pretty)
        var maker = DocumentMaker(seed: UInt64(name.utf8.count), isAlwaysJSON: name == "definition")
        var cases: [Case] = []
        var paths: [String] = []
        for index in 0..<2500 {
            let document = try maker.document(schema)
            let file = "\(index).\(document.isJSON ? "json" : "yaml")"
            try folder.write(file, document.text + "\n")
            paths.append("\(folder.path)/\(file)")
            cases.append(Case(document: document, mistakes: Self.mistakes(document.text, as: name), refusals: []))
        }
        let refusals = try OutsideValidator.refusals(of: paths, schema: "\(folder.path)/schema.json", in: folder)
        for (index, path) in paths.enumerated() { cases[index].refusals = refusals[path] ?? [] }
        return cases
    }

    /// The cases of disagreement that nothing explains.
    private func findings(in cases: [Case]) -> [String] {
        cases.filter { $0.mistakes.isEmpty != $0.refusals.isEmpty }.compactMap { found in
            let unexplained = Self.unexplained(found.mistakes, found.refusals, found.document.plainTexts)
            guard !unexplained.isEmpty else { return nil }
            return ([String(found.document.text.prefix(3000))] + unexplained).joined(separator: "\n")
        }
    }

    /// What no entry of the lists explains of a disagreement.
    private static func unexplained(_ mistakes: [String], _ refusals: [String], _ plain: [String]) -> [String] {
        let list = mistakes.isEmpty ? Unsayable.refusals : Unsayable.mistakes
        return (mistakes + refusals).filter { answer in !list.contains { $0.explains(answer, plain) } }
    }

    @Test(arguments: FileSchemas.all.map(\.name)) func schemaAndReaderAgree(name: String) throws {
        let schema = try #require(FileSchemas.all.first { $0.name == name })
        let cases = try cases(of: schema.document, as: name)
        let accepted = cases.count { $0.mistakes.isEmpty && $0.refusals.isEmpty }
        let refused = cases.count { !$0.mistakes.isEmpty && !$0.refusals.isEmpty }
        // Both opinions are there, or agreement would say nothing.
        #expect(accepted > 300 && refused > 300, "\(accepted) accepted, \(refused) refused")
        let findings = findings(in: cases)
        for finding in findings.prefix(20) { Issue.record("\(finding)") }
        #expect(findings.isEmpty, "\(findings.count) findings")
    }

    /// What decides a result, as a record has it. The rest of a record is held together by digests, which no generated document has.
    @Test func schemaAndReaderAgreeOnDefinitions() throws {
        let schema = BuildRecord.KeyedDefinition.json.schema.document("definition", title: "a definition")
        let cases = try cases(of: schema, as: "definition")
        let accepted = cases.count { $0.mistakes.isEmpty && $0.refusals.isEmpty }
        let refused = cases.count { !$0.mistakes.isEmpty && !$0.refusals.isEmpty }
        #expect(accepted > 300 && refused > 300, "\(accepted) accepted, \(refused) refused")
        let disagreements = cases.filter { $0.mistakes.isEmpty != $0.refusals.isEmpty }
        let findings = disagreements.filter { found in
            !found.mistakes.contains { mistake in Unsayable.inDefinitions.contains { $0.isMet(mistake) } }
        }
        for found in findings.prefix(20) {
            Issue.record("\(found.document.text.prefix(3000))\n\(found.mistakes + found.refusals)")
        }
        #expect(findings.isEmpty, "\(findings.count) findings")
        // What is on the list comes up, also what would not by chance.
        for entry in Unsayable.inDefinitions {
            #expect(disagreements.contains { $0.mistakes.contains(where: entry.isMet) }, "\(entry.reason)")
        }
    }

    /// A schema that says one number too many is found out.
    @Test func aWrongSchemaIsFound() throws {
        let schema = try #require(FileSchemas.all.first { $0.name == "limits" })
        var document = try #require(schema.document.object)
        var properties = try #require(document["properties"]?.object)
        #expect(properties["cpus"]?["maximum"] == 1024)
        properties["cpus"] = JSONSchema.integer(1...1025).json
        document["properties"] = .object(properties)
        #expect(!findings(in: try cases(of: .object(document), as: "limits")).isEmpty)
    }

    /// Every entry of the lists is still true.
    @Test func whatASchemaCannotSay() throws {
        let folder = try TestFolder()
        let entries = Unsayable.mistakes + Unsayable.refusals
        let paths = entries.indices.map { "\(folder.path)/\($0).yaml" }
        for (index, entry) in entries.enumerated() { try folder.write("\(index).yaml", entry.example) }
        let schema = OutsideValidator.project + "/Schemas/recipe.schema.json"
        let refusals = try OutsideValidator.refusals(of: paths, schema: schema, in: folder)
        for (path, entry) in zip(paths, entries) {
            let mistakes = Self.mistakes(entry.example, as: "recipe")
            let refused = refusals[path] ?? []
            let isReaders = Unsayable.mistakes.contains { $0.name == entry.name }
            #expect(mistakes.isEmpty != isReaders && refused.isEmpty == isReaders, "\(entry.name): \(refused)")
            let plain = entry.example.split { " ,[]{}\n".contains($0) }.map { $0.hasSuffix(":") ? $0.dropLast() : $0 }
            for answer in mistakes + refused {
                #expect(entry.explains(answer, plain.map(String.init)), "\(entry.name): \(answer)")
            }
        }
    }

    // MARK: files of the project

    @Test func everyFileOfTheProjectIsAccepted() throws {
        let kinds = [
            ("recipe", "recipe.yaml", ["Recipes", "Tests/Suites/Recipes", "Tests/Fixtures/Probes"]),
            ("toolchain", "toolchain.yaml", ["Toolchains", "Tests/Suites/Toolchains"]),
            ("toolchain-lock", "toolchain.lock.yaml", ["Toolchains", "Tests/Suites/Toolchains"]),
        ]
        let folder = try TestFolder()
        for (name, file, places) in kinds {
            let paths = try places.flatMap { try files(named: file, below: $0) }
            #expect(paths.count > 5)
            let schema = OutsideValidator.project + "/Schemas/\(name).schema.json"
            #expect(try OutsideValidator.refusals(of: paths, schema: schema, in: folder) == [:])
        }
    }

    private func files(named name: String, below folder: String) throws -> [String] {
        let path = OutsideValidator.project + "/" + folder
        return try Descriptor.workingDirectory.open(path, [.read, .directory]).entries()
            .map { "\(path)/\(String(decoding: $0.name, as: UTF8.self))/\(name)" }
            .filter { (try? Descriptor.workingDirectory.open($0)) != nil }.sorted()
    }

    /// What editors are told in a file leads to a schema.
    @Test func filesOfTheProjectNameTheirSchemas() throws {
        for (name, folder) in [("recipe", "Recipes"), ("toolchain", "Toolchains")] {
            for path in try files(named: "\(name).yaml", below: folder) {
                let text = String(
                    decoding: try Descriptor.workingDirectory.open(path).readAll(limit: 1 << 20), as: UTF8.self)
                let line = "# yaml-language-server: $schema=../../Schemas/\(name).schema.json\n"
                #expect(text.hasPrefix(line), "\(path)")
            }
        }
    }

    /// A schema for editors finds what people get wrong.
    @Test func mistakesOfTheListsAreRefused() throws {
        let folder = try TestFolder()
        let schema = OutsideValidator.project + "/Schemas/recipe.schema.json"
        let rows = RecipeMistakes.all.filter { !Self.knownToReadersOnly.contains($0.name) }
        var paths: [String: String] = [:]
        for (index, row) in rows.enumerated() {
            try folder.write("\(index).yaml", row.text)
            paths["\(folder.path)/\(index).yaml"] = row.name
        }
        try folder.write("good.yaml", RecipeSamples.good)
        let files = paths.keys.sorted() + ["\(folder.path)/good.yaml"]
        let refused = Set(try OutsideValidator.refusals(of: files, schema: schema, in: folder).keys)
        #expect(Set(paths.filter { !refused.contains($0.key) }.values) == [])
        #expect(!refused.contains("\(folder.path)/good.yaml"))
    }

    /// Of the rows in `RecipeMistakes`: what a schema cannot say, or its reader does not look at.
    private static let knownToReadersOnly: Set<String> = [
        // How YAML is written is gone before a schema is asked.
        "anchor and alias", "tag", "own tag", "merge key", "directive", "octal epoch", "epoch with an exponent",
        // Equal names of different members, and what one member says of another.
        "duplicate step", "itself as input", "secret for nobody", "step with an unknown secret",
    ]
}
