import BelljarModel
import Testing

/// `belljar why`: each kind of change is told in a sentence, and what has not changed is not told.
@Suite struct WhyTests {
    /// One thing to change in the project, and what is said of it.
    struct Change: CustomTestStringConvertible, Sendable {
        var words: String
        var apply: @Sendable (Project) throws -> Void

        var testDescription: String { words }

        /// A change of the recipe's text.
        static func text(_ old: String, _ new: String, _ words: String) -> Change {
            Change(words: words) { project in
                let recipe = WhyTests.recipe
                #expect(recipe.contains(old))
                try project.write("Recipes/lib/recipe.yaml", recipe.replacing(old, with: new))
            }
        }

        static func script(_ words: String, _ script: String) -> Change {
            Change(words: words) { project in
                let answer = try project.run("/bin/sh", "-ec", script)
                try #require(answer.code == 0, "\(answer)")
            }
        }
    }

    static let recipe = """
        name: lib
        version: "1"
        toolchain: tiny
        epoch: 1700000000
        seed: one
        sources:
          - local: src
          - patch: fix.patch
        environment: {FLAGS: -O2, MODE: fast}
        limits: {cpus: 1}
        controls: {random: seeded}
        steps:
          - name: build
            run: |
              echo begin
              cat a.c sub/b.c > $OUT/lib
          - name: install
            run: echo $FLAGS >> $OUT/lib
        outputs: [lib]

        """

