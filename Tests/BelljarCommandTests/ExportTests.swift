import BelljarKernel
import BelljarModel
import Testing

/// `belljar build --output`: into a folder that is the user's.
@Suite struct ExportTests {
    /// An output in the place of the list would make a user's file one that an export may replace.
    @Test(arguments: [".belljar-export", ".belljar-export-part", ".belljar-part-1", "d/.belljar-part-1"])
    func outputsHaveNoNamesOfTheExports(path: String) throws {
        let project = try Project()
        try project.write("result/important", "mine\n")
        let digest = Digest(of: Array("mine\n".utf8))
        try project.recipe(
            "forger", run: "mkdir $OUT/d; echo '{\"important\":\"0644 \(digest)\"}' > $OUT/\(path); echo x > $OUT/other"
        )
        let answer = try project.belljar("build", "forger", "-o", "result", "--json")
        #expect(answer.code == 2, "\(answer.text) \(answer.complaint)")
        let error = try answer.json()["error"]
        #expect(error?["operation"]?.string == "export to")
        #expect(error?["details"]?.array?.compactMap(\.string) == [path])
        #expect(try project.run("/bin/ls", "-A", "result").text == "important\n")
        // The build itself is as good as any.
        #expect(try project.belljar("build", "forger").code == 0)
        try project.recipe("forger", run: "echo x > $OUT/important")
        #expect(try project.belljar("build", "forger", "-o", "result").code == 2)
        #expect(try project.read("result/important") == "mine\n")
    }

    @Test func namesThatOnlyLookAlikeAreExported() throws {
        let project = try Project()
        try project.recipe("plain", run: "mkdir $OUT/d; touch $OUT/d/.belljar-export $OUT/.belljar $OUT/belljar-export")
        #expect(try project.belljar("build", "plain", "-o", "result").code == 0)
        #expect(project.exists("result/d/.belljar-export") && project.exists("result/.belljar"))
    }

    /// The export is stopped in its middle.
    @Test func whatIsExportedIsNotCollected() throws {
        let project = try Project()
        try project.recipe("slow", run: "seq 3000 | while read -r n; do echo $n > $OUT/$n; done")
        try #require(try project.belljar("build", "slow").code == 0)
        #expect(try project.belljar("store", "gc", "--dry-run").code == 0)
        let build = try project.starting("build", "slow", "-o", "result")
        for _ in 0..<60_000 where !project.exists("result/.belljar-export") { pause(milliseconds: 1) }
        build.signal(19)  // SIGSTOP
        #expect(!project.exists("result/999"), "it was too quick for this test")
        let collection = try project.belljar("store", "gc", "--dry-run")
        #expect(collection.code == 5, "\(collection.text) \(collection.complaint)")
        build.signal(18)  // SIGCONT
        let answer = try build.finish(seconds: 60)
        #expect(answer.code == 0, "\(answer.complaint)")
        #expect(try project.read("result/999") == "999\n")
        #expect(try project.belljar("store", "gc", "--dry-run").code == 0)
    }

