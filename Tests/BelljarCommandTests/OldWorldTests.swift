import BelljarKernel
import BelljarModel
import Testing

/// A record of a world that this belljar does not make any more stays as good as it was: read, shown and verified. Only a
/// rebuild needs the belljar that made it, and says so.
@Suite struct OldWorldTests {
    /// What belljar 0.1.0 wrote of a build with a source, an input, limits and controls. Only what named its host was
    /// replaced.
    private static let fixture =
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/Records/world-1.json"

    private func project() throws -> (project: Project, bytes: [UInt8]) {
        let bytes = try Descriptor.workingDirectory.open(Self.fixture).readAll(limit: 1 << 20)
        let project = try Project(toolchain: false)
        try project.write("record.json", String(decoding: bytes, as: UTF8.self))
        return (project, bytes)
    }

    @Test func itIsShown() throws {
        let (project, bytes) = try project()
        let shown = try project.belljar("show", "./record.json", "--json")
        #expect(shown.code == 0, "\(shown.complaint)")
        #expect(shown.output == bytes || shown.output == bytes + [UInt8(ascii: "\n")])
        let text = try project.belljar("show", "./record.json").text
        // The digests that 0.1.0 printed.
        #expect(text.contains("definition  sha256:2403e403adfc3641d7f80e53acca262286cfad572949c3b047a0a94ef50a9fa7"))
        #expect(text.contains("result      sha256:6ef0a0eb5254f373d5c0dc5dd4278a9a4e02a36799faa552568f91380c18032d"))
        #expect(text.contains("clock       frozen"))
        #expect(!text.contains("world:"))
    }

    @Test func itVerifiesFiles() throws {
        let (project, _) = try project()
        try project.write("all", "library\ntext\n")
        #expect(try project.belljar("verify", "all", "./record.json").code == 0)
        try project.write("all", "library\ntext!\n")
        #expect(try project.belljar("verify", "all", "./record.json").code == 6)
    }

    @Test func aRebuildNamesWhoMadeIt() throws {
        let (project, _) = try project()
        let answer = try project.belljar("rebuild", "./record.json", "--json")
        #expect(answer.code == 2, "\(answer.text)")
        let verdict = try answer.json()
        #expect(verdict["verdict"]?.string == "inconclusive")
        #expect(verdict["executed"]?.bool == false)
        let words = try project.belljar("rebuild", "./record.json").text
        #expect(words.contains("it was built in world 1, and this belljar makes world 2"), "\(words)")
        #expect(words.contains("use belljar 0.1.0, which made the record"), "\(words)")
    }
}
