import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarUnpack

@Suite struct ExtractorTests {
    private func extract(
        _ members: [Member], into folder: TestFolder, options: Extractor.Options = Extractor.Options(),
        map: (String) -> String? = { $0 }
    ) throws {
        let reader = try openArchive(try ArchiveMaker.make(members))
        try Extractor(options: options).extract(reader, into: folder.descriptor, map: map)
    }

    private func expectRefusal(
        _ members: [Member], _ answer: String, into folder: TestFolder,
        options: Extractor.Options = Extractor.Options()
    ) {
        let error = #expect(throws: BelljarError.self) { try extract(members, into: folder, options: options) }
        #expect(error?.code == .integrity)
        #expect(error?.answer.contains(answer) == true, "\(String(describing: error))")
    }

    @Test func writesAllKinds() throws {
        let folder = try TestFolder()
        try extract(
            [
                .directory("./"), .directory("./usr/", mode: 0o555), .file("./usr/bin/tool", "tool", mode: 0o4755),
                .symlink("./usr/bin/alias", to: "tool"), .hardlink("./usr/bin/twin", to: "./usr/bin/tool"),
                .directory("./empty"), .hardlink("./usr/third", to: "usr/bin/twin"),
            ], into: folder)
        #expect(try folder.text("usr/bin/tool") == "tool")
        #expect(try folder.descriptor.status(of: "usr/bin/tool").permissions == 0o4755)
        #expect(try folder.descriptor.status(of: "usr").permissions == 0o755)
        #expect(try folder.descriptor.readLink("usr/bin/alias") == Array("tool".utf8))
        let tool = try folder.descriptor.status(of: "usr/bin/tool")
        #expect(try folder.descriptor.status(of: "usr/bin/twin").inode == tool.inode)
        #expect(try folder.descriptor.status(of: "usr/third").inode == tool.inode)
        #expect(try folder.descriptor.status(of: "empty").kind == .directory)
    }

    @Test func mapsPaths() throws {
        let folder = try TestFolder()
        var seen: [String] = []
        try extract(
            [
                .directory("./bin"), .file("./bin/sh", "shell"), .file("./etc/conf", "c"), .file("./skip/me"),
                .hardlink("./bin/dash", to: "./bin/sh"),
            ], into: folder
        ) { path in
            seen.append(path)
            if path.hasPrefix("skip") { return nil }
            if path == "etc/conf" { return "etc/conf.dpkg-new" }
            return path == "bin" || path.hasPrefix("bin/") ? "usr/" + path : path
        }
        #expect(seen == ["bin", "bin/sh", "etc/conf", "skip/me", "bin/dash"])
        #expect(try folder.text("usr/bin/dash") == "shell")
        #expect(try folder.text("etc/conf.dpkg-new") == "c")
        #expect(try folder.descriptor.entries().map(\.name.displayName).sorted() == ["etc", "usr"])
    }

    @Test func refusesMappedPathsThatClimbOut() throws {
        let folder = try TestFolder()
        let error = #expect(throws: BelljarError.self) { try extract([.file("a")], into: folder) { _ in "../a" } }
        #expect(error?.answer.contains("climbs out") == true)
    }

    @Test func dropsSpecialBits() throws {
        let folder = try TestFolder()
        try extract(
            [.directory("d", mode: 0o2775), .file("d/su", mode: 0o6755)], into: folder,
            options: Extractor.Options(dropsSpecialBits: true))
        #expect(try folder.descriptor.status(of: "d").permissions == 0o775)
        #expect(try folder.descriptor.status(of: "d/su").permissions == 0o755)
    }

    /// The threat: a link that the archive itself makes leads a later entry out of the folder. The same entries in a
    /// folder of that name (the control) are fine.
    @Test(arguments: ["absolute", "relative"])
    func refusesEntriesThroughLinks(way: String) throws {
        let folder = try TestFolder()
        let outside = try TestFolder()
        let target = way == "absolute" ? outside.path : "../" + (outside.path.split(separator: "/").last ?? "")
        try extract([.directory("door"), .file("door/loot")], into: folder)
        try folder.descriptor.removeTree("door")
        expectRefusal([.symlink("door", to: target), .file("door/loot")], "\"door/loot\" leads through", into: folder)
        expectRefusal([.file("door/deep/loot")], "leads through", into: folder)
        expectRefusal([.directory("door")], "\"door\" leads through a link or a file", into: folder)
        #expect(try outside.descriptor.entries().isEmpty)
    }

    /// The threat: a link in the place of a file that comes later, so that writing the file writes to its target.
    @Test func refusesToWriteThroughALinkInAFilesPlace() throws {
        let folder = try TestFolder()
        try folder.write("victim", Array("precious".utf8))
        expectRefusal([.symlink("door", to: "victim"), .file("door")], "\"door\" is already there", into: folder)
        #expect(try folder.text("victim") == "precious")
        try extract([.file("door", "new")], into: folder, options: Extractor.Options(replaces: true))
        #expect(try folder.text("victim") == "precious")
        #expect(try folder.text("door") == "new")
    }

