import BelljarKernel
import BelljarModel
import Testing

/// Rebuilds from a record alone, and their verdicts.
@Suite struct RebuildTests {
    private func record(_ project: Project, _ name: String) throws {
        #expect(try project.belljar("build", name).code == 0)
        try project.write("record.json", try project.belljar("show", name, "--json").text)
    }

    private func elsewhere(_ project: Project, _ arguments: String...) throws -> Answer {
        try project.start(
            Project.programs + "/belljar",
            arguments + ["--store", project.path + "/other", "--project", "/nonexistent"]
        ).finish()
    }

    /// Neither project nor store: the record says where everything is had from.
    @Test func fromTheRecordAlone() throws {
        let project = try Project(toolchain: false)
        try project.write("served/source.txt", "hello\n")
        let digest = Digest(of: Array("hello\n".utf8)).hex
        let server = try FileServer(project, folder: "served")
        defer { try? server.stop() }
        try project.importToolchain(address: server.address + "/tiny.tar")
        #expect(try project.run("/bin/mv", "tiny.tar", "served/").code == 0)
        try project.recipe(
            "library", run: "cp source.txt $OUT/",
            more: "sources:\n  - file: \(server.address)/source.txt\n    sha256: \(digest)")
        try project.recipe(
            "program", run: "cat $INPUTS/library/source.txt > $OUT/copy", more: "inputs: [library]")
        try record(project, "program")
        let rebuilt = try elsewhere(project, "rebuild", "./record.json", "--json")
        #expect(rebuilt.code == 0, "\(rebuilt.text) \(rebuilt.complaint)")
        let verdict = try rebuilt.json()
        #expect(verdict["verdict"]?.string == "identical")
        #expect(verdict["inputs"]?["library"]?.string == "rebuilt")
        #expect(verdict["executed"]?.bool == true)
        // A second time the input is there; the action itself is executed all the same.
        let again = try elsewhere(project, "rebuild", "./record.json", "--json").json()
        #expect(again["inputs"]?["library"]?.string == "store")
        #expect(again["rebuilt"] != nil)
        #expect(again["executed"]?.bool == true)
    }

    /// Exit code 3 says that outputs differ from the recorded ones. Of a build whose input cannot be had again nothing was shown.
    @Test func anInputThatComesOutOtherwiseIsNoVerdict() throws {
        let project = try Project()
        try project.recipe(
            "lib", run: "cat /proc/sys/kernel/random/uuid > $OUT/uuid", more: "controls: {random: real}")
        try project.recipe("app", run: "echo same > $OUT/same", more: "inputs: [lib]")
        try record(project, "app")
        #expect(try project.belljar("rebuild", "./record.json").code == 0)
        let tree = try project.belljar("show", "app", "--json").json()["definition"]?["inputs"]?.array?.first?["tree"]
        let hex = try #require(tree?["digest"]?.string?.dropFirst(7))
        #expect(try project.run("/bin/rm", "\(project.store)/blobs/\(hex.prefix(2))/\(hex)").code == 0)
        let answer = try project.belljar("rebuild", "./record.json", "--json")
        let verdict = try answer.json()
        #expect(verdict["verdict"]?.string == "inconclusive" && verdict["executed"]?.bool == false)
        #expect(verdict["reason"]?["code"]?.string == "integrity" && answer.code == 6, "\(answer.text)")
        #expect(verdict["reason"]?["remedy"]?.string?.contains("lib does not come out the same again") == true)
        #expect(try project.belljar("rebuild", "lib").code == 3)
    }

    /// The log of a build is in the store of that build, and in no other; nothing is damaged.
    @Test(arguments: [["log"], ["show", "--ledger"]]) func logsStayWhereTheyWereWritten(command: [String]) throws {
        let project = try Project()
        try project.recipe("hello", run: "echo hello | tee $OUT/a")
        #expect(try project.belljar("build", "hello", "--ledger").code == 0)
        try project.write("record.json", try project.belljar("show", "hello", "--json").text)
        let (verb, more) = (command[0], Array(command.dropFirst()))
        func run(_ more: [String]) throws -> Answer {
            try project.start(Project.programs + "/belljar", [verb, "./record.json"] + more).finish()
        }
        #expect(try run(more + ["--store", project.store]).code == 0)
        try project.makeStore(project.path + "/other")
        let answer = try run(more + ["--store", project.path + "/other"])
        #expect(answer.code == 8, "\(answer.text) \(answer.complaint)")
        #expect(answer.complaint.contains("this store does not have it"), "\(answer.complaint)")
        #expect(answer.complaint.contains("run this where it was built, or `belljar rebuild` the record"))
        #expect(!answer.complaint.contains("fsck"))
        // Where it was built, it has to be there.
        let name = command == ["log"] ? "log" : "ledger"
        let text = try project.belljar("show", "hello", "--json").json()["observed"]?[name]?.string?.dropFirst(7)
        let hex = try #require(text)
        #expect(try project.run("/bin/rm", "\(project.store)/blobs/\(hex.prefix(2))/\(hex)").code == 0)
        let damaged = try run(more + ["--store", project.store])
        #expect(damaged.code == 6 && damaged.complaint.contains("fsck"), "\(damaged.complaint)")
    }