    /// One that was killed has left half a file.
    @Test func theNextExportTakesAwayWhatIsHalf() throws {
        let project = try Project()
        try project.recipe("plain", run: "mkdir $OUT/d; echo x > $OUT/d/x")
        try project.write("result/d/.belljar-part", "ha")
        #expect(try project.belljar("build", "plain", "-o", "result").code == 0)
        #expect(
            try project.run("/bin/ls", "-A", "result", "result/d").text
                == "result:\n.belljar-export\nd\n\nresult/d:\nx\n")
    }

    /// The first is stopped in its middle: the second one waits, and the list then names what both have put there.
    @Test func twoExportsToOneFolderTakeTurns() throws {
        let project = try Project()
        try project.recipe("slow", run: "seq 3000 | while read -r n; do echo $n > $OUT/$n; done")
        try project.recipe("other", run: "echo x > $OUT/other")
        for name in ["slow", "other"] { try #require(try project.belljar("build", name).code == 0) }
        let first = try project.starting("build", "slow", "-o", "result")
        for _ in 0..<60_000 where !project.exists("result/.belljar-export") { pause(milliseconds: 1) }
        first.signal(19)  // SIGSTOP
        #expect(!project.exists("result/999"), "it was too quick for this test")
        let second = try project.starting("build", "other", "-o", "result")
        pause(milliseconds: 1000)
        #expect(!project.exists("result/other"))
        first.signal(18)  // SIGCONT
        #expect(try first.finish(seconds: 60).code == 0)
        #expect(try second.finish(seconds: 60).code == 0)
        let list = try project.read("result/.belljar-export")
        #expect(list.contains("\"999\":") && list.contains("\"other\":"))
        #expect(try project.read("result/other") == "x\n")
    }

    /// In the folder are things that wait for somebody, or lead elsewhere, under every name that an export opens.
    @Test(
        arguments: ["result/.belljar-export", "result/.belljar-export-part", "result/x"], ["FIFO", "socket", "link"])
    func nothingInTheFolderIsWaitedFor(name: String, kind: String) throws {
        let project = try Project()
        try project.recipe("plain", run: "echo x > $OUT/x")
        try project.write("mine", "mine\n")
        try project.write("result/other", "")
        switch kind {
        case "FIFO": #expect(try project.run("/usr/bin/mkfifo", name).code == 0)
        case "socket":
            let script = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])"
            #expect(try project.run("/usr/bin/python3", "-c", script, name).code == 0)
        default: #expect(try project.run("/bin/ln", "-s", "../mine", name).code == 0)
        }
        let answer = try project.start(Project.programs + "/belljar", ["build", "plain", "-o", "result", "--json"])
            .finish(seconds: 30)
        // A name of belljar's own, while it writes, is cleared; everything else is the user's.
        let isOwn = name.hasSuffix("-part")
        #expect(answer.code == (isOwn ? 0 : 2), "\(answer.text) \(answer.complaint)")
        #expect(try project.read("mine") == "mine\n")
        let kinds = try project.run("/usr/bin/find", "result", "-name", "x", "-printf", "%y").text
        #expect(kinds == (isOwn ? "f" : name != "result/x" ? "" : kind == "link" ? "l" : kind == "FIFO" ? "p" : "s"))
    }

    /// Times that do not fit 64 bits of nanoseconds since 1970.
    @Test(arguments: ["2300-01-01", "2400-02-03"]) func sourcesMayBeOfAnyTime(date: String) throws {
        let project = try Project()
        try project.write("Recipes/far/src/a.txt", "1\n")
        #expect(try project.run("/usr/bin/touch", "-d", date, "Recipes/far/src/a.txt").code == 0)
        let shown = try project.run("/usr/bin/stat", "-c", "%y", "Recipes/far/src/a.txt").text
        try #require(shown.hasPrefix(date))
        try project.recipe("far", run: "cp a.txt $OUT/", more: "sources:\n  - local: src")
        for how in ["built", "cached"] {
            let answer = try project.belljar("build", "far")
            #expect(answer.code == 0 && answer.text.contains(how), "\(answer.text) \(answer.complaint)")
        }
    }

    /// A blob that is damaged ends the export, and nothing in the folder says that there was one.
    @Test func whatIsRefusedLeavesNoList() throws {
        let project = try Project()
        try project.recipe("plain", run: "echo x > $OUT/x")
        #expect(try project.belljar("build", "plain").code == 0)
        try project.write("mine/kept", "mine\n")
        try project.flip(Digest(of: Array("x\n".utf8)), at: 0)
        #expect(try project.belljar("build", "plain", "-o", "mine").code == 6)
        #expect(try project.run("/bin/ls", "-A", "mine").text == "kept\n")
        #expect(try project.belljar("build", "plain", "-o", "new").code == 6)
        #expect(!project.exists("new"))
        // Something there that cannot be replaced: the list's own place.
        try project.write("taken/.belljar-export/x", "mine\n")
        #expect(try project.belljar("build", "plain", "-o", "taken").code == 2)
        #expect(try project.run("/bin/ls", "-A", "taken").text == ".belljar-export\n")
    }
}