    /// The threat: a hard link gives a file of the host a name in the tree, which a later entry or a build writes to.
    @Test func refusesHardLinksToWhatTheArchiveDidNotMake() throws {
        let folder = try TestFolder()
        try folder.write("victim", Array("precious".utf8))
        expectRefusal([.hardlink("h", to: "victim")], "which is not a file or link that came before it", into: folder)
        expectRefusal([.hardlink("h", to: "/etc/passwd")], "absolute path", into: folder)
        // One to a link is the link once more, and nothing of what that leads to.
        try extract([.symlink("s", to: "victim"), .hardlink("h", to: "s")], into: folder)
        #expect(try folder.descriptor.readLink("h") == Array("victim".utf8))
        let victim = try folder.descriptor.status(of: "victim").inode
        #expect(try folder.descriptor.status(of: "h").inode != victim)
    }

    /// What GNU tar 1.34 does, but that nothing is written through a link.
    @Test func theLastEntryOfANameWins() throws {
        let folder = try TestFolder()
        let told = Extractor.Options(replaces: true)
        try extract(
            [
                .file("twice", "1"), .hardlink("other", to: "twice"), .file("twice", "2"),
                .file("link", "f"), .symlink("link", to: "twice"), .symlink("file", to: "twice"), .file("file", "f"),
                .symlink("folder", to: "twice"), .directory("folder"), .file("folder/in", "in"),
                .directory("empty"), .file("empty", "no more"), .directory("again"), .file("again"),
                .directory("again"), .file("again/in", "new"), .hardlink("late", to: "twice"),
            ], into: folder, options: told)
        #expect(try folder.text("twice") == "2")
        #expect(try folder.text("other") == "1")
        #expect(try folder.text("late") == "2")
        #expect(try folder.descriptor.readLink("link") == Array("twice".utf8))
        #expect(try folder.text("file") == "f")
        #expect(try folder.text("folder/in") == "in")
        #expect(try folder.text("empty") == "no more")
        #expect(try folder.text("again/in") == "new")
        let answer = "would replace a directory that is not empty"
        expectRefusal([.file("folder")], answer, into: folder, options: told)
        expectRefusal([.symlink("folder", to: "x")], answer, into: folder, options: told)
        expectRefusal(
            [.file("f"), .directory("f"), .hardlink("h", to: "f")], "not a file or link", into: folder, options: told)
    }

    @Test func aHardLinkToItselfIsThere() throws {
        let folder = try TestFolder()
        try extract([.file("a", "1"), .hardlink("a", to: "./a"), .hardlink("b", to: "a")], into: folder)
        #expect(try folder.text("a") == "1")
        expectRefusal([.hardlink("absent", to: "absent")], "not a file or link", into: folder)
    }

    @Test func keepsBytesOfNames() throws {
        let folder = try TestFolder()
        let archive =
            HandmadeTar.entry([0x64, 0xe4, 0x2f], bytes: [], type: "5")
            + HandmadeTar.entry([0x64, 0xe4, 0x2f, 0xff], "x")
            + HandmadeTar.entry([0x6c], bytes: [], type: "2", link: [0xe9])
            + HandmadeTar.entry([0x68, 0x80], bytes: [], type: "1", link: [0x64, 0xe4, 0x2f, 0xff]) + HandmadeTar.end
        try Extractor().extract(try openArchive(archive), into: folder.descriptor)
        #expect(
            try folder.descriptor.entries().map(\.name).sorted { $0[0] < $1[0] } == [
                [0x64, 0xe4], [0x68, 0x80], [0x6c],
            ])
        #expect(try folder.descriptor.readLink("l") == [0xe9])
        let inner = try folder.descriptor.open([0x64, 0xe4] as [UInt8], .directory)
        #expect(try inner.entries().map(\.name) == [[0xff]])
    }

    @Test func refusesDuplicatesUnlessTold() throws {
        let folder = try TestFolder()
        expectRefusal([.file("a", "1"), .file("a", "2")], "\"a\" is already there", into: folder)
        try extract([.file("a", "2")], into: folder, options: Extractor.Options(replaces: true))
        #expect(try folder.text("a") == "2")
        expectRefusal([.file("a/b")], "leads through", into: folder)
        try extract([.directory("d"), .directory("d")], into: folder)
        expectRefusal([.file("d")], "is already there", into: folder)
    }

    @Test func refusesSpecialFilesUnlessTold() throws {
        let folder = try TestFolder()
        expectRefusal([.special("disk", .blockDevice)], "\"disk\" is a block device", into: folder)
        expectRefusal([.special("tty", .characterDevice)], "\"tty\" is a character device", into: folder)
        expectRefusal([.special("pipe", .fifo)], "\"pipe\" is a FIFO", into: folder)
        try extract(
            [.special("pipe", .fifo), .special("disk", .blockDevice), .file("f")], into: folder,
            options: Extractor.Options(dropsSpecialFiles: true))
        #expect(try folder.descriptor.entries().map(\.name) == [Array("f".utf8)])
    }
}
