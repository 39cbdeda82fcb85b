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
