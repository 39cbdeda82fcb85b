import BelljarModel
import Testing

/// `belljar list`, `lint`, `graph`, help about topics, and what shells complete.
@Suite struct ProjectCommandTests {
    private func project() throws -> Project {
        let project = try Project()
        try project.recipe("zlib", run: "echo z > $OUT/z")
        try project.recipe("app", run: "cat $INPUTS/zlib/z > $OUT/app", more: "inputs: [zlib]")
        return project
    }

    @Test func listSaysWhatThereIsAndWhatIsBuilt() throws {
        let project = try project()
        let store = "store"
        try project.remove(store)
        let before = try project.belljar("list")
        #expect(before.code == 0, "\(before.complaint)")
        #expect(
            before.text == """
                app 1  Recipes/app/recipe.yaml  tiny  epoch 1700000000  needs zlib  not built
                zlib 1  Recipes/zlib/recipe.yaml  tiny  epoch 1700000000  not built

                """)
        #expect(!project.exists(store))
    }

    @Test func listNamesTheNewestRecord() throws {
        let project = try project()
        let built = try project.belljar("build", "zlib", "--json").json()["builds"]?.array?.first
        let digest = try #require(built?["record"]?.string)
        try project.recipe("odd", run: "true", more: "colour: red")
        let list = try project.belljar("list", "--json")
        let recipes = try #require(try list.json()["recipes"]?.array)
        #expect(recipes.map { $0["name"]?.string } == ["app", "odd", "zlib"])
        #expect(recipes[0]["inputs"]?.array?.compactMap(\.string) == ["zlib"] && recipes[0]["record"] == nil)
        #expect(recipes[1]["mistake"]?["answer"]?.string?.contains("colour") == true && recipes[1]["file"] == nil)
        #expect(recipes[2]["record"]?.string == digest && recipes[2]["epoch"]?.integer == 1_700_000_000)
        let text = try project.belljar("list")
        #expect(text.code == 0 && text.text.contains("odd  cannot be read") && text.complaint.contains("belljar lint"))
        #expect(text.text.contains("record \(digest.dropFirst(7).prefix(16))"))
    }

    @Test func whoOnlyReadsWritesNothing() throws {
        let project = try project()
        try #require(try project.belljar("build").code == 0)
        // The first question brings the index up to date.
        #expect(try project.belljar("records").code == 0)
        func index() throws -> String {
            try project.run("/usr/bin/stat", "-c", "%i %s %y %z", "store/index.sqlite").text
        }
        let before = try index()
        for words in [["list"], ["records"], ["show", "app"], ["log", "app"], ["build", "-n"]] {
            #expect(try project.start(Project.programs + "/belljar", words).finish().code == 0)
            #expect(try index() == before, "\(words)")
        }
        try project.recipe("new", run: "echo > $OUT/a")
        try #require(try project.belljar("build", "new").code == 0)
        #expect(try project.belljar("records").text.contains("new 1"))
        #expect(try index() != before)
    }

    @Test func graphs() throws {
        let project = try project()
        #expect(try project.belljar("graph").text == "app\n  zlib\n")
        #expect(try project.belljar("graph", "zlib").text == "zlib\n")
        #expect(try project.belljar("graph", "--format", "dot").text.contains("\"zlib\" -> \"app\""))
        #expect(try project.belljar("graph", "--format", "svg").text.contains("<path "))
        let nodes = try #require(try project.belljar("graph", "--json").json()["recipes"]?.array)
        #expect(nodes.map { $0["name"]?.string } == ["zlib", "app"])
        let wrong = try project.belljar("graph", "--format", "png")
        #expect(wrong.code == 2 && wrong.complaint.contains("'text', 'dot' or 'svg'"), "\(wrong.complaint)")
    }

    @Test func lintFindsNothingWhereNothingIs() throws {
        let project = try project()
        try project.remove("store")
        let answer = try project.belljar("lint")
        #expect(answer.code == 0 && answer.text == "2 recipes: nothing is wrong\n", "\(answer.text)\(answer.complaint)")
        #expect(!project.exists("store"))
        #expect(try project.belljar("lint", "--json").json()["problems"]?.array?.isEmpty == true)
    }

    @Test func lintFindsEverything() throws {
        let project = try project()
        try project.recipe("a", run: "true", more: "inputs: [b]\nsources: [{local: scr}, {patch: gone.patch}]")
        try project.write("Recipes/a/src/x", "")
        try project.recipe("b", run: "true", more: "inputs: [a]")
        try project.recipe("c", run: "true", more: "colour: red\nsize: 3")
        try project.recipe(
            "d", run: "true",
            more: "inputs: [nobody]\nsources: [{git: ../gone, commit: \(String(repeating: "a", count: 40))}]")
        for name in ["e", "f"] {
            try project.recipe(name, run: "true")
            try project.edit("Recipes/\(name)/recipe.yaml", "toolchain: tiny", "toolchain: tinny")
        }
        try project.write("Recipes/G/recipe.yaml", "name: G\n")
        let answer = try project.belljar("lint", "--json")
        #expect(answer.code == 2)
        let problems = try #require(try answer.json()["problems"]?.array)
        func found(_ part: String) -> [JSONValue] {
            problems.filter { problem in
                let lines = (problem["details"]?.array ?? []).compactMap(\.string)
                let text = ([problem["subject"]?.string, problem["answer"]?.string].compactMap(\.self) + lines)
                return text.contains { $0.contains(part) }
            }
        }
        for part in [
            "did you mean \"src\"?", "gone.patch", "inputs form a cycle", "unknown key \"colour\"",
            "for input \"nobody\"",
            "../gone", "did you mean \"tiny\"?", "\"G\" begins with",
        ] { #expect(found(part).count == 1, "\(part): \(answer.text)") }
        #expect(problems.count == 8, "\(answer.text)")
        // Both that ask for it are named.
        #expect(found("tinny").first?["details"]?.array?.count == 2)
        // Only of what is asked for, and of what that needs.
        let one = try project.belljar("lint", "app", "e")
        #expect(one.code == 2 && one.text.hasSuffix("2 recipes: 1 problem\n"), "\(one.text)")
        #expect(one.text.contains("remedy:"))
        let unknown = try project.belljar("lint", "ap")
        #expect(unknown.code == 2 && unknown.text.contains("did you mean \"a\"?"), "\(unknown.text)")
    }

    /// One mistake hides no other one, and makes none of what is right.
    @Test func lintLooksAtARecipeWithMistakes() throws {
        let project = try Project()
        let commit = String(repeating: "a", count: 40)
        try project.recipe(
            "m", run: "true",
            more: """
                colour: red
                inputs: [nobody]
                sources:
                - {local: gone}
                - {git: \(project.path)/absent, commit: \(commit)}
                - {archive: "nonsense", sha256: \(Digest(of: []).hex)}
                """)
        try project.edit("Recipes/m/recipe.yaml", "toolchain: tiny", "toolchain: tinny")
        try project.edit("Recipes/m/recipe.yaml", "epoch: 1700000000", "epoch: auto")
        let answer = try project.belljar("lint", "m")
        #expect(answer.code == 2 && answer.text.hasSuffix("\nm: 5 problems\n"), "\(answer.text)")
        for part in [
            "unknown key \"colour\"", "nobody", "gone", "absent: there is no such folder", "tinny", "nonsense",
        ] {
            #expect(answer.text.contains(part), "\(part): \(answer.text)")
        }
        #expect(!answer.text.contains("epoch auto"), "\(answer.text)")
        // A repository that is gone is what it is to a build.
        try project.recipe("n", run: "true", more: "sources: [{git: ../absent, commit: \(commit)}]")
        for words in [["lint"], ["build"], ["build", "-n"]] {
            let said = try project.start(Project.programs + "/belljar", words + ["n"]).finish()
            #expect(said.code == 2, "\(said)")
            #expect((said.text + said.complaint).contains("../absent: there is no such folder"), "\(said)")
        }
    }

    @Test func topics() throws {
        let project = try Project(toolchain: false)
        for topic in ["recipes", "sources", "toolchains", "sandbox", "environment", "records", "exit-codes"] {
            let answer = try project.belljar("help", topic)
            #expect(answer.code == 0 && answer.text.split(separator: "\n").count > 6, "\(answer.complaint)")
            #expect(answer.text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(answer.text)")
            #expect(!answer.text.contains("\n\n\n") && answer.text.hasSuffix("\n"))
        }
        #expect(try project.belljar("help", "environment").text.contains("  SOURCE_DATE_EPOCH "))
        #expect(try project.belljar("help", "build").text.contains("USAGE: belljar build"))
        #expect(try project.belljar("help").text.contains("exit-codes"))
        #expect(try project.belljar("help").text.contains(" topic ") == false)
    }

    /// What the scripts that `--generate-completion-script` prints ask for when somebody presses Tab.
    @Test func completions() throws {
        let project = try project()
        func offered(_ words: String...) throws -> [String] {
            let answer = try project.start(
                Project.programs + "/belljar", ["---completion"] + words, environment: ["SAP_SHELL": "bash"]
            ).finish()
            #expect(answer.code == 0, "\(answer.complaint)")
            return answer.text.split(separator: "\n").map(String.init)
        }
        #expect(try offered("build", "--", "positional@0", "2", "0", "belljar", "build") == ["app", "zlib"])
        #expect(try offered("run", "--", "--toolchain", "3", "0", "belljar", "run", "-t") == ["tiny"])
        #expect(
            try offered("build", "--", "--control", "3", "0", "belljar", "build", "--control").contains("clock=real"))
        #expect(try offered("show", "--", "positional@0", "2", "0", "belljar", "show") == ["app", "zlib"])
        let schemas = try offered("schema", "--", "positional@0", "2", "0", "belljar", "schema")
        #expect(schemas.contains("recipe") && schemas.contains("build-event"))
        // As bash has it, which takes `--project=home` apart.
        let apart = try offered(
            "build", "--", "positional@0", "5", "0", "belljar", "build", "--project", "=", project.path)
        #expect(apart == ["app", "zlib"], "\(apart)")
        for shell in ["bash", "zsh", "fish"] {
            let script = try project.belljar("--generate-completion-script", shell).text
            let line = script.split(separator: "\n").first { $0.contains("exit-codes") } ?? ""
            #expect(line.contains("build") && line.contains("recipes") && !line.contains("topic "), "\(shell)")
        }
        let built = try project.belljar("build", "zlib", "--json").json()["builds"]?.array?.first
        let digest = try #require(built?["record"]?.string).dropFirst(7).prefix(16)
        #expect(
            try offered("show", "--", "positional@0", "2", "0", "belljar", "show") == ["app", "zlib", String(digest)])
        let other = try offered("build", "--", "positional@0", "4", "0", "belljar", "build", "--project", "home")
        #expect(other.isEmpty)
        try project.remove("store")
        _ = try offered("show", "--", "positional@0", "2", "0", "belljar", "show")
        #expect(!project.exists("store"))
        for shell in ["bash", "zsh", "fish"] {
            let script = try project.belljar("--generate-completion-script", shell)
            #expect(script.code == 0 && script.text.contains("---completion"), "\(shell)")
        }
    }
}
