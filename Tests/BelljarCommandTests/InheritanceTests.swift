import BelljarModel
import FoundationEssentials
import Testing

/// What whoever starts belljar has set for itself, and processes inherit: starter.c sets it, attributes.c tells of it.
@Suite struct InheritanceTests {
    private static let fixtures =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path + "/Fixtures"
    /// What no build sees. A letter each, as starter.c knows them.
    private static let hidden = "nistpcmgul"

    let project: Project

    init() throws {
        project = try Project()
        try project.recipe(
            "attributes", run: "./attributes > $OUT/attributes", more: "sources: [{local: attributes}]")
        for (source, target) in [
            ("Programs/starter.c", "starter"), ("Probes/c/sources/attributes.c", "Recipes/attributes/attributes"),
        ] {
            let made = try project.run(
                "/usr/bin/cc", "-O1", "-w", "-static", "-o", target, Self.fixtures + "/" + source)
            try #require(made.code == 0, "\(made.complaint)")
        }
    }

    private func build(_ letters: String) throws -> Answer {
        try project.run(
            project.path + "/starter", letters, Project.programs + "/belljar", "build", "attributes", "--no-cache",
            "--json")
    }

    /// Digest of the result, and what the record says of the starter.
    private func result(_ letters: String) throws -> (digest: String?, inherited: String) {
        let answer = try build(letters)
        #expect(answer.code == 0, "\(letters): \(answer.complaint)")
        let record = try #require(try answer.json()["builds"]?.array?.first?["record"]?.string)
        let shown = try project.belljar("show", record, "--json").json()
        let inherited = shown["observed"]?["enforcement"]?["inherited"]?.string
        let isOpen = shown["observed"]?["openChannels"]?.array?.contains { $0.string == "inherited" } == true
        #expect(isOpen == (inherited != nil))
        // A container's filters are inherited by these tests too.
        let left = (inherited ?? "").split(separator: "+").filter { $0 != "seccomp" }.joined(separator: "+")
        return (shown["result"]?["tree"]?["digest"]?.string, left)
    }

    @Test func withoutBelljarProgramsSeeIt() throws {
        let program = project.path + "/Recipes/attributes/attributes"
        let plain = try project.run(program, "process")
        for letter in Self.hidden + "LOSCFDA" where !"nbim".contains(letter) {
            let other = try project.run(project.path + "/starter", String(letter), program, "process")
            #expect(other.code == 0 && other.text != plain.text, "\(letter)")
        }
        let usual = try project.run(program, "scheduling").text
        for letter in "nbIi" {
            #expect(try project.run(project.path + "/starter", String(letter), program, "scheduling").text != usual)
        }
    }

    @Test func itChangesNoResult() throws {
        let plain = try result("")
        #expect(plain.digest != nil && plain.inherited.isEmpty)
        // Of these, what an ordinary user cannot take back is the nice level; root can, but for some containers' root.
        let odd = try result(Self.hidden)
        #expect(odd.digest == plain.digest)
        let control = try project.run("/bin/sh", "-c", "renice -n 5 $$ && renice -n 0 $$")
        #expect(odd.inherited == (control.code == 0 ? "" : "nice 7"))
        let batch = try result("b")
        #expect(batch.digest == plain.digest && batch.inherited.isEmpty)
    }

    /// A kernel of the baseline, whichever there is: what differs without belljar is the same here, to the letter.
    @Test func theKernelAnswersAsTheBaselineDoes() throws {
        let answer = try project.belljar("build", "attributes", "--output", "out")
        #expect(answer.code == 0, "\(answer.complaint)")
        let lines = Set(try project.read("out/attributes/attributes").split(separator: "\n").map(String.init))
        for line in [
            "coarse 0.004000000", "slice 0.004000000", "auxiliary clock errno 22", "membarrier 511",
            "landlock errata errno 22", "congestion reno", "send buffer 16384", "receive buffer 131072",
            "cookie errno 92", "cookie of the network errno 92", "processor errno 92", "file system's uuid errno 25",
            "namespace's number errno 25", "process's facts errno 25", "memory file errno 22", "no new code errno 22",
            "speculation 0", "disks 16388", "personality 40000", "timer slack 50000",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        // Landlock may be switched off.
        #expect(lines.contains { ["landlock 2", "landlock errno 38", "landlock errno 95"].contains($0) })
        #expect(lines.count { $0.hasSuffix(" 1700000000 1700000000") } == 1)
        let plain = try project.run(project.path + "/Recipes/attributes/attributes", "kernel").text
        #expect(!plain.contains("cookie errno"), "\(plain)")
    }

    /// Only where root may do what root may: in a container there are capabilities that root does not have.
    @Test(.enabled(if: isRoot)) func rootTakesItBackAsRoot() throws {
        let control = try project.run("/bin/sh", "-c", "renice -n 5 $$ && renice -n 0 $$")
        guard control.code == 0 else { return print("skipped: this root may not lower its nice level") }
        #expect(try result("nI").inherited.isEmpty)
    }

    /// SCHED_IDLE is what an ordinary user cannot leave either, and a program that asks for it is told; and so is one that asks
    /// how far it may raise its limits.
    @Test(.disabled(if: isRoot, "root takes back what it inherited"))
    func whatShowsIsInTheLabel() throws {
        let limited = try result("L")
        #expect(
            limited.inherited
                == "openFiles 2048+stackBytes 16777216+residentBytes 1073741824"
                + "+realTimeMicroseconds 1000000")
        let idle = try result("I")
        #expect(idle.inherited == "policy 5")
        #expect(try project.belljar("show", "attributes").text.contains("inherited=policy 5"))
    }

    @Test(arguments: ["O", "S", "C", "F", "D", "A", "M"])
    func withoutWhatABuildHasThereIsNone(_ letter: String) throws {
        let answer = try build(letter)
        #expect(answer.code == 4, "\(answer.text)")
        let error = try answer.json()["error"]
        #expect(error?["code"]?.string == "sandbox_unavailable")
        #expect(error?["stage"]?.string == "inheritance")
        #expect(error?["remedy"]?.string?.isEmpty == false)
        #expect(try project.belljar("records", "--json").json()["records"]?.array?.isEmpty == true)
        let doctor = try project.run(
            project.path + "/starter", letter, Project.programs + "/belljar", "doctor", "--json")
        #expect(doctor.code == 4, "\(doctor.text)")
        let lines = try doctor.json()["features"]?.array ?? []
        let line = try #require(lines.first { $0["name"]?.string == "inheritance" })
        #expect(line["state"]?.string == "missing")
    }
}
