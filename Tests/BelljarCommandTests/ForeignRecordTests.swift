import BelljarKernel
import BelljarModel
import Testing

/// Records that somebody else wrote, to be rebuilt here.
@Suite struct ForeignRecordTests {
    private func record(_ project: Project, _ run: String) throws -> String {
        try project.recipe("hello", run: run)
        #expect(try project.belljar("build", "hello").code == 0)
        return try project.belljar("show", "hello", "--json").text
    }

    /// Zero would lift the host's limits further down, and what no recipe can ask for ended the program.
    @Test(arguments: [
        ("\"scratchBytes\":8589934592", "\"scratchBytes\":0", "scratchBytes"),
        ("\"scratchBytes\"", "\"scratchInodes\":0,\"scratchBytes\"", "scratchInodes"),
        ("\"processes\":4096", "\"memoryBytes\":0,\"processes\":4096", "memoryBytes"),
        ("\"cpus\":2", "\"cpus\":0", "cpus"), ("\"cpus\":2", "\"cpus\":9007199254740991", "cpus"),
    ])
    func limitsAreHeldToARecipesRanges(member: String, evil: String, name: String) throws {
        let project = try Project()
        let text = try record(project, "echo hello > $OUT/a")
        try project.write("config/belljar/limits.yaml", "memory: 64MiB\nscratch: 8GiB\ninodes: 4000000\n")
        let host = ["XDG_CONFIG_HOME": project.path + "/config"]
        try project.write("record.json", text)
        #expect(try project.belljar("rebuild", "./record.json", environment: host).code == 0)
        #expect(text.contains(member))
        try project.write("record.json", text.replacing(member, with: evil))
        let answer = try project.belljar("rebuild", "./record.json", environment: host)
        #expect(answer.code == 2, "\(answer.text) \(answer.complaint)")
        #expect(
            answer.complaint.contains("cannot read record ./record.json: definition.limits.\(name): "),
            "\(answer.complaint)")
        #expect(answer.complaint.contains(" is not between "))
    }

    /// A name that leads out of the folder for kept builds, and one that speaks to the terminal.
    @Test(arguments: ["../../escaped", "\\u001b]0;owned\\u0007"]) func namesAreARecipes(name: String) throws {
        let project = try Project()
        let text = try record(project, "echo hello > $OUT/a")
        try project.write("record.json", text.replacing("{\"name\":\"hello\"", with: "{\"name\":\"\(name)\""))
        #expect(try project.read("record.json").contains(name))
        let answer = try project.belljar("rebuild", "./record.json", "--keep-failed")
        #expect(answer.code == 2, "\(answer.text) \(answer.complaint)")
        #expect(answer.complaint.contains("definition.recipe.name: "), "\(answer.complaint)")
        #expect(!answer.complaint.utf8.contains(0x1b) && !answer.output.contains(0x1b))
        #expect(try project.run("/usr/bin/find", project.path, "-name", "escaped*").text == "")
    }

    /// Few files with paths of nearly 4 KiB, because the record's size counts: more than 16 MiB.
    @Test func recordsOfManyOutputsAreReadAgain() throws {
        let project = try Project()
        try project.recipe(
            "many",
            run: """
                cd $OUT
                name=$(printf %0250d 0)
                for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do mkdir $name; cd $name; done
                seq 4400 | xargs touch
                """)
        let built = try project.belljar("build", "many")
        #expect(built.code == 0, "\(built.complaint)")
        let shown = try project.belljar("show", "many", "--json")
        #expect(shown.output.count > 16 << 20)
        let cached = try project.belljar("build", "many")
        #expect(cached.code == 0 && cached.text.contains("  cached  "), "\(cached.text) \(cached.complaint)")
        #expect(try project.belljar("log", "many").code == 0)
    }

    // MARK: Files

    /// Whatever somebody names as a record: none of these is waited for, and each is told apart.
    @Test func whatIsNoFileIsSaidAtOnce() throws {
        let project = try Project()
        let text = try record(project, "echo hello > $OUT/a")
        #expect(try project.run("/usr/bin/mkfifo", "fifo.json").code == 0)
        #expect(try project.run("/usr/bin/truncate", "-s", "200M", "big.json").code == 0)
        try project.write("bom.json", "\u{feff}" + text)
        try project.write("cut.json", String(text.prefix(text.utf8.count / 2)))
        let cases = [
            ("./fifo.json", "cannot read record ./fifo.json: it is a FIFO that nobody writes to"),
            ("./big.json", "it has more than 134217728 bytes, and no more are read"),
            ("./bom.json", "a byte order mark (BOM)"), ("./cut.json", "the document ends"),
            ("/dev/null", "it is a character device, not a file"), ("./home", "cannot read record ./home: "),
        ]
        for (path, words) in cases {
            let answer = try project.starting("show", path).finish(seconds: 60)
            #expect(answer.code == 2, "\(path) \(answer.complaint)")
            #expect(answer.complaint.contains(words) && answer.complaint.contains("remedy: "), "\(answer.complaint)")
        }
        // One that comes through a pipe is as good as any.
        try project.write("record.json", text)
        let piped = try project.run(
            "/bin/sh", "-c", "(sleep 1; cat record.json) | \(Project.programs)/belljar show /dev/stdin --json")
        #expect(piped.code == 0 && piped.text == text, "\(piped.complaint)")
    }

    // MARK: Terminals

    /// Texts of a record that are none of a recipe's: what a host, or a belljar of another year, says of itself.
    @Test func noTextOfARecordSpeaksToTheTerminal() throws {
        let project = try Project()
        let text = try record(project, "echo hello > $OUT/a")
        let evil = "\\u001b]0;owned\\u0007\\u009b2J\\u202e\\rfake"
        let changes = [
            ("\"landlock\":\"", "\"landlock\":\"\(evil)"), ("\"network\":\"none\"", "\"network\":\"\(evil)\""),
            ("\"cpu\":\"", "\"cpu\":\"\(evil)"), ("\"hostname\":\"belljar\"", "\"hostname\":\"\(evil)\""),
            ("\"runner\":{", "\"\(evil)\":0,\"runner\":{"), ("\"openChannels\":[", "\"openChannels\":[\"\(evil)\","),
        ]
        for (member, changed) in changes {
            #expect(text.contains(member) || member.contains("landlock") || member.contains("\"cpu\":\""), "\(member)")
            try project.write("record.json", text.replacing(member, with: changed))
            for command in ["show", "rebuild"] {
                let answer = try project.belljar(command, "./record.json")
                let said = answer.text + answer.complaint
                let isWild = said.unicodeScalars.contains {
                    $0.value < 0x20 && $0 != "\n" && $0 != "\t" || (0x7f..<0xa0).contains($0.value)
                        || $0.value == 0x202e
                }
                #expect(!isWild, "\(member) \(said)")
            }
        }
    }

    // MARK: Records that were edited

    /// The two lines of a difference say in what it is one.
    @Test func aDifferenceInSizeAloneIsShown() throws {
        let project = try Project()
        // An empty directory besides: so nobody can tell the tree from the outputs.
        let text = try record(project, "echo hello > $OUT/a; mkdir $OUT/empty")
        let tree = try #require(try JSONValue(text)["result"]?["tree"]?["digest"]?.string?.dropFirst(7))
        try project.write("record.json", text.replacing("\"path\":\"a\",\"size\":6", with: "\"path\":\"a\",\"size\":7"))
        let held = try project.belljar("rebuild", "./record.json")
        #expect(held.code == 6, "\(held.text)")
        #expect(held.text.contains("the record lists \"a\" (0644, 7 bytes, "), "\(held.text)")
        try project.remove("store/blobs/\(tree.prefix(2))/\(tree)")
        let answer = try project.belljar("rebuild", "./record.json")
        #expect(answer.code == 3, "\(answer.text)")
        #expect(answer.text.contains(", 7 bytes\n") && answer.text.contains(", 6 bytes\n"), "\(answer.text)")
    }

    /// The tree of an input says nothing of who made it.
    @Test func theDefinitionOfAnInputIsTriedOut() throws {
        let project = try Project()
        try project.recipe("lib", run: "echo lib > $OUT/lib")
        try project.recipe("app", run: "cp $INPUTS/lib/lib $OUT/app", more: "inputs: [lib]")
        #expect(try project.belljar("build", "app").code == 0)
        let record = try JSONValue(try project.belljar("show", "app", "--json").text)
        try project.write("record.json", String(decoding: CanonicalJSON.encode(record), as: UTF8.self))
        let honest = try project.belljar("rebuild", "./record.json", "--json")
        #expect(honest.code == 0, "\(honest.complaint)")
        #expect(try honest.json()["inputs"]?["lib"] == "store")
        // The same tree, of a recipe with another epoch.
        let old = try #require(record["closure"]?["definitions"]?.object?.first)
        var library = try #require(old.value.object)
        library["epoch"] = 1_600_000_000
        library["environment"] = .object(
            (library["environment"]?.object ?? [:]).merging(["SOURCE_DATE_EPOCH": "1600000000"]) { _, new in new })
        let new = Digest(of: CanonicalJSON.encode(.object(library))).description
        let text = String(decoding: CanonicalJSON.encode(record), as: UTF8.self).replacing(old.key, with: new)
        var changed = try #require(try JSONValue(text).object)
        changed["closure"] = .object(
            (changed["closure"]?.object ?? [:]).merging(["definitions": .object([new: .object(library)])]) { _, new in
                new
            })
        try project.write("record.json", String(decoding: CanonicalJSON.encode(.object(changed)), as: UTF8.self))
        let answer = try project.belljar("rebuild", "./record.json")
        #expect(answer.code == 6, "\(answer.text) \(answer.complaint)")
        #expect(answer.text.contains("cannot rebuild lib: expected action "), "\(answer.text)")
        #expect(answer.text.contains("verdict: inconclusive"), "\(answer.text)")
    }

    @Test func aSecretThatTheRecordDoesNotHaveIsRefused() throws {
        let project = try Project()
        _ = try record(project, "echo hello > $OUT/a")
        let answer = try project.belljar("rebuild", "hello", "--secret", "token=env:TOKEN")
        #expect(
            answer.code == 2 && answer.complaint.contains("the record has no secret of that name"),
            "\(answer.complaint)")
    }
}

