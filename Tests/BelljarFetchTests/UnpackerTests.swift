import BelljarKernel
import BelljarModel
import BelljarStore
import Testing

@testable import BelljarFetch

@Suite struct UnpackerTests {
    private let folder: TemporaryFolder
    private let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.path + "/store", owner: nil)
    }

    private func unpack(
        _ members: [Member], strip: Int = 0, format: ArchiveFormat = .gnutar, filter: ArchiveFilter = .none,
        limits: ArchiveLimits = ArchiveLimits()
    ) throws -> TreeDigest {
        let blob = try store.write(try ArchiveMaker.make(members, format: format, filter: filter))
        return try Unpacker(store: store, opener: Confined.opener, limits: limits).tree(
            archive: blob, strip: strip, name: "test.tar")
    }

    private func expectRefusal(
        _ members: [Member], _ answer: String, strip: Int = 0, code: ErrorCode = .integrity,
        limits: ArchiveLimits = ArchiveLimits()
    ) {
        let error = #expect(throws: BelljarError.self) { try unpack(members, strip: strip, limits: limits) }
        #expect(error?.code == code)
        #expect(error?.subject == "test.tar")
        #expect(error?.answer.contains(answer) == true, "\(String(describing: error))")
    }

    /// Names and targets take no room in an archive's content, and pack best of all.
    @Test func sizesOfWhatIsWritten() throws {
        let target = String(repeating: "t", count: 1000)
        let members: [Member] = [.symlink("d/one", to: target), .symlink("d/two", to: target), .file("d/f", "123")]
        let tree = try unpack(members)
        let directory = try #require(try store.directory(tree).directories.first)
        var limits = ArchiveLimits()
        limits.directoryBytes = Int(directory.tree.size)
        #expect(try unpack(members, limits: limits) == tree)
        limits.directoryBytes -= 1
        let other = members + [.file("e", "not remembered yet")]
        expectRefusal(other, "for one directory", limits: limits)
        limits = ArchiveLimits()
        limits.listingBytes = 1 + 5 + 5 + 3 + 2000
        #expect(try unpack(members, limits: limits) == tree)
        expectRefusal(other, "for the paths and the targets", limits: limits)
        let lacking = try unpack(other)
        #expect(lacking != tree)
    }

    private static let project: [Member] = [
        .directory("top/"), .file("top/configure", "#!/bin/sh\n", mode: 0o750), .file("top/src/main.c", "int main;\n"),
        .file("top/src/e\u{301}", "decomposed"), .file("top/src/\u{e9}", "composed"), .directory("top/empty"),
        .symlink("top/link", to: "/etc/passwd"), .hardlink("top/src/twin", to: "top/configure"),
        .file("top/nothing", ""),
    ]

    /// The tree is the one that the same archive gives when it is unpacked to disk and taken in from there.
    @Test(arguments: [ArchiveFilter.none, .gzip, .xz])
    func agreesWithADirectoryOnDisk(filter: ArchiveFilter) throws {
        let tree = try unpack(Self.project, filter: filter)
        let bytes = try ArchiveMaker.make(Self.project)
        let disk = try TemporaryFolder()
        try Extractor().extract(try openArchive(bytes), into: disk.descriptor)
        #expect(try store.ingest(directory: disk.descriptor, options: IngestOptions()) == tree)
        let root = try store.directory(tree)
        let top = try store.directory(try #require(root.directories.first).tree)
        #expect(root.directories.map(\.name) == ["top"])
        #expect(top.files.map(\.name) == ["configure", "nothing"])
        #expect(top.files.map(\.isExecutable) == [true, false])
        #expect(top.directories.map(\.name) == ["empty", "src"])
        #expect(top.symlinks == [Directory.Symlink(name: "link", target: "/etc/passwd")])
        let src = try store.directory(top.directories[1].tree)
        #expect(src.files.count == 4)
        #expect(src.files.first { $0.name == "twin" }?.digest == top.files[0].digest)
        #expect(try store.read(src.files[1].digest, limit: 99) == Array("int main;\n".utf8))
    }

    @Test func stripsComponents() throws {
        let tree = try unpack(Self.project + [.file("README", "outside")], strip: 1)
        let root = try store.directory(tree)
        #expect(root.files.map(\.name) == ["configure", "nothing"])
        #expect(try unpack(Self.project, strip: 1) == tree)
        let deeper = try store.directory(
            try unpack([.file("a/b/c", "c"), .file("a/d", "d"), .hardlink("x/y/z", to: "a/b/c")], strip: 2))
        #expect(deeper.files.map(\.name) == ["c", "z"])
        expectRefusal(Self.project, "nothing is left", strip: 4, code: .usage)
        expectRefusal([], "nothing is left", code: .usage)
        expectRefusal([.file("f"), .hardlink("a/h", to: "f")], "no file that came before it", strip: 1)
    }

    @Test func remembersTheTree() throws {
        let blob = try store.write(try ArchiveMaker.make(Self.project))
        let tree = try Unpacker(store: store, opener: Confined.opener).tree(archive: blob, strip: 1, name: "x")
        #expect(try store.memo(kind: "unpack/1", key: "\(blob.hex):1") == tree)
        // Limits that would refuse the archive show that it is not read again; another strip is another result.
        let strict = Unpacker(store: store, opener: Confined.opener, limits: ArchiveLimits(entries: 1))
        #expect(try strict.tree(archive: blob, strip: 1, name: "x") == tree)
        #expect(throws: BelljarError.self) { try strict.tree(archive: blob, strip: 0, name: "x") }
    }

    /// The same content as executable file and as plain file is two different things to have on disk.
    @Test func keepsBothModesOfOneContent() throws {
        let tree = try unpack([.file("a", "same", mode: 0o755), .file("b", "same", mode: 0o644)])
        let files = try store.directory(tree).files
        #expect(files.map(\.isExecutable) == [true, false])
        #expect(files[0].digest == files[1].digest)
    }

    @Test func refusesHostileArchives() throws {
        expectRefusal([.file("fine"), .file("/abs")], "absolute path")
        expectRefusal([.file("a/../../b")], "climbs out")
        expectRefusal([.symlink("door", to: "/tmp"), .file("door/loot")], "\"door/loot\" leads through")
        expectRefusal([.symlink("door", to: "x"), .directory("door")], "\"door\" leads through")
        expectRefusal([.symlink("t/door", to: "/tmp"), .file("t/door/loot")], "leads through", strip: 1)
        expectRefusal([.file("f"), .file("f/g")], "leads through")
        expectRefusal([.file("f", "1"), .file("f", "2")], "\"f\" is there already")
        expectRefusal([.file("f"), .file("./f")], "\"f\" is there already")
        expectRefusal([.directory("f"), .file("f")], "\"f\" is there already")
        expectRefusal([.hardlink("h", to: "/etc/passwd")], "absolute path")
        expectRefusal([.hardlink("h", to: "../../etc/passwd")], "climbs out")
        expectRefusal([.hardlink("h", to: "absent")], "no file that came before it")
        expectRefusal([.symlink("s", to: "/etc/passwd"), .hardlink("h", to: "s")], "no file that came before it")
        expectRefusal([.special("d", .blockDevice)], "\"d\" is a block device")
        expectRefusal([.special("d", .fifo)], "\"d\" is a FIFO")
        let deep = (0..<20).map { Member.file("\($0)/" + String(repeating: "d/", count: 100) + "f") }
        expectRefusal(deep, "more than 1000 directories", limits: ArchiveLimits(entries: 1000))
        // The control: names that differ only in composition are two, and a directory may come twice.
        _ = try unpack([.file("e\u{301}"), .file("\u{e9}"), .directory("d"), .directory("d"), .file("d/x")])
    }

    @Test func refusalsLeaveNothingBehind() throws {
        let blob = try store.write(try ArchiveMaker.make([.file("good", "precious"), .file("../evil")]))
        #expect(throws: BelljarError.self) {
            try Unpacker(store: store, opener: Confined.opener).tree(archive: blob, strip: 0, name: "x")
        }
        #expect(try !store.contains(Digest(of: Array("precious".utf8))))
        #expect(try store.memo(kind: "unpack/1", key: "\(blob.hex):0") == nil)
    }
}
