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
}
