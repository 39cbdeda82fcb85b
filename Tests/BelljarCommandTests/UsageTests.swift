import BelljarModel
import Testing

/// What the command line refuses, and how it says so.
@Suite struct UsageTests {
    @Test(arguments: [
        ["bui"], ["build", "--nonsense"], ["run"], ["verify", "one"], ["build", "--jobs", "0"],
        ["build", "--color", "blue"], ["toolchain"], ["store", "nonsense"],
    ]) func refused(arguments: [String]) throws {
        let project = try Project(toolchain: false)
        let answer = try project.start(Project.programs + "/belljar", arguments).finish()
        // A command without its subcommand prints its help, which is no mistake.
        #expect(answer.code == (arguments == ["toolchain"] ? 0 : 2), "\(arguments): \(answer.complaint)")
        if answer.code == 2 {
            #expect(answer.output.isEmpty)
            #expect(answer.complaint.hasPrefix("error: cannot read the command line: "), "\(answer.complaint)")
            #expect(answer.complaint.contains("\nremedy: "), "\(answer.complaint)")
        }
    }

    /// Also where the command is refused first because something is missing.
    @Test(arguments: [
        (["export", "hello", "--tra", "x.tar"], "`belljar export` has no option --tra; did you mean \"--tar\"?"),
        (["verify", "--sa", "x"], "`belljar verify` has no option --sa"),
        (["toolchain", "import", "t", "--sha265", "x"], "did you mean \"--sha256\"?"),
        (["run", "--toolchian", "t"], "did you mean \"--toolchain\"?"),
        (["build", "--jbos=3", "--jobs", "0"], "did you mean \"--jobs\"?"),
    ]) func aMisspeltOptionIsNamedFirst(words: [String], part: String) throws {
        let project = try Project(toolchain: false)
        let answer = try project.start(Project.programs + "/belljar", words).finish()
        #expect(answer.code == 2 && answer.complaint.contains(part), "\(answer.complaint)")
    }

    /// Values and the words of a program are no options.
    @Test(arguments: [
        ["export", "hello", "--project", "--tra"], ["verify", "x"], ["run", "--", "ls", "--all"],
        ["run", "ls", "--all"],
    ]) func whatIsNoOptionIsNotMissed(words: [String]) throws {
        let project = try Project(toolchain: false)
        let answer = try project.start(Project.programs + "/belljar", words).finish()
        #expect(answer.code == 2 && !answer.complaint.contains("has no option"), "\(answer.complaint)")
    }

    @Test func mistakesAreJSONForPrograms() throws {
        let project = try Project(toolchain: false)
        let answer = try project.belljar("build", "--json", "--nonsense")
        #expect(answer.code == 2)
        #expect(try answer.json()["error"]?["code"]?.string == "usage")
        #expect(try answer.json()["error"]?["exitCode"]?.integer == 2)
        #expect(try answer.json()["error"]?["remedy"]?.string?.contains("belljar build --help") == true)
    }

    @Test(arguments: [
        [], ["build"], ["run"], ["rebuild"], ["verify"], ["show"], ["log"], ["records"], ["list"], ["lint"], ["graph"],
        ["doctor"], ["schema"],
        ["version"],
        ["toolchain"], ["toolchain", "lock"], ["toolchain", "build"], ["toolchain", "list"], ["toolchain", "show"],
        ["toolchain", "verify"], ["toolchain", "import"], ["store"], ["store", "du"], ["store", "gc"],
        ["store", "fsck"], ["store", "path"],
    ]) func everyCommandHasHelp(command: [String]) throws {
        let project = try Project(toolchain: false)
        let answer = try project.start(Project.programs + "/belljar", command + ["--help"]).finish()
        #expect(answer.code == 0)
        #expect(answer.text.contains("USAGE: belljar"))
        #expect(answer.complaint.isEmpty)
    }

    @Test func version() throws {
        let project = try Project(toolchain: false)
        #expect(try project.belljar("version").text == "belljar 0.3.0\n")
        let json = try project.belljar("version", "--json").json()
        #expect(json["version"]?.string == "0.3.0")
        #expect(json["recordFormat"]?.integer == 2)
    }