extension JSONValue {
    fileprivate init(_ text: String) throws {
        self = try CanonicalJSON.decode(Array(text.utf8), sizeLimit: BuildRecord.sizeLimit)
    }
}

extension ForeignRecordTests {
    /// The lock in a record says itself what it is of.
    @Test func theToolchainsNameIsTheLocks() throws {
        let project = try Project()
        let text = try record(project, "echo hello > $OUT/a")
        try project.write("record.json", text)
        #expect(try project.belljar("rebuild", "./record.json").code == 0)
        try project.write("record.json", text.replacing("\"name\":\"tiny\"", with: "\"name\":\"trusted\""))
        try #require(try project.read("record.json") != text)
        let answer = try project.belljar("rebuild", "./record.json", "--json")
        #expect(answer.code == 6 && answer.text.contains("is that of tiny"), "\(answer)")
    }

    /// One digest has one size, and what says another says nothing of the build.
    @Test func aTreesSizeIsNoDifference() throws {
        let project = try Project()
        let text = try record(project, "mkdir $OUT/d; echo hello > $OUT/d/a")
        let tree = try #require(
            try project.belljar("show", "hello", "--json").json()["result"]?["tree"]?["size"]?.integer)
        try project.write(
            "record.json", text.replacing("\"size\":\(tree)}},\"v\"", with: "\"size\":\(tree + 1)}},\"v\""))
        try #require(try project.read("record.json") != text)
        let answer = try project.belljar("rebuild", "./record.json", "--json")
        #expect(answer.code == 6, "\(answer)")
        #expect(try answer.json()["verdict"]?.string == "inconclusive")
    }

    @Test func aDamagedEntryIsNoMissingOne() throws {
        let project = try Project()
        _ = try record(project, "echo hello > $OUT/a")
        let all = try project.belljar("records", "--json").json()["records"]?.array
        let digest = try #require(all?.first?["digest"]?.string?.dropFirst(7))
        try project.write("store/records/\(digest)", "")
        // What the index remembers would be as good.
        for name in ["", "-wal", "-shm"] where project.exists("store/index.sqlite" + name) {
            try project.remove("store/index.sqlite" + name)
        }
        for options in [["-q"], []] {
            let answer = try project.start(
                Project.programs + "/belljar", ["rebuild", String(digest.prefix(8))] + options
            ).finish()
            #expect(answer.code == 6 && answer.complaint.contains("fsck --repair"), "\(answer)")
        }
    }
}
