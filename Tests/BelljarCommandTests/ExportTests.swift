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

    /// The list is a FIFO, so that the export waits for it.
    @Test func whatIsExportedIsNotCollected() throws {
        let project = try Project()
        try project.recipe("slow", run: "echo x > $OUT/x")
        #expect(try project.run("/bin/mkdir", "result").code == 0)
        #expect(try project.run("/usr/bin/mkfifo", "result/.belljar-export").code == 0)
        #expect(try project.belljar("store", "gc", "--dry-run").code == 0)
        let build = try project.starting("build", "slow", "-o", "result")
        #expect(try build.waits(for: "slow: built in"))
        pause(milliseconds: 1000)
        let collection = try project.belljar("store", "gc", "--dry-run")
        #expect(collection.code == 5, "\(collection.text) \(collection.complaint)")
        #expect(try project.run("/bin/sh", "-c", "echo {} > result/.belljar-export").code == 0)
        let answer = try build.finish(seconds: 20)
        #expect(answer.code == 0, "\(answer.complaint)")
        #expect(try project.read("result/x") == "x\n")
        #expect(try project.belljar("store", "gc", "--dry-run").code == 0)
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
}
