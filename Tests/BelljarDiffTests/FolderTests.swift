import BelljarKernel
import BelljarModel
import BelljarStore
import TestSupport
import Testing

@testable import BelljarDiff

@Suite struct FolderTests {
    private let fixture: DiffFixture
    private var folder: TestFolder { fixture.folder }

    init() throws { fixture = try DiffFixture() }

    @Test func namesModesLinksAndKinds() throws {
        for side in ["a", "b"] {
            try folder.write("\(side)/same/deep/file", "same\n")
            try folder.write("\(side)/script", "#!/bin/sh\n", mode: side == "a" ? 0o755 : 0o644)
            try folder.makeLink("\(side)/link", to: side == "a" ? "x" : "y")
            try folder.makeDirectory("\(side)/empty")
        }
        try folder.write("a/d/old", "1")
        try folder.write("b/d/new", "1")
        try folder.write("a/kind", "1")
        try folder.makeDirectory("b/kind")
        try folder.descriptor.open("a", .directory).makeFifo("pipe")
        try folder.descriptor.open("b", .directory).makeFifo("pipe")
        let found = try #require(try fixture.difference())
        #expect(found.outputs.map(\.words) == ["d/new", "d/old", "kind", "link", "script"])
        #expect(found.part("d", "old")?.change == .onlyInFirst)
        #expect(found.part("d", "new")?.change == .onlyInSecond)
        #expect(found.part("kind")?.property("kind") == ["file", "folder"])
        #expect(found.part("link")?.property("target") == ["x", "y"])
        #expect(found.part("script")?.property("mode") == ["0755", "0644"])
        #expect(found.part("same") == nil && found.part("pipe") == nil && found.part("empty") == nil)
    }

    @Test func equalFoldersHaveNoDifference() throws {
        for side in ["a", "b"] { try folder.write("\(side)/d/file", "same\n") }
        #expect(try fixture.difference() == nil)
        try folder.write("b/d/file", "Same\n")
        #expect(try fixture.difference() != nil)
    }

    @Test func namesAreComparedByTheirBytes() throws {
        try folder.write("a/e\u{301}", "1")
        try folder.write("b/\u{e9}", "1")
        let found = try #require(try fixture.difference())
        #expect(found.parts.map(\.change) == [.onlyInFirst, .onlyInSecond])
    }

    /// A link that leads out of the folder is compared, and nothing behind it is looked at.
    @Test func linksAreNotFollowed() throws {
        try folder.write("secret", "secret")
        for side in ["a", "b"] {
            try folder.makeDirectory(side)
            try folder.makeLink("\(side)/out", to: "../secret")
            try folder.makeLink("\(side)/loop", to: ".")
        }
        #expect(try fixture.difference() == nil)
    }

    @Test func tooManyAreCounted() throws {
        for index in 0..<100 {
            try folder.write("a/\(index)", "1")
            try folder.write("b/\(index)", "2")
        }
        let found = try #require(try fixture.difference { $0.findings = 10 })
        #expect(found.parts.count == 10 && found.allOmitted == 90)
        #expect(found.text.contains("10 paths differ, and more that are not listed: 90"))
    }

    /// Nothing is lost in folders that come when no more is described.
    @Test func tooManyInFoldersAreCounted() throws {
        for index in 0..<100 {
            try folder.write("a/\(index % 10)/\(index)", "1")
            try folder.write("b/\(index % 10)/\(index)", "2")
        }
        let found = try #require(try fixture.difference { $0.findings = 25 })
        #expect(found.outputs.count == 25 && found.allOmitted == 75)
    }

    @Test func foldersMayBeDeeperThanDescriptorsGo() throws {
        for (side, text) in [("a", "1"), ("b", "2")] {
            try folder.write(side + String(repeating: "/d", count: 600) + "/file", text)
            try folder.write(side + String(repeating: "/d", count: 300) + "/file", text)
        }
        let found = try #require(try fixture.difference())
        #expect(found.outputs.count == 2, "\(found.outputs.map(\.words))")
        #expect(found.outputs.contains { $0.difference.notes == ["folders more than 512 deep are not looked at"] })
    }

    @Test func whatIsNotThereIsAMistake() throws {
        let error = #expect(throws: BelljarError.self) { try ComparedNode.onDisk(folder.path + "/absent") }
        #expect(error?.code == .usage)
        try folder.descriptor.makeFifo("pipe")
        #expect(throws: BelljarError.self) { try ComparedNode.onDisk(folder.path + "/pipe") }
    }

    @Test func cancelledMeansCancelled() throws {
        for side in ["a", "b"] { try folder.write("\(side)/file", side) }
        var inspection = fixture.inspection()
        inspection.cancellation = Cancellation()
        inspection.cancellation.cancel()
        let error = #expect(throws: BelljarError.self) {
            try TreeDifference.between(
                try .onDisk(folder.path + "/a"), try .onDisk(folder.path + "/b"), by: inspection)
        }
        #expect(error?.code == .cancelled)
    }

    /// Equal trees are not opened: what they hold need not even be there.
    @Test func treesOfTheStoreAreComparedByDigest() throws {
        let store = try Store(path: folder.path + "/store", owner: nil)
        let (one, other) = (try store.write(Array("1\n".utf8)), try store.write(Array("2\n".utf8)))
        let lost = TreeDigest(digest: Digest(of: Array("lost".utf8)), size: 10)
        func tree(_ digest: Digest, _ isExecutable: Bool) throws -> ComparedNode {
            let root = Directory(
                files: [.init(name: "f", digest: digest, size: 2, isExecutable: isExecutable)],
                directories: [.init(name: "lost", tree: lost)])
            return .stored(try store.write(root), in: store)
        }
        #expect(try TreeDifference.between(try tree(one, false), try tree(one, false), by: fixture.inspection()) == nil)
        let found = try #require(
            try TreeDifference.between(try tree(one, false), try tree(other, true), by: fixture.inspection()))
        #expect(found.parts.map(\.name) == ["f"])
        #expect(found.part("f")?.patch == ["@@ -1 +1 @@", "-1", "+2"])
        #expect(found.part("f")?.property("mode") == ["0644", "0755"])
        #expect(throws: BelljarError.self) {
            try TreeDifference.between(
                try tree(Digest(of: [9]), false), try tree(other, false), by: fixture.inspection())
        }
    }
}
