import BelljarModel
import Testing

/// What people mistype and misname: every command says what was wrong, and what to do.
@Suite struct MistakeTests {
    private func belljar(_ project: Project, _ arguments: [String]) throws -> Answer {
        try project.start(Project.programs + "/belljar", arguments).finish()
    }

    /// An error as people read it: what could not be done, details, and what to do.
    private func isWhole(_ answer: Answer) -> Bool {
        let lines = answer.complaint.split(separator: "\n")
        return lines.count { $0.hasPrefix("error: cannot ") } == 1 && lines.last?.hasPrefix("remedy: ") == true
    }

    /// With what the error has to say.
    private static let mistypings: [([String], String)] = [
        (["bui"], "did you mean \"build\"?"), (["store", "dux"], "did you mean \"du\"?"),
        (["toolchain", "verfy", "x"], "did you mean \"verify\"?"), (["help", "recods"], "did you mean \"records\"?"),
        (["--stroe", "x", "records"], "did you mean \"--store\"?"), (["--output", "x", "build"], "no option --output"),
        (["build", "--outptu", "d"], "did you mean '--output'?"), (["build", "-z"], "unknown option '-z'"),
        (["build", "--jobs", "many"], "'many' is invalid"), (["build", "--jobs"], "missing value"),
        (["build", "--color", "blue"], "one of 'auto', 'always' or 'never'"), (["verify", "one"], "'<record>'"),
        (["version", "x"], "unexpected argument 'x'"), (["--quiet"], "no command"),
        (["store", "--json"], "no command"),
        (["run", "-t", "tiny", "-x", "d"], "no option -x"), (["run", "-t", "tiny"], "no command was given"),
        (["run", "-t", "tiny", "--timeuot", "3", "ls"], "did you mean \"--timeout\"?"), (["run", "ls"], "--toolchain"),
        (["run", "-t", "tiny", "--"], "no command was given"), (["schema", "recip"], "did you mean \"recipe\"?"),
    ]

    @Test(arguments: mistypings) func whatIsMistyped(arguments: [String], words: String) throws {
        let project = try Project(toolchain: false)
        let answer = try belljar(project, arguments)
        #expect(answer.code == 2, "\(answer.complaint)")
        if arguments == ["store", "--json"] {
            #expect(try answer.json()["error"]?["answer"]?.string?.contains(words) == true)
        } else {
            #expect(isWhole(answer), "\(answer.complaint)")
            #expect(answer.complaint.contains(words), "\(answer.complaint)")
        }
        #expect(!project.exists("store"))
    }

    /// The arguments of each command, with something that is not there, not allowed or not what is meant.
    private static let misnamings: [[String]] = [
        ["build", "hello", "--control", "owners=fake"], ["build", "hello", "--control", "clock"],
        ["build", "hello", "--control", "clock=late"], ["build", "hello", "--control", "clok=real"],
        ["build", "hello", "--control", "clock=real", "--control", "clock=frozen"],
        ["build", "helo"], ["build", "hello", "-o", "tiny.tar"], ["build", "hello", "-o", "tiny.tar/x"],
        ["build", "hello", "--secret", "key=env:KEY"], ["build", "hello", "--secret", "key"],
        ["build", "hello", "--secret", "a=env:A", "--secret", "a=env:B"], ["build", "broken"], ["build", "fifo"],
        ["build", "nowhere"], ["build", "unstarted"],
        ["run", "-t", "tinny", "--", "true"], ["run", "-t", "tiny", "--", "no-such-program"],
        ["run", "-t", "tiny", "--env", "A", "--", "true"], ["run", "-t", "tiny", "--env", "PATH=/", "--", "true"],
        ["run", "-t", "tiny", "--bind-ro", "nowhere", "--", "true"],
        ["run", "-t", "tiny", "--bind-ro", "tiny.tar:x", "--", "true"],
        ["rebuild", "helo"], ["rebuild", "./nothing.json"], ["rebuild", "./tiny.tar"], ["rebuild", "Recipes/"],
        ["show", "./nothing.json"], ["show", "hello", "--ledger"], ["log", "hello", "--step", "none"], ["log", "helo"],
        ["records", "helo"], ["verify", "nothing", "hello"], ["verify", "Recipes", "hello"],
        ["verify", "tiny.tar", "helo"], ["verify", "tiny.tar", "hello", "--as", "b"],
        ["toolchain", "build", "tinny"], ["toolchain", "lock", "tinny"], ["toolchain", "show", "tinny"],
        ["toolchain", "verify", "tinny"], ["toolchain", "show", "unread"], ["toolchain", "show", "unlocked"],
        ["toolchain", "import", "other", "x:y", "--sha256", "00"],
        ["toolchain", "import", "tiny", "x:y", "--sha256", String(repeating: "0", count: 64)],
        ["toolchain", "import", "o", "x:y", "--file", "no", "--sha256", String(repeating: "0", count: 64)],
        ["schema", "recipe", "--output", "Schemas"], ["store", "gc", "--keep", "-1"],
    ]

