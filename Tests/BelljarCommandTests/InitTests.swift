import BelljarHost
import BelljarKernel
import BelljarModel
import Testing

/// `belljar init`, and what a project of one recipe is.
@Suite struct InitTests {
    /// A folder that is no project yet.
    private func folder(_ files: [String: String]) throws -> Project {
        let project = try Project(toolchain: false)
        for (name, text) in files { try project.write("my/\(name)", text) }
        if files.isEmpty { try project.write("my/x", "") }
        if files.isEmpty { try project.remove("my/x") }
        return project
    }

    private let makefile = "hello: hello.sh\n\tcp hello.sh hello\n"

    @Test func writesWhatFitsAndNothingElse() throws {
        let project = try folder(["Makefile": makefile, "hello.sh": "echo hi\n"])
        let answer = try project.belljar("init", "--project", "my", "--no-lock", "--suite", "bookworm")
        #expect(answer.code == 0, "\(answer)")
        #expect(
            answer.text.hasPrefix(
                "found a Makefile\ncould also be: shell (--template)\nwrote Toolchains/make/toolchain.yaml\nwrote belljar.yaml\n"
            ))
        #expect(answer.text.contains("  belljar toolchain lock make\n  belljar build --output out\n"))
        let recipe = try project.read("my/belljar.yaml")
        #expect(recipe.contains("name: \"my\"\n"))
        #expect(recipe.contains("  - local: /\n"))
        #expect(try project.read("my/Toolchains/make/toolchain.yaml").contains("  suite: bookworm\n"))
        #expect(!project.exists("my/Toolchains/make/toolchain.lock.yaml"))
        // Once is enough.
        try project.write("my/belljar.yaml", "mine")
        let again = try project.belljar("init", "--project", "my", "--no-lock")
        #expect(again.code == 2)
        #expect(again.complaint.contains("there is belljar.yaml already"))
        #expect(try project.read("my/belljar.yaml") == "mine")
    }

    @Test func answersInJSON() throws {
        let project = try folder(["Cargo.toml": "[package]\nversion = \"1.2\"\n"])
        let answer = try project.belljar(
            "init", "--project", "my", "--no-lock", "--suite", "bookworm", "--name", "other", "--json")
        let json = try answer.json()
        #expect(json["name"]?.string == "other")
        #expect(json["template"]?.string == "rust")
        #expect(
            json["files"]?.array?.compactMap(\.string).map { String($0.dropFirst(project.path.utf8.count)) } == [
                "/my/Toolchains/rust/toolchain.yaml", "/my/belljar.yaml",
            ])
        #expect(try project.read("my/belljar.yaml").contains("version: \"1.2\"\n"))
    }

    @Test func whatItDoesNotUnderstand() throws {
        let empty = try folder([:])
        let nothing = try empty.belljar("init", "--project", "my", "--no-lock")
        #expect(nothing.code == 2 && nothing.complaint.contains("the folder is empty"), "\(nothing)")
        #expect(nothing.complaint.contains("--template"))
        let unknown = try empty.belljar("init", "--project", "my", "--template", "fortran")
        #expect(unknown.code == 2 && unknown.complaint.contains("the templates are: meson, "), "\(unknown)")
        let badName = try empty.belljar(
            "init", "--project", "my", "--template", "make", "--no-lock", "--name", "No Name")
        #expect(badName.code == 2, "\(badName)")
        #expect(try empty.run("/bin/ls", "-A", "my").text == "")
        let list = try empty.belljar("init", "--template", "list")
        #expect(list.code == 0 && list.text.contains("cmake  a CMakeLists.txt\n"))
    }

    /// Whoever misspelt something can repeat the command.
    @Test func whatFailsLeavesNothing() throws {
        let project = try folder(["Makefile": makefile])
        let suite = try project.belljar("init", "--project", "my", "--suite", "no-such-suite")
        #expect(suite.code != 0)
        #expect(try project.run("/bin/ls", "-A", "my").text == "Makefile\n")
    }

    @Test func theProjectsOwnRecipeIsBuilt() throws {
        let project = try Project()
        try project.write(
            "belljar.yaml",
            """
            name: own
            version: 1
            toolchain: tiny
            epoch: 1700000000
            sources: [{local: /, ignore: ["/home", "/tmp", "/store", "*.tar"]}, {local: /lib, into: again}]
            steps: [{name: build, run: "find . -type f | sort > $OUT/list"}]
            outputs: [list]

            """)
        try project.write("lib/a.c", "1")
        try project.write("lib/a.o", "1")
        try project.write(".gitignore", "*.o\n")
        let answer = try project.belljar("build", "--output", "result")
        #expect(answer.code == 0, "\(answer)")
        #expect(try project.read("result/own/list") == "./.gitignore\n./again/a.c\n./lib/a.c\n")
        // What was exported into the project is no source of it.
        let second = try project.belljar("build", "--output", "result")
        #expect(second.text.contains("cached"), "\(second)")
        try project.write("lib/a.o", "2")
        #expect(try project.belljar("build").text.contains("cached"))
        try project.write("lib/a.c", "2")
        #expect(try project.belljar("build", "own").text.contains("built"))
    }

    @Test func packagesAreAddedToAToolchain() throws {
        let project = try Project(toolchain: false)
        let text = "name: c\ndebian: {suite: no-such-suite, architecture: amd64, packages: [gcc]}\n"
        try project.write("Toolchains/c/toolchain.yaml", text)
        let answer = try project.belljar("toolchain", "add", "c", "make")
        #expect(answer.code != 0)
        // It was not locked, so it was not changed.
        #expect(try project.read("Toolchains/c/toolchain.yaml") == text)
        let new = try project.belljar("toolchain", "new", "d", "gcc", "--suite", "no-such-suite")
        #expect(new.code != 0)
        #expect(!project.exists("Toolchains/d"))
        #expect(try project.belljar("toolchain", "new", "c", "gcc", "--suite", "x").code == 2)
    }
}
