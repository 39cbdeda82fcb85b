import BelljarControls
import BelljarModel
import Testing

@testable import BelljarRecipe

/// Recipes and records say the same things by the same rules: what a recipe may say a record may, and no more.
@Suite struct RecordAgreementTests {
    private typealias Definition = BuildRecord.Definition

    private static let digest = Digest(of: [1])

    private static func definition(_ kind: SourceKind<SourceAddress> = .local(path: "x")) -> Definition {
        Definition(
            name: "hello", version: "1",
            toolchain: .init(name: "c", lock: digest, image: TreeDigest(digest: digest, size: 1)),
            sources: [.init(kind: kind, digest: digest, size: 1, into: "")], inputs: [],
            steps: [.init(name: "build", argv: BuildRecord.Step.argv(script: "make"), directory: "/build")],
            environment: [:], outputs: ["."], epoch: 1, limits: .standard,
            sandbox: .init(profile: "strict/1", baseline: "6.1", network: "none"), controls: .standard, constants: [:],
            seed: "")
    }

    /// A text in a recipe and in a record.
    private struct Place: CustomTestStringConvertible {
        let testDescription: String
        let inRecipe: @Sendable (String) throws -> Void
        let inRecord: @Sendable (inout Definition, String) -> Void

        init<Value>(
            _ name: String, _ rule: TextRule<Value>, _ inRecord: @escaping @Sendable (inout Definition, String) -> Void
        ) {
            testDescription = name
            inRecipe = { text throws in _ = try rule(text) }
            self.inRecord = inRecord
        }
    }

    private static let commit = String(repeating: "ab", count: 20)

    private static let places = [
        Place("name", Rules.name) { $0.name = $1 },
        Place("version", Rules.version) { $0.version = $1 },
        Place("toolchain", Rules.name) { $0.toolchain.name = $1 },
        Place("local path", Rules.ownPath) { $0.sources[0].kind = .local(path: $1) },
        Place("patch", Rules.ownPath) { $0.sources[0].kind = .patch(path: $1, strip: 1) },
        Place("repository", Rules.repository) { $0.sources[0].kind = .git(repository: $1, commit: commit) },
        Place("commit", Rules.commit) { $0.sources[0].kind = .git(repository: "r", commit: $1) },
        Place("address", Rules.address) { $0.sources[0].kind = .archive(.url($1), strip: 1) },
        Place("file name", Rules.fileName) {
            $0.sources[0].kind = .file(.url("https://example.org/x"), name: $1, isExecutable: false)
        },
        Place("into", Rules.pathOrEmpty(below: "/build")) { $0.sources[0].into = $1 },
        Place("step", Rules.stepName) { $0.steps[0].name = $1 },
        Place("script", Rules.script) { $0.steps[0].argv = BuildRecord.Step.argv(script: $1) },
        Place("directory", Rules.pathOrEmpty(below: "/build")) {
            $0.steps[0].directory = $1.isEmpty ? "/build" : "/build/" + $1
        },
        Place("output", Rules.output) { $0.outputs = [$1] },
        Place("seed", Rules.textOrEmpty(upTo: 256)) { $0.seed = $1 },
        Place("value of a variable", Rules.textOrEmpty(upTo: 64 << 10)) { $0.environment["A"] = $1 },
        Place("secret", Rules.stepName) { $0.secrets = [.init(name: $1, variable: "", steps: ["build"])] },
    ]

    private static let texts =
        Samples.texts + Samples.long
        + [256, 257, 65_536, 65_537, 131_071, 131_072].map { String(repeating: "x", count: $0) }

    @Test(arguments: places) private func bothHaveOneOpinion(_ place: Place) throws {
        var (accepted, refused) = (0, 0)
        for text in Self.texts {
            var definition = Self.definition()
            place.inRecord(&definition, text)
            var document = try #require(try definition.json().object)
            document["action"] = .digest(Self.digest)
            let inRecipe = (try? ValueRule<Void>.isAccepted(text, place.inRecipe)) ?? false
            let inRecord = (try? BuildRecord.KeyedDefinition(document: .object(document))) != nil
            // Of a recipe, what looks like a pattern is refused for its author's sake; records of before may have such a name.
            let isPattern = place.testDescription == "output" && text.contains { "*?".contains($0) }
            #expect(inRecipe == (inRecord && !isPattern), "\(quoted(text))")
            if inRecord { accepted += 1 } else { refused += 1 }
        }
        #expect(accepted > 0 && refused > 0)
    }
}

extension ValueRule<Void> {
    /// A recipe's texts hold no NUL, whatever their rule.
    fileprivate static func isAccepted(_ text: String, _ read: (String) throws -> Void) throws -> Bool {
        guard !text.utf8.contains(0) else { return false }
        try read(text)
        return true
    }
}
