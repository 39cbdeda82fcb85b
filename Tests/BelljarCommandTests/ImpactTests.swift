import BelljarModel
import Testing

/// `belljar impact`: what a change would mean, for ten kinds of change; and that it never says less than what a build shows.
@Suite struct ImpactTests {
    struct Change: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// Below the project.
        var file: String
        /// What becomes of it; nil if it is removed.
        var text: String?
        /// What is said of `lib` and of `app`, which has it as its input.
        var lib: String
        var app: String
    }

    private static let source = "Recipes/lib/src/"

    static let changes: [Change] = [
        .init(
            testDescription: "an edited file", file: source + "main.c", text: "other\n", lib: "affected",
            app: "affected"),
        .init(
            testDescription: "a header, through a link", file: source + "inc/real.h", text: "other\n", lib: "affected",
            app: "affected"),
        .init(
            testDescription: "a new file in a folder that is listed", file: source + "parts/c", text: "c\n",
            lib: "affected", app: "affected"),
        .init(
            testDescription: "a removed file of such a folder", file: source + "parts/a", text: nil, lib: "affected",
            app: "affected"),
        .init(
            testDescription: "a file that was looked for", file: source + "config.local", text: "1\n", lib: "affected",
            app: "affected"),
        .init(
            testDescription: "a new file that is called like a program which was run", file: source + "bin/sort",
            text: "#!/bin/sh\necho mine\n", lib: "affected", app: "affected"),
        .init(
            testDescription: "a file that nobody reads", file: source + "docs/README", text: "other\n", lib: "taken",
            app: "taken"),
        .init(
            testDescription: "a new file in a folder that nobody reads", file: source + "docs/NEWS", text: "new\n",
            lib: "taken", app: "taken"),
        .init(
            testDescription: "its recipe", file: "Recipes/lib/recipe.yaml", text: nil, lib: "affected", app: "affected"),
        .init(
            testDescription: "what decides what is taken", file: source + ".belljarignore", text: "main.c\n",
            lib: "affected", app: "affected"),
        .init(
            testDescription: "the toolchain", file: "Toolchains/tiny/toolchain.lock.yaml", text: nil, lib: "affected",
            app: "affected"),
        .init(
            testDescription: "what is in no source", file: "elsewhere.txt", text: "new\n", lib: "unaffected",
            app: "unaffected"),
    ]

    private func project() throws -> Project {
        let project = try Project()
        for (name, text) in [
            "main.c": "main\n", "inc/real.h": "header\n", "parts/a": "a\n", "parts/b": "b\n",
            "docs/README": "read me\n", "bin/tool": "",
        ] { try project.write(Self.source + name, text, mode: name == "bin/tool" ? 0o755 : 0o644) }
        try project.recipe(
            "lib",
            run: """
                ln -s real.h inc/alias.h
                cat main.c inc/alias.h > joined
                for part in parts/*; do cat $part >> joined; done
                if [ -e config.local ]; then echo local >> joined; fi
                /bin/sort joined > $OUT/lib
                """, more: "sources:\n  - local: src")
        try project.recipe("app", run: "cat /inputs/lib/lib > $OUT/app", more: "inputs: [lib]")
        return project
    }

    private func states(_ project: Project, _ file: String) throws -> [String: String] {
        let answer = try project.belljar("impact", file, "--json")
        #expect(answer.code == 0, "\(answer)")
        let recipes = try answer.json()["impacts"]?.array?.first?["recipes"]?.array ?? []
        return Dictionary(
            recipes.compactMap { entry in
                entry["name"]?.string.flatMap { name in entry["state"]?.string.map { (name, $0) } }
            }
        ) { first, _ in first }
    }

    @Test(arguments: changes) func whatItSays(change: Change) throws {
        let project = try project()
        #expect(try project.belljar("build", "--trace").code == 0)
        #expect(try states(project, change.file) == ["lib": change.lib, "app": change.app])
        // The control: what is called taken or unaffected does come out the same.
        guard change.lib != "affected", let text = change.text else { return }
        let before = try project.belljar("show", "app", "--json").json()["result"]
        try project.write(change.file, text)
        #expect(try project.belljar("build").code == 0)
        #expect(try project.belljar("show", "app", "--json").json()["result"] == before)
    }

    /// And what comes out otherwise was called affected: a build of each change that can be made.
    @Test(
        arguments: changes.filter {
            $0.lib == "affected" && $0.file.hasPrefix(source) && !$0.file.hasSuffix("ignore")
                && !$0.file.contains("/bin/")
        })
    func whatIsAffectedDoesChange(change: Change) throws {
        let project = try project()
        #expect(try project.belljar("build").code == 0)
        let before = try project.belljar("show", "app", "--json").json()["result"]
        if let text = change.text {
            try project.write(change.file, text, mode: change.file.contains("/bin/") ? 0o755 : 0o644)
        } else {
            try project.remove(change.file)
        }
        #expect(try project.belljar("build").code == 0)
        #expect(try project.belljar("show", "app", "--json").json()["result"] != before)
    }

    @Test func withoutATraceNothingIsKnown() throws {
        let project = try project()
        #expect(try states(project, Self.source + "docs/README") == ["lib": "unknown", "app": "unknown"])
        #expect(try project.belljar("build").code == 0)
        for file in ["docs/README", "main.c", "parts/new"] {
            #expect(try states(project, Self.source + file) == ["lib": "unknown", "app": "unknown"], "\(file)")
        }
        let text = try project.belljar("impact", Self.source + "main.c").text
        #expect(text.contains("build it with --trace"), "\(text)")
    }

    @Test func outputsThatFollowAreNamed() throws {
        let project = try project()
        #expect(try project.belljar("build", "--trace").code == 0)
        let answer = try project.belljar("impact", Self.source + "main.c")
        #expect(answer.text.contains("    outputs: lib\n"), "\(answer)")
        #expect(try project.belljar("impact").code == 2)
    }
}