    @Test func whatDiffersIsNamed() throws {
        let project = try Project()
        try project.recipe(
            "random", run: "cat /proc/sys/kernel/random/uuid > $OUT/uuid; echo same > $OUT/same",
            more: "controls: {random: real}")
        try record(project, "random")
        let answer = try project.belljar("rebuild", "random", "--json")
        #expect(answer.code == 3, "\(answer.text) \(answer.complaint)")
        let verdict = try answer.json()
        #expect(verdict["verdict"]?.string == "different")
        #expect(verdict["differences"]?.array?.map { $0["path"]?.string } == ["uuid"])
        #expect(verdict["differences"]?.array?.first?["kind"]?.string == "changed")
        #expect(try project.belljar("rebuild", "./record.json").text.contains("verdict: different"))
    }

    @Test func recordsOfFailuresAreNoneToRebuild() throws {
        let project = try Project()
        try project.recipe("bad", run: "exit 1")
        #expect(try project.belljar("build", "bad").code == 1)
        let records = try project.belljar("records", "bad", "--json").json()["records"]?.array
        let digest = try #require(records?.first?["digest"]?.string)
        let answer = try project.belljar("rebuild", digest)
        #expect(answer.code == 2)
        #expect(answer.complaint.contains("build_failed"))
    }

    /// Fails in every execution but the first, by the clock, which is left as it is.
    @Test func aBuildThatFailsThisTime() throws {
        let project = try Project()
        try project.recipe(
            "late", run: "touch $OUT/a; [ $(date +%s) -lt \(Host.realSeconds() + 8) ]",
            more: "controls: {clock: real}")
        try record(project, "late")
        let answer = try project.start(
            "/bin/sh", ["-c", "sleep 8; exec \"$0\" rebuild late --json", Project.programs + "/belljar"]
        ).finish()
        #expect(answer.code == 1, "\(answer.text) \(answer.complaint)")
        #expect(try answer.json()["verdict"]?.string == "failed")
        #expect(try answer.json()["reason"]?["stage"]?.string == "step build")
    }

    @Test func localSourcesThatAreElsewhere() throws {
        let project = try Project()
        try project.write("Recipes/local/src/a.txt", "1\n")
        try project.recipe("local", run: "cp a.txt $OUT/", more: "sources:\n  - local: src")
        try record(project, "local")
        let answer = try elsewhere(project, "rebuild", "./record.json", "--json")
        #expect(answer.code == 8, "\(answer.text) \(answer.complaint)")
        let verdict = try answer.json()
        #expect(verdict["verdict"]?.string == "inconclusive")
        #expect(verdict["executed"]?.bool == false)
        let sources = try project.belljar("show", "local", "--json").json()["definition"]?["sources"]?.array
        let missing = try #require(sources?.first?["digest"]?.string)
        #expect(verdict["reason"]?["answer"]?.string?.contains(missing) == true)
    }