    static let changes: [Change] = [
        .script("source src: a.c was changed", "echo other > Recipes/lib/src/a.c"),
        .script("source src: new/ is new", "mkdir Recipes/lib/src/new; echo x > Recipes/lib/src/new/file"),
        .script("source src: extra is gone", "rm Recipes/lib/src/extra"),
        .script("source src: extra was renamed to sub/extra", "mv Recipes/lib/src/extra Recipes/lib/src/sub/"),
        .script(
            #"source src: extra was renamed to "sub/an, extra", "sub/an, extra" became executable"#,
            "mv Recipes/lib/src/extra 'Recipes/lib/src/sub/an, extra'; chmod +x Recipes/lib/src/sub/*extra"),
        .text("  - local: src\n", "  - {local: src, into: in}\n", #"source src: placed in "in" instead of nothing"#),
        .script("source src: a.c became executable", "chmod +x Recipes/lib/src/a.c"),
        .script(
            "source src: n1 is new, n2 is new, n3 is new, n4 is new, n5 is new and 2 more",
            "for n in 1 2 3 4 5 6 7; do echo $n > Recipes/lib/src/n$n; done"),
        .script("patch fix.patch: was changed", "sed -i 's/+patched/+mended/' Recipes/lib/fix.patch"),
        .text("echo begin", "echo start", #"step build, line 1: "echo start" instead of "echo begin""#),
        .text(
            "      echo begin\n", "      echo begin\n      echo more\n", #"step build, line 2 is new: "echo more""#),
        .text("      echo begin\n", "", #"step build, line 1 is gone: "echo begin""#),
        .text("  - name: install\n    run: echo $FLAGS >> $OUT/lib\n", "", "step install: was removed"),
        .text("-O2", "-O3", #"variable FLAGS: "-O3" instead of "-O2""#),
        .text(", MODE: fast", "", #"variable MODE: is not set any more; it was "fast""#),
        .text("outputs: [lib]", "outputs: [lib, ., ]", "output .: is new"),
        .text(#"version: "1""#, #"version: "2""#, #"version: "2" instead of "1""#),
        .text("epoch: 1700000000", "epoch: 1700000001", #"epoch: "1700000001" instead of "1700000000""#),
        .text("cpus: 1", "cpus: 2", #"limit cpus: "2" instead of "1""#),
        .text("random: seeded", "random: real", #"control random: "real" instead of "seeded""#),
        .text("seed: one", "seed: two", #"seed: "two" instead of "one""#),
        .text(
            "sources:\n", "sources:\n  - {file: 'https://archive.invalid/x', sha256: \(Digest(of: [1]).hex)}\n",
            #"source "https://archive.invalid/x": it is not in the store, and is fetched first"#),
    ]

    private func project() throws -> Project {
        let project = try Project()
        try project.write("Recipes/lib/src/a.c", "int a;\n")
        try project.write("Recipes/lib/src/sub/b.c", "int b;\n")
        try project.write("Recipes/lib/src/extra", "extra\n")
        try project.write("Recipes/lib/fix.patch", "--- /dev/null\n+++ b/p\n@@ -0,0 +1 @@\n+patched\n")
        try project.write("Recipes/lib/recipe.yaml", Self.recipe)
        try project.recipe("app", run: "cat $INPUTS/lib/lib > $OUT/app", more: "inputs: [lib]")
        return project
    }

    /// What is said below the first line.
    private func reasons(_ answer: Answer) -> [String] {
        answer.text.split(separator: "\n").filter { $0.hasPrefix("  ") }.map { String($0.dropFirst(2)) }
    }

    @Test(arguments: changes) func everyChangeIsOneSentence(change: Change) throws {
        let project = try project()
        try #require(try project.belljar("build", "--quiet").code == 0)
        let before = try project.belljar("why", "lib")
        #expect(before.text.hasPrefix("lib 1 cached: nothing has changed since record "), "\(before)")
        try change.apply(project)
        let answer = try project.belljar("why", "lib")
        #expect(answer.code == 0 && answer.text.contains(" would be built, because since record "), "\(answer)")
        let told = reasons(answer)
        // A patch's text is a part of a step's, too, and what a limit says is in a variable.
        #expect(told.contains(change.words), "\(answer)")
        #expect(told.count <= 2, "\(answer)")
        #expect(answer.text.hasSuffix("If its outputs change, these are built again too: app\n"))
        // What is said is a part of the answer for programs, and nothing was built.
        let json = try project.belljar("why", "lib", "--json").json()
        let words = json["changes"]?.array?.compactMap { $0["words"]?.string } ?? []
        #expect(words == told && json["fate"]?.string == "build" && json["dependents"]?.array == [.string("app")])
        #expect(try project.belljar("records").text.split(separator: "\n").count == 2)
    }

    @Test func whatDecidesNothingIsNoReason() throws {
        let project = try project()
        try #require(try project.belljar("build", "--quiet").code == 0)
        try project.write(
            "Recipes/lib/recipe.yaml", Self.recipe.replacing("cpus: 1", with: "cpus: 1, grace: 7s") + "# a comment\n")
        let answer = try project.belljar("why", "lib")
        #expect(answer.text.hasPrefix("lib 1 cached: nothing has changed since record "), "\(answer)")
    }

    @Test func inputsAreGoneInto() throws {
        let project = try project()
        try #require(try project.belljar("build", "--quiet").code == 0)
        let first = try #require(try project.belljar("show", "app", "--json").json()["definition"])
        #expect(first["inputs"]?.array?.count == 1)
        try project.write("Recipes/lib/recipe.yaml", Self.recipe.replacing("-O2", with: "-O3"))
        let waiting = try project.belljar("why", "app")
        #expect(waiting.text.contains(#"variable FLAGS: "-O3" instead of "-O2""#), "\(waiting)")
        #expect(waiting.text.contains("app 1 would be built if lib comes out otherwise; nothing else has changed"))
        let built = try project.belljar("build", "--explain")
        let reason =
            #"note: app is built: input lib: it has other outputs, because of variable FLAGS: "-O3" instead of "-O2""#
        #expect(built.code == 0 && built.complaint.contains(reason), "\(built)")
        #expect(built.complaint.contains(#"note: lib is built: variable FLAGS: "-O3" instead of "-O2""#))
        // Cached builds are not explained.
        #expect(try !project.belljar("build", "--explain").complaint.contains("is built"))
    }

    @Test func twoRecords() throws {
        let project = try project()
        try #require(try project.belljar("build", "--quiet", "lib").code == 0)
        let old = try #require(try project.belljar("list", "--json").json()["recipes"]?.array?.last?["record"]?.string)
        try project.write("Recipes/lib/recipe.yaml", Self.recipe.replacing("-O2", with: "-O3"))
        try #require(try project.belljar("build", "--quiet", "lib").code == 0)
        let answer = try project.belljar("why", old, "lib")
        #expect(answer.text == "lib 1 has changed:\n  variable FLAGS: \"-O3\" instead of \"-O2\"\n", "\(answer)")
        #expect(try project.belljar("why", old, old).text == "lib 1 is defined alike in both records\n")
        let json = try project.belljar("why", old, "lib", "--json").json()
        #expect(json["earlier"]?.string == old && json["changes"]?.array?.count == 1)
    }

    @Test func whatWasNeverBuiltOrFailed() throws {
        let project = try project()
        let never = try project.belljar("why", "app")
        #expect(never.text.contains("app 1 would be built; this project has no earlier build of it\n"), "\(never)")
        #expect(never.text.contains("  input lib: it was not built yet\n") || never.text.contains("input lib"))
        try project.recipe("bad", run: "exit 3")
        #expect(try project.belljar("build", "bad").code == 1)
        let failed = try project.belljar("why", "bad")
        #expect(failed.text.contains(" failed, and nothing has changed since\n"), "\(failed)")
        for wrong in [["why"], ["why", "a", "b", "c"], ["why", "nope"]] {
            let answer = try project.start(Project.programs + "/belljar", wrong).finish()
            #expect(answer.code == 2 && answer.complaint.contains("remedy: "), "\(answer)")
        }
    }
}
