import BelljarKernel
import BelljarModel
import Testing

/// A record of a world that this belljar does not make any more stays as good as it was: read, shown and verified. Only a
/// rebuild needs the belljar that made it, and says so.
@Suite struct OldWorldTests {
    /// What a belljar of before wrote of a build with a source, an input, limits and controls. Only what named its host was
    /// replaced.
    struct Old: Sendable, CustomTestStringConvertible {
        let world: Int
        let version: String
        /// The digests that it printed.
        let definition: String
        let result: String

        var testDescription: String { "world \(world)" }

        func read() throws -> [UInt8] {
            let tests = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
            let path = "\(tests)/Fixtures/Formats/records/world-\(world).json"
            return try Descriptor.workingDirectory.open(path).readAll(limit: 1 << 20)
        }
    }

    static let all = [
        Old(
            world: 1, version: "0.1.0", definition: "2403e403adfc3641d7f80e53acca262286cfad572949c3b047a0a94ef50a9fa7",
            result: "6ef0a0eb5254f373d5c0dc5dd4278a9a4e02a36799faa552568f91380c18032d"),
        Old(
            world: 2, version: "0.2.0", definition: "61e75ed0935d2441c663f440e7d8d94866314944b344a2bf0ee4428aae29dd8c",
            result: "60a1cc686af0f0467916a987bba8a5b8d4e966f349f4cb8c6f28f6b85a1f2a80"),
    ]

    private func project(_ old: Old) throws -> (project: Project, bytes: [UInt8]) {
        let bytes = try old.read()
        let project = try Project(toolchain: false)
        try project.write("record.json", String(decoding: bytes, as: UTF8.self))
        return (project, bytes)
    }

    @Test(arguments: all) func itIsShown(_ old: Old) throws {
        let (project, bytes) = try project(old)
        let shown = try project.belljar("show", "./record.json", "--json")
        #expect(shown.code == 0, "\(shown.complaint)")
        #expect(shown.output == bytes || shown.output == bytes + [UInt8(ascii: "\n")])
        let text = try project.belljar("show", "./record.json").text
        #expect(text.contains("definition  sha256:\(old.definition)"))
        #expect(text.contains("result      sha256:\(old.result)"))
        #expect(text.contains("clock       frozen"))
    }

    @Test(arguments: all) func itVerifiesFiles(_ old: Old) throws {
        let (project, _) = try project(old)
        try project.write("all", "library\ntext\n")
        #expect(try project.belljar("verify", "all", "./record.json").code == 0)
        try project.write("all", "library\ntext!\n")
        #expect(try project.belljar("verify", "all", "./record.json").code == 6)
    }

    @Test(arguments: all) func aRebuildNamesWhoMadeIt(_ old: Old) throws {
        let (project, _) = try project(old)
        let answer = try project.belljar("rebuild", "./record.json", "--json")
        #expect(answer.code == 2, "\(answer.text)")
        let verdict = try answer.json()
        #expect(verdict["verdict"]?.string == "inconclusive")
        #expect(verdict["executed"]?.bool == false)
        let words = try project.belljar("rebuild", "./record.json").text
        #expect(words.contains("it was built in world \(old.world), and this belljar makes world 3"), "\(words)")
        #expect(words.contains("use belljar \(old.version), which made the record"), "\(words)")
    }
}