    /// Whatever is named and cannot be a place is a mistake of the command line, and said so in words.
    @Test func placesThatAreNone() throws {
        let project = try Project()
        try project.recipe("hello", run: "echo > $OUT/a")
        try #require(try project.belljar("build", "hello").code == 0)
        for (words, part) in [
            (["list", "--project", "/nope"], "cannot find the project: there is no folder /nope"),
            (["build", "--events", "nodir/x"], "there is no folder \(project.path)/nodir"),
            (["export", "hello", "--tar", "nodir//x"], "there is no folder nodir\n"),
            (["export", "hello", "--tar", "tiny.tar/x"], "tiny.tar is not a folder"),
            (["export", "hello", "-o", "tiny.tar"], "it is something else than a folder"),
            (["schema", "--output", "tiny.tar"], "it is something else than a folder"),
            (["export", "Recipes/hello/recipe.yaml", "-o", "x"], "that is a recipe, and no record of its build"),
        ] {
            let answer = try project.start(Project.programs + "/belljar", words).finish()
            #expect(answer.code == 2 && answer.complaint.contains(part), "\(words): \(answer)")
            #expect(answer.complaint.contains("\nremedy: ") && !answer.complaint.contains("openat"), "\(answer)")
        }
        // What the host answers has the call behind it, and no slash twice.
        let answer = try project.belljar("export", "hello", "-o", "/proc/x")
        #expect(
            answer.code == 9 && answer.complaint.contains("No such file or directory (ENOENT)\n  mkdirat /proc/x\n"))
    }

    @Test func thereIsNoProjectHere() throws {
        let project = try Project(toolchain: false)
        try project.remove("Recipes")
        try project.remove("Toolchains")
        let answer = try project.belljar("build", "x", environment: ["HOME": project.path])
        #expect(answer.code == 2)
        #expect(answer.complaint.contains("--project"))
    }

    @Test func theStoresPlace() throws {
        let project = try Project(toolchain: false)
        #expect(try project.belljar("store", "path").text == project.store + "\n")
        #expect(try project.belljar("store", "path", "--store", "/x/y").text == "/x/y\n")
        let data = try project.belljar(
            "store", "path", environment: ["BELLJAR_STORE": "", "XDG_DATA_HOME": "/data"])
        #expect(data.text == (isRoot ? "/var/lib/belljar\n" : "/data/belljar\n"))
        let home = try project.belljar("store", "path", environment: ["BELLJAR_STORE": ""])
        #expect(home.text == (isRoot ? "/var/lib/belljar\n" : project.path + "/home/.local/share/belljar\n"))
    }

    @Test func recordsThatAreNotThere() throws {
        let project = try Project()
        for command in ["show", "log", "rebuild"] {
            let answer = try project.belljar(command, "abcdef0123")
            #expect(answer.code == 2)
            #expect(answer.complaint.contains("belljar records"))
        }
        #expect(try project.belljar("records", "--json").json() == ["records": []])
    }

    /// A name of 4 hexadecimal digits or more could be the beginning of a digest as well.
    @Test func aRecipeGoesBeforeTheDigestThatBeginsLikeItsName() throws {
        let project = try Project()
        try project.recipe("hello", run: "echo hello > $OUT/a")
        let hello = try #require(try project.belljar("build", "hello", "--json").json()["builds"]?.array?.first)
        let digest = try #require(hello["record"]?.string)
        let name = String(digest.dropFirst("sha256:".count).prefix(8))
        #expect(try project.belljar("show", name).text.hasPrefix("hello 1"))
        try project.recipe(name, run: "echo other > $OUT/a")
        let unbuilt = try project.belljar("show", name)
        #expect(unbuilt.code == 2)
        #expect(unbuilt.complaint.contains("the store has no record of this project's recipe"), "\(unbuilt.complaint)")
        #expect(try project.belljar("build", name).code == 0)
        #expect(try project.belljar("show", name).text.hasPrefix("\(name) 1"))
        #expect(try project.belljar("log", name).code == 0)
        // It says that it is a digest.
        #expect(try project.belljar("show", "sha256:\(name)").text.hasPrefix("hello 1"))
        #expect(
            try project.belljar("show", "sha256:\(name)", "--json").json()["definition"]?["recipe"]?["name"]?.string
                == "hello")
    }

    /// Standard output is the command's.
    @Test func runHasNoAnswerInJSON() throws {
        let project = try Project(toolchain: false)
        let answer = try project.belljar("run", "-t", "tiny", "--json", "--", "/bin/true")
        #expect(answer.code == 2)
        #expect(try answer.json()["error"]?["subject"]?.string == "--json")
        // Behind the command it is the command's.
        let other = try project.belljar("run", "-t", "tiny", "--", "/bin/true", "--json")
        #expect(other.complaint.contains("tiny") && !other.complaint.contains("standard output belongs"))
    }

    @Test func filesThatAreNoRecords() throws {
        let project = try Project(toolchain: false)
        for text in ["", "[]", "{\"v\":1}", "{\"v\":9}", "{\"v\":1,\"v\":1}", "nonsense"] {
            try project.write("record.json", text)
            let answer = try project.belljar("rebuild", "./record.json")
            #expect(answer.code == 2, "\(text)")
            #expect(answer.complaint.contains("record.json"), "\(answer.complaint)")
        }
    }
}
