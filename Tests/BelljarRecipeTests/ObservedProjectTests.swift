import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarRecipe

/// The recipe that is written for what was observed.
@Suite struct ObservedProjectTests {
    private func recipe(
        _ command: [String], environment: [String: String] = [:], products: [String] = ["hello"], foreign: [String] = []
    ) throws -> Recipe {
        let observed = ObservedProject(
            command: command, packages: ["make"], environment: environment, products: products, foreign: foreign)
        let folder = try ProjectFolder("/")
        let text = ProjectRecipe(
            name: "tool", version: "1", template: observed.template("tool"), folder: folder, epoch: 1,
            epochOrigin: "the last commit"
        ).text
        return try RecipeDecoder.recipe(text, file: "belljar.yaml", folder: "/p", project: "/p")
    }

    @Test func theCommandIsAStep() throws {
        let made = try recipe(["make", "-j4", "CFLAGS=-O2 -g", "it's"])
        #expect(made.steps.map(\.name) == ["build", "take"])
        #expect(made.steps[0].run == "make -j4 'CFLAGS=-O2 -g' 'it'\\''s'\n")
        #expect(made.steps[1].run == "cp --parents -t \"$OUT\" -- \\\n  hello\n")
        #expect(made.outputs == ["hello"])
        #expect(made.toolchain == "tool" && made.epoch == .seconds(1))
    }

    @Test(arguments: [
        (["sh", "-c", "cmake -B x &&\n  cmake --build x"], "cmake -B x &&\n  cmake --build x\n"),
        (["/bin/sh", "-c", "\n  make"], "make\n"), (["sh", "-c", "make", "x"], "sh -c make x\n"),
        (["printf", "a\nb", ""], "printf 'a\nb' ''\n"),
    ])
    func scripts(command: [String], script: String) throws { #expect(try recipe(command).steps[0].run == script) }

    @Test func oddNamesAndValues() throws {
        let names = ["a b", "it's", "q\"\\", "-x", "line\nbreak", "\u{7f}", "ä"]
        let made = try recipe(["make"], environment: ["CFLAGS": "-DX=\"a\\b\"", "LIBS": "a\nb"], products: names)
        #expect(made.environment == ["CFLAGS": "-DX=\"a\\b\""])
        #expect(made.outputs == ["a b", "it's", "q\"\\", "-x", "ä"])
    }

    @Test func whatWroteToOutIsTakenAsItIs() throws {
        let made = try recipe(["make", "install"], products: [], foreign: ["/usr/local/bin/tool"])
        #expect(made.steps.map(\.name) == ["build"] && made.outputs == ["."])
    }
}
