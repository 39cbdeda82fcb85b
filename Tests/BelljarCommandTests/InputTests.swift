import BelljarModel
import Testing

/// Bad input on its way through the whole program: the error, the exit code, and that nothing was kept.
@Suite struct InputTests {
    private func failure(_ project: Project, _ arguments: String...) throws -> (code: Int32, error: JSONValue) {
        let answer = try project.start(Project.programs + "/belljar", arguments + ["--json"]).finish()
        let error = try #require(try answer.json()["error"], "\(answer.text) \(answer.complaint)")
        #expect(error["exitCode"]?.integer == Int64(answer.code))
        // Where there is no store, nothing was kept.
        if project.exists("store") { #expect(try project.belljar("records", "--json").json() == ["records": []]) }
        return (answer.code, error)
    }

    @Test(arguments: [
        ("unknwon: 1\n", 5), ("epoch: 1\n", 5), ("sources: [ - ]\n", 5), ("inputs: {}\n", 5), ("\tinputs: []\n", 5),
        ("sources:\n  - local: ../outside\n", 6), ("sources:\n  - archive: debian:a.tar\n", 6),
    ]) func recipesThatAreWrong(lines: String, line: Int) throws {
        let project = try Project(toolchain: false)
        try project.recipe("bad", run: "true", more: lines)
        let (code, error) = try failure(project, "build", "bad")
        #expect(code == 2)
        let text = "\(error["subject"]?.string ?? "") \(error["details"]?.array?.compactMap(\.string) ?? [])"
        #expect(text.contains("Recipes/bad/recipe.yaml:\(line):"), "\(text)")
    }

    @Test func aToolchainThatIsNotThere() throws {
        let project = try Project(toolchain: false)
        try project.recipe("hello", run: "true")
        let (code, error) = try failure(project, "build", "hello")
        #expect(code == 2)
        #expect(error.description.contains("tiny"), "\(error)")
        #expect(try failure(project, "run", "-t", "tiny").code == 2)
    }

    @Test func aLockOlderThanItsYaml() throws {
        let project = try Project()
        try project.recipe("hello", run: "true")
        let text = try project.read("Toolchains/tiny/toolchain.yaml")
        try project.write("Toolchains/tiny/toolchain.yaml", text.replacing("archive.invalid", with: "other.invalid"))
        let (code, error) = try failure(project, "build", "hello")
        #expect(code == 2)
        #expect(error["remedy"]?.string?.contains("toolchain lock tiny") == true, "\(error)")
    }

    @Test func sourcesWithAnotherDigest() throws {
        let project = try Project()
        try project.write("served/source.txt", "not what was pinned\n")
        let server = try FileServer(project, folder: "served")
        let (pinned, found) = (Digest(of: Array("pinned\n".utf8)), Digest(of: Array("not what was pinned\n".utf8)))
        try project.recipe(
            "hello", run: "cp source.txt $OUT/",
            more: "sources:\n  - file: \(server.address)/source.txt\n    sha256: \(pinned.hex)")
        let (code, error) = try failure(project, "build", "hello")
        #expect(code == 6, "\(error)")
        #expect(error.description.contains(pinned.hex))
        #expect(error.description.contains(found.hex))
        let blobs = try project.run("/usr/bin/find", "store", "-name", "*\(found.hex.dropFirst(2))*")
        #expect(blobs.text.isEmpty)
        // The server gone, the same source cannot be had at all.
        try server.stop()
        let (later, gone) = try failure(project, "build", "hello")
        #expect(later == 8, "\(gone)")
        #expect(gone.description.contains(server.address))
    }

    @Test func aTruncatedArchive() throws {
        let project = try Project()
        #expect(try project.run("/bin/sh", "-c", "mkdir served && head -c 300000 tiny.tar > served/cut.tar").code == 0)
        let server = try FileServer(project, folder: "served")
        defer { try? server.stop() }
        let sum = try project.run("/usr/bin/sha256sum", "served/cut.tar").text.prefix(64)
        try project.recipe(
            "hello", run: "true",
            more: "sources:\n  - archive: \(server.address)/cut.tar\n    sha256: \(sum)")
        let (code, error) = try failure(project, "build", "hello")
        #expect(code == 6, "\(error)")
        #expect(error.description.contains("cut.tar"))
    }

    @Test func anImportWithAnotherDigest() throws {
        let project = try Project(toolchain: false)
        _ = try project.makeArchive()
        let zeros = String(repeating: "0", count: 64)
        let answer = try project.belljar(
            "toolchain", "import", "tiny", "https://archive.invalid/tiny.tar", "--sha256", zeros, "--file", "tiny.tar")
        #expect(answer.code == 6)
        #expect(!project.exists("Toolchains/tiny/toolchain.yaml"))
    }
}

extension JSONValue {
    /// All texts below an object, for looking something up in an error.
    fileprivate var description: String {
        switch self {
        case .string(let text): text
        case .array(let values): values.map(\.description).joined(separator: "\n")
        case .object(let members): members.values.map(\.description).joined(separator: "\n")
        case .integer(let number): String(number)
        case .bool(let flag): String(flag)
        case .null: ""
        }
    }
}
