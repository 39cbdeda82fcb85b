import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarRecipe

/// Every YAML example of README.md and docs/ is read as strictly as a file would be: ```` ```yaml ```` marks belljar's own
/// formats. What is YAML of others is marked otherwise.
@Suite struct ExampleTests {
    struct Example: Sendable, CustomTestStringConvertible {
        /// `docs/recipe.md:7`.
        var place: String
        var text: String

        var testDescription: String { place }

        /// Keys at the margin, in order.
        var keys: [String] {
            text.split(separator: "\n").compactMap { line in
                guard let first = line.utf8.first, first >= UInt8(ascii: "a"), first <= UInt8(ascii: "z") else {
                    return nil
                }
                return String(line.prefix { $0 != ":" })
            }
        }
    }

    private enum Kind { case recipe, toolchain, limits }

    static let examples: [Example] = (try? found()) ?? []

    @Test func thereAreSome() throws {
        let found = try Self.found()
        #expect(Set(found.map(Self.kind)) == [.recipe, .toolchain, .limits])
        #expect(found.count >= 10)
    }

    @Test(arguments: examples) func isRead(_ example: Example) throws {
        switch Self.kind(example) {
        case .recipe:
            let text = Self.completed(example)
            let recipe = try RecipeDecoder.recipe(
                Array(text.utf8), file: example.place, folder: "/project/Recipes/example", project: "/project")
            #expect(!recipe.name.isEmpty)
        case .toolchain:
            let spec = try ToolchainDecoder.spec(Array(example.text.utf8), file: example.place)
            guard case .debian(let packages) = spec.kind else { return }
            // There are such packages, as far as the locks of this repository tell.
            #expect(Set(packages.names).subtracting(try Self.knownPackages()) == [])
        case .limits:
            let limits = try HostLimitsFile.decode(Array(example.text.utf8), file: example.place)
            #expect(!limits.caps.isEmpty)
        }
    }

    /// What the completion adds must not be what makes an example good.
    @Test func whatIsWrongIsFound() {
        for text in ["sources:\n  - local: ../x\n", "steps:\n  - name: a\n", "limits: {timeout: 5}\n", "step: []\n"] {
            let example = Example(place: "wrong", text: text)
            #expect(throws: BelljarError.self) {
                try RecipeDecoder.recipe(
                    Array(Self.completed(example).utf8), file: "wrong", folder: "/project/Recipes/example",
                    project: "/project")
            }
        }
    }

    private static func kind(_ example: Example) -> Kind {
        let keys = Set(example.keys)
        if !keys.isDisjoint(with: ["debian", "archive"]) { return .toolchain }
        // The keys of a recipe's `limits`, by themselves.
        return keys.isSubset(of: Set(LimitName.allCases.map(\.rawValue))) ? .limits : .recipe
    }

    /// An example that shows some keys of a recipe, with those added that every recipe has to have.
    private static func completed(_ example: Example) -> String {
        let needed = [
            ("name", "example"), ("version", "1"), ("toolchain", "debian-12-c"), ("epoch", "1700000000"),
            ("steps", "[{name: build, run: make}]"), ("outputs", "[example]"),
        ]
        let keys = Set(example.keys)
        return example.text + needed.filter { !keys.contains($0.0) }.map { "\($0.0): \($0.1)\n" }.joined()
    }

    private static func knownPackages() throws -> Set<String> {
        let folder = OutsideValidator.project + "/Toolchains"
        let names = try Descriptor.workingDirectory.open(folder, [.read, .directory]).entries()
        return try names.reduce(into: []) { known, entry in
            let path = "\(folder)/\(String(decoding: entry.name, as: UTF8.self))/toolchain.lock.yaml"
            let text = try Descriptor.workingDirectory.open(path).readAll(limit: YAMLParser.maximumBytes)
            known.formUnion(try ToolchainDecoder.lock(text, file: path).packages.map(\.name))
        }
    }

    // MARK: Finding them

    private static func found() throws -> [Example] {
        let project = OutsideValidator.project
        var pages = ["README.md"]
        for folder in ["docs", "docs/howto", "docs/explain"] {
            let opened = try Descriptor.workingDirectory.open("\(project)/\(folder)", [.read, .directory])
            pages += try opened.entries().map { "\(folder)/" + String(decoding: $0.name, as: UTF8.self) }
                .filter { $0.hasSuffix(".md") }.sorted()
        }
        return try pages.flatMap { page in
            let text = try Descriptor.workingDirectory.open("\(project)/\(page)").readAll(limit: 4 << 20)
            return examples(in: String(decoding: text, as: UTF8.self), page)
        }
    }

    private static func examples(in text: String, _ page: String) -> [Example] {
        var (examples, current): ([Example], Example?) = ([], nil)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if line == "```yaml" {
                current = Example(place: "\(page):\(index + 2)", text: "")
            } else if line.hasPrefix("```") {
                if let current { examples.append(current) }
                current = nil
            } else {
                current?.text += line + "\n"
            }
        }
        return examples
    }
}