    /// A file of which a rebuild would have made something, with one byte changed: of an input, of the image, of a local
    /// source, and of an unpacked archive. Copied by a step it would be the verdict `different`, and a proof of nothing.
    @Test(arguments: ["input", "image", "local", "archive"]) func damagedInputsAreNoVerdict(part: String) throws {
        let project = try Project()
        try project.write("Recipes/program/src/local", "local\n")
        let made = try project.run(
            "/bin/sh", "-c",
            "mkdir d && echo archive > d/archive && tar -c -f d.tar d && sha256sum d.tar && echo input > d/input"
        )
        let server = try FileServer(project, folder: ".")
        defer { try? server.stop() }
        try project.recipe("library", run: "echo input > $OUT/file")
        try project.recipe(
            "program", run: "cat $INPUTS/library/file local archive > $OUT/all; wc -c < /bin/busybox > $OUT/size",
            more: "inputs: [library]\nsources:\n  - local: src\n  - archive: \(server.address)/d.tar\n"
                + "    sha256: \(made.text.prefix(64))")
        try record(project, "program")
        #expect(try project.belljar("rebuild", "program").code == 0)
        let content =
            part == "image"
            ? try Descriptor.workingDirectory.open("/bin/busybox", .followingLinks).readAll(limit: 64 << 20)
            : Array("\(part)\n".utf8)
        let digest = Digest(of: content)
        // The end of busybox is no part of what runs.
        try project.flip(digest, at: content.count - 1)
        let answer = try project.belljar("rebuild", "./record.json", "--json")
        #expect(answer.code == 6, "\(answer.text) \(answer.complaint)")
        let verdict = try answer.json()
        #expect(verdict["verdict"]?.string == "inconclusive")
        #expect(verdict["executed"]?.bool == false)
        #expect(verdict["reason"]?["stage"]?.string == "verify")
        #expect(verdict["reason"]?["answer"]?.string?.contains("expected \(digest)") == true, "\(answer.text)")
        // The remedy is one: local sources are had from their project, and everything else from anywhere.
        _ = try project.belljar("store", "fsck", "--repair")
        if part == "local" { #expect(try project.belljar("build", "program", "--no-cache").code == 0) }
        let mended = try project.belljar("rebuild", "./record.json", "--json")
        #expect(mended.code == 0, "\(mended.text) \(mended.complaint)")
    }

    /// What a rebuild gave, nobody was given: a name stays with what was built, and delivered.
    @Test func aRebuildAnswersToNoName() throws {
        let project = try Project()
        try project.recipe(
            "random", run: "cat /proc/sys/kernel/random/uuid > $OUT/uuid", more: "controls: {random: real}")
        let built = try project.belljar("build", "random", "-o", "out", "--json")
        let digest = try #require(built.json()["builds"]?.array?.first?["record"]?.string)
        let answer = try project.belljar("rebuild", "random", "--json")
        #expect(answer.code == 3, "\(answer.text) \(answer.complaint)")
        let rebuilt = try #require(answer.json()["rebuilt"]?.string)
        #expect(rebuilt != digest)
        #expect(try project.belljar("show", "random").text.contains(digest))
        #expect(try project.belljar("log", "random", "--json").json()["record"]?.string == digest)
        #expect(
            try project.belljar("build", "random", "--json").json()["builds"]?.array?.first?["record"]?.string == digest
        )
        #expect(try project.belljar("verify", "out/random/uuid", "random").text.contains(digest))
        #expect(try project.belljar("rebuild", "random", "--json").json()["record"]?.string == digest)
        // Its own digest is how it is had.
        #expect(try project.belljar("show", rebuilt).text.contains(rebuilt))
        #expect(try project.belljar("verify", "out/random/uuid", rebuilt).code == 6)
        let records = try project.belljar("records", "random", "--json").json()["records"]?.array ?? []
        #expect(records.compactMap { $0["rebuildOf"]?.string } == [digest, digest])
        #expect(records.count == 3)
        #expect(try project.belljar("records", "random").text.contains("rebuild of \(digest.dropFirst(7).prefix(16))"))
        // The same when the index is made again from the files.
        try project.remove("store/index.sqlite")
        #expect(try project.belljar("show", "random").text.contains(digest))
    }

    /// Several builds of one name, each with other bytes: whatever was delivered, and when, is found.
    @Test func whatWasDeliveredIsVerifiedByName() throws {
        let project = try Project()
        try project.recipe(
            "random", run: "cat /proc/sys/kernel/random/uuid > $OUT/uuid; echo same > $OUT/same",
            more: "controls: {random: real}")
        var records: [String] = []
        for round in 0..<3 {
            let built = try project.belljar("build", "random", "--no-cache", "-o", "out\(round)", "--json")
            records.append(try #require(built.json()["builds"]?.array?.first?["record"]?.string))
            #expect(try project.belljar("rebuild", "random").code == 3)
        }
        for round in 0..<3 {
            let answer = try project.belljar("verify", "out\(round)/random/uuid", "random", "--json")
            #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
            #expect(try answer.json()["record"]?.string == records[round])
            #expect(try project.belljar("verify", "out\(round)/random/uuid", records[(round + 1) % 3]).code == 6)
        }
        // Of what all have, the newest; and what none has is of none.
        #expect(
            try project.belljar("verify", "out0/random/same", "random", "--json").json()["record"]?.string == records[2]
        )
        try project.write("other", "other\n")
        #expect(try project.belljar("verify", "other", "random").code == 6)
    }

    /// A record that was changed says another action than its definition makes.
    @Test func recordsThatWereChanged() throws {
        let project = try Project()
        try project.recipe("hello", run: "echo hello > $OUT/a")
        try record(project, "hello")
        let text = try project.read("record.json")
        try project.write("record.json", text.replacing("echo hello", with: "echo howdy"))
        let answer = try project.belljar("rebuild", "./record.json", "--json")
        #expect(answer.code == 6, "\(answer.text)")
        #expect(try answer.json()["verdict"]?.string == "inconclusive")
        #expect(try answer.json()["reason"]?["code"]?.string == "integrity")
        try project.write("record.json", text.replacing("image-format", with: "image-formal"))
        #expect(try project.belljar("rebuild", "./record.json").code == 6)
    }

    /// What this version cannot make is not executed in something else.
    @Test func recordsOfOtherSandboxes() throws {
        let project = try Project()
        try project.recipe("hello", run: "echo hello > $OUT/a")
        try record(project, "hello")
        let text = try project.read("record.json")
        for (member, other) in [("\"umask\":\"022\"", "\"umask\":\"077\""), ("strict/1", "strict/9")] {
            #expect(text.contains(member))
            try project.write("record.json", text.replacing(member, with: other))
            let answer = try project.belljar("rebuild", "./record.json", "--json")
            #expect(answer.code == 2, "\(answer.text)")
            #expect(try answer.json()["verdict"]?.string == "inconclusive")
            #expect(try answer.json()["executed"]?.bool == false)
            #expect(try answer.json()["reason"]?["answer"]?.string?.contains("another kind of sandbox") == true)
        }
    }
}
