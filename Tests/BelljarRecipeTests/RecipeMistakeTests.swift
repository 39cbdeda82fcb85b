import BelljarModel
import Testing

@testable import BelljarRecipe

/// A recipe with one thing changed, and what is said about it.
struct MistakeRow: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    /// `line:column: message` of every mistake, in order.
    var expected: [String]

    init(_ name: String, _ text: String, _ expected: String...) {
        self.name = name
        self.text = text
        self.expected = expected
    }

    /// The good recipe with a line, or several, replaced; the line must be there.
    init(_ name: String, replacing line: String, with other: String, _ expected: String...) {
        precondition(RecipeSamples.good.contains(line), "no such line in the good recipe: \(line)")
        self.name = name
        text = RecipeSamples.good.replacing(line, with: other)
        self.expected = expected
    }

    /// The good recipe with another source in the place of its only one.
    init(_ name: String, source: String, _ expected: String...) {
        self.name = name
        text = RecipeSamples.good.replacing(RecipeSamples.source, with: source)
        self.expected = expected
    }

    var testDescription: String { name }
}

enum RecipeSamples {
    static let digits = String(repeating: "0123456789abcdef", count: 4)
    static let commit = String(repeating: "01234567", count: 5)

    static let source = """
        archive: debian:pool/main/h/hello/hello_2.10.orig.tar.gz
            sha256: \(digits)
        """

    static let good = """
        name: hello
        version: "2.10"
        toolchain: debian-12-c
        epoch: 1416139200
        sources:
          - \(source)
        inputs: [zlib]
        environment: {CFLAGS: -O2}
        steps:
          - name: build
            run: make
        outputs: [usr/bin/hello]
        limits: {timeout: 10m}

        """
}

@Suite struct RecipeMistakeTests {
    /// Decodes and answers the mistakes as `line:column: message`.
    static func mistakes(of text: [UInt8]) -> [String] {
        do throws(BelljarError) {
            _ = try RecipeDecoder.recipe(text, file: "r.yaml", folder: "/nowhere")
            return []
        } catch {
            #expect(error.code == .usage)
            #expect(error.operation == "read recipe")
            let lines = error.details.isEmpty ? ["\(error.subject): \(error.answer)"] : error.details
            #expect(lines.first?.hasPrefix(error.subject + ": ") == true)
            return lines.map { $0.hasPrefix("r.yaml:") ? String($0.dropFirst("r.yaml:".count)) : $0 }
        }
    }

    @Test func goodRecipe() { #expect(Self.mistakes(of: Array(RecipeSamples.good.utf8)) == []) }

    @Test(arguments: RecipeMistakes.all) func mistake(row: MistakeRow) {
        #expect(!row.expected.isEmpty)
        #expect(Self.mistakes(of: Array(row.text.utf8)) == row.expected)
    }

    /// Each mistake is told once: what is declared with one is declared, and who lists or needs it makes none.
    @Test func aMistakeMakesNoOther() {
        let secret = "{name: token, file: /x, variable: T}"
        let both = RecipeSamples.good.replacing("run: make", with: "run: make\n    secrets: [token]")
            .replacing("{timeout: 10m}", with: "{}\nsecrets: [\(secret)]")
        #expect(
            Self.mistakes(of: Array(both.utf8)) == [
                "16:11: a secret has either \"file\" or \"variable\", which says where to read it"
            ])
        let step = RecipeSamples.good.replacing("run: make", with: "run: []\n    secrets: [token]")
            .replacing("{timeout: 10m}", with: "{}\nsecrets: [{name: token, variable: T}]")
        #expect(Self.mistakes(of: Array(step.utf8)) == ["12:10: run must be text, not a list"])
    }

    /// What no number holds is beyond the range of the limit, whatever its unit.
    @Test(arguments: ["1025GiB", "99999999999999999999GiB", "99999999999999999999"])
    func tooMuchMemoryIsToldTheRangeOfMemory(_ size: String) {
        let text = RecipeSamples.good.replacing("timeout: 10m", with: "memory: \(size)")
        #expect(
            Self.mistakes(of: Array(text.utf8)) == ["14:18: memory \"\(size)\" is not between 16MiB and 1024GiB"])
    }
}