    private func project() throws -> Project {
        let project = try Project()
        try project.recipe("hello", run: "echo hello > $OUT/a", more: "root: user")
        try project.recipe("broken", run: "true", more: "colour: red")
        try project.recipe("fifo", run: "true", more: "sources: [{local: src}]")
        try project.recipe("nowhere", run: "true", more: "sources: [{local: src}]")
        try project.recipe("unstarted", run: "true\n    directory: gone")
        try project.write("Recipes/fifo/src/a", "")
        #expect(try project.run("/usr/bin/mkfifo", "Recipes/fifo/src/pipe").code == 0)
        for name in ["unread", "unlocked"] {
            try project.write("Toolchains/\(name)/toolchain.yaml", try spec(name, of: project))
        }
        try project.write("Toolchains/unread/toolchain.lock.yaml", "a: [\n")
        try project.write("record.json", "{}")
        #expect(try project.belljar("build", "hello").code == 0)
        return project
    }

    private func spec(_ name: String, of project: Project) throws -> String {
        try project.read("Toolchains/tiny/toolchain.yaml").replacing("tiny\"", with: name + "\"")
    }

    @Test func whatIsMisnamed() throws {
        let project = try project()
        try project.write(
            "Recipes/unstarted/recipe.yaml",
            try project.read("Recipes/hello/recipe.yaml").replacing("name: hello", with: "name: unstarted")
                .replacing("    run:", with: "    directory: gone\n    run:"))
        for arguments in Self.misnamings {
            let answer = try belljar(project, arguments + ["--quiet"].filter { _ in !arguments.contains("--") })
            #expect(answer.code == 2, "\(arguments): \(answer.complaint)")
            let errors = answer.complaint.split(separator: "\n").drop { !$0.hasPrefix("error: cannot ") }
            #expect(errors.last?.hasPrefix("remedy: ") == true, "\(arguments): \(answer.complaint)")
        }
        // Not an output: the file is at fault, and not who asks.
        let other = try belljar(project, ["verify", "tiny.tar", "hello"])
        #expect(other.code == 6 && isWhole(other), "\(other.complaint)")
    }

    @Test func aStepsMissingDirectoryIsNamedWithStepAndRecipe() throws {
        let project = try project()
        try project.write(
            "Recipes/hello/recipe.yaml",
            try project.read("Recipes/hello/recipe.yaml").replacing("    run:", with: "    directory: gone\n    run:"))
        let answer = try project.belljar("build", "hello")
        #expect(answer.code == 2)
        #expect(
            answer.complaint.contains("cannot start step build of hello 1 (stage command-directory): /build/gone: "))
    }

    /// docs/recipe.md: owners cannot contradict `root`. Where the recipe says nothing of it, or the same, they can be set.
    @Test func ownersOfTheCommandLineDoNotContradictTheRecipe() throws {
        let project = try project()
        let answer = try project.belljar("build", "hello", "--control", "owners=fake")
        #expect(answer.code == 2)
        #expect(
            answer.complaint.contains(
                "--control owners=fake: it contradicts `root: user` at Recipes/hello/recipe.yaml:5:7"))
        #expect(try project.belljar("build", "hello", "--control", "owners=real").code == 0)
        try project.recipe("plain", run: "echo hello > $OUT/a")
        #expect(try project.belljar("build", "plain", "--control", "owners=fake").code == 0)
    }

    // MARK: in front of the command

    @Test func optionsOfEveryCommandStandInFrontToo() throws {
        let project = try Project()
        #expect(try project.belljar("--store", "/x/y", "store", "path").text == "/x/y\n")
        #expect(try project.belljar("--store=/x/y", "store", "--json", "path").json() == ["path": "/x/y"])
        #expect(try project.belljar("--json", "records").json() == ["records": []])
        let run = try project.belljar("-q", "run", "-t", "tiny", "--", "echo", "--store", "x", "--version")
        #expect(run.text == "--store x --version\n", "\(run.complaint)")
        // Without `--`, too, all behind the command's name is the command's.
        #expect(try project.belljar("run", "-t", "tiny", "echo", "-o", "--json").text == "-o --json\n")
    }

    @Test func version() throws {
        let project = try Project(toolchain: false)
        let own = try project.belljar("version").text
        #expect(try project.belljar("--version").text == own)
        #expect(try project.belljar("--json", "--version").json() == project.belljar("version", "--json").json())
        #expect(try project.belljar("--help").text == project.belljar("help").text)
    }

    // MARK: the store

    @Test(arguments: [
        ["records"], ["show", "hello"], ["log", "hello"], ["verify", "tiny.tar", "hello"], ["store", "du"],
        ["store", "du", "--by-root"], ["store", "gc"], ["store", "fsck"], ["store", "fsck", "--repair"],
        ["toolchain", "list"], ["toolchain", "verify", "tiny"],
    ]) func whoReadsMakesNoStore(arguments: [String]) throws {
        let project = try Project()
        let answer = try belljar(project, arguments + ["--store", "misspelt"])
        #expect(answer.code == 2, "\(answer.complaint)")
        #expect(isWhole(answer) && answer.complaint.contains("/misspelt"), "\(answer.complaint)")
        #expect(!project.exists("misspelt"))
    }

    /// Toolchains are the project's, and what the store has of them is said where there is one.
    @Test func toolchainsAreListedWithoutAStore() throws {
        let project = try Project()
        try project.remove("store")
        #expect(try project.belljar("toolchain", "list").text == "tiny  locked\n")
        #expect(try project.belljar("toolchain", "show", "tiny").code == 0)
        #expect(try project.belljar("doctor").text.contains("sandbox"))
        #expect(!project.exists("store"))
    }
}
