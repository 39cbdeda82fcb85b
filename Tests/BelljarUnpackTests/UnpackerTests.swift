import BelljarKernel
import BelljarModel
import BelljarStore
import Synchronization
import TestSupport
import Testing

@testable import BelljarUnpack

@Suite struct UnpackerTests {
    private let folder: TestFolder
    private let store: Store

    init() throws {
        folder = try TestFolder()
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
        expectRefusal(other, "for one directory", code: .resourceExceeded, limits: limits)
        limits = ArchiveLimits()
        limits.listingBytes = 1 + 5 + 5 + 3 + 2000
        #expect(try unpack(members, limits: limits) == tree)
        expectRefusal(other, "for the paths and the targets", code: .resourceExceeded, limits: limits)
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
        let disk = try TestFolder()
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
        expectRefusal([], "it is empty", code: .usage)
        expectRefusal([.file("f"), .hardlink("a/h", to: "f")], "not a file or link that came before it", strip: 1)
    }

    @Test func remembersTheTree() throws {
        let blob = try store.write(try ArchiveMaker.make(Self.project))
        let tree = try Unpacker(store: store, opener: Confined.opener).tree(archive: blob, strip: 1, name: "x")
        #expect(try store.memo(kind: "unpack/2", key: "\(blob.hex):1") == tree)
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
        expectRefusal([.symlink("t/door", to: "/tmp"), .file("t/door/loot")], "leads through", strip: 1)
        expectRefusal([.file("f"), .file("f/g")], "leads through")
        expectRefusal([.file("f/g"), .file("f")], "\"f\" would replace a directory that is not empty")
        expectRefusal([.file("f/g"), .symlink("f", to: "/tmp")], "would replace a directory")
        expectRefusal([.hardlink("h", to: "/etc/passwd")], "absolute path")
        expectRefusal([.hardlink("h", to: "../../etc/passwd")], "climbs out")
        expectRefusal([.hardlink("h", to: "absent")], "not a file or link that came before it")
        expectRefusal([.hardlink("h", to: "h")], "not a file or link that came before it")
        expectRefusal([.directory("d"), .hardlink("h", to: "d")], "not a file or link that came before it")
        let deep = (0..<20).map { Member.file("\($0)/" + String(repeating: "d/", count: 100) + "f") }
        expectRefusal(deep, "more than 1000 directories", code: .resourceExceeded, limits: ArchiveLimits(entries: 1000))
        // The control: names that differ only in composition are two, and a directory may come twice.
        _ = try unpack([.file("e\u{301}"), .file("\u{e9}"), .directory("d"), .directory("d"), .file("d/x")])
    }

    /// As GNU tar 1.34 unpacks them, but that nothing is written through a link.
    @Test func theLastEntryOfAPathWins() throws {
        let tree = try unpack([
            .file("twice", "1"), .hardlink("other", to: "twice"), .file("./twice", "2", mode: 0o755),
            .file("link", "f"), .symlink("link", to: "twice"), .symlink("file", to: "/etc/passwd"), .file("file", "f"),
            .symlink("folder", to: "/tmp"), .directory("folder"), .file("folder/in", "in"), .directory("empty"),
            .file("empty", "no more"), .file("self", "s"), .hardlink("self", to: "./self"),
            .symlink("s", to: "/x"), .hardlink("also", to: "s"), .hardlink("late", to: "twice"),
            .file("pipe", "1"), .special("pipe", .fifo), .special("late-pipe", .fifo), .file("late-pipe", "2"),
        ])
        let expected = try unpack([
            .file("twice", "2", mode: 0o755), .file("other", "1"), .symlink("link", to: "twice"), .file("file", "f"),
            .file("folder/in", "in"), .file("empty", "no more"), .file("self", "s"), .symlink("s", to: "/x"),
            .symlink("also", to: "/x"), .file("late", "2", mode: 0o755), .file("late-pipe", "2"),
        ])
        #expect(tree == expected)
        #expect(try unpack([.file("a/x", "1"), .file("b/x", "2")], strip: 1) == unpack([.file("x", "2")]))
    }

    /// Golden: what these gave before names were kept as bytes and entries could stand twice.
    @Test func treesAreWhatTheyWere() throws {
        let golden = "f3d109e9da878ed8690e627bc6bc90d14e90ac6f6c963caf864f7890eb4ecc8e"
        #expect(try unpack(Self.project).digest.hex == golden)
        #expect(try unpack(Self.project, format: .pax, filter: .zstd).digest.hex == golden)
        #expect(
            try unpack(Self.project, strip: 1).digest.hex
                == "89bc685c5302979d85842e302666edf500e790ed2e675c78a2c9fcd124402d8d")
        let simple = Self.project.filter {
            if case .hardlink = $0.kind { false } else { $0.path.utf8.allSatisfy { $0 < 128 } }
        }
        #expect(try unpack(simple, format: .zip) == unpack(simple))
    }

    private final class Notices: ProgressSink {
        let texts = Mutex<[String]>([])
        func report(_ event: ProgressEvent) {
            if case .notice(let text) = event { texts.withLock { $0.append(text) } }
        }
    }

    @Test func leavesSpecialFilesOutAndSaysSo() throws {
        let members: [Member] = [
            .file("f"), .special("dev/null", .characterDevice), .special("dev/sda", .blockDevice),
            .special("pipe", .fifo), .special("other", .fifo),
        ]
        let notices = Notices()
        let blob = try store.write(try ArchiveMaker.make(members))
        let unpacker = Unpacker(store: store, opener: Confined.opener, progress: notices)
        #expect(try unpacker.tree(archive: blob, strip: 0, name: "x.tar") == unpack([.file("f")]))
        #expect(
            notices.texts.withLock { $0 } == [
                "x.tar: left out, because a source can only have files, directories and links: \"dev/null\" is a character "
                    + "device, \"dev/sda\" is a block device, \"pipe\" is a FIFO, and 1 more"
            ])
    }

    @Test func keepsBytesOfNames() throws {
        let latin: [UInt8] = [0x4d, 0xe4, 0x72, 0x7a]
        let archive = HandmadeTar.entry(latin, "x") + HandmadeTar.entry([0x6c], bytes: [], type: "2", link: latin)
        let blob = try store.write(archive + HandmadeTar.end)
        let tree = try Unpacker(store: store, opener: Confined.opener).tree(archive: blob, strip: 0, name: "x")
        let folder = try TestFolder()
        try Extractor().extract(try openArchive(archive + HandmadeTar.end), into: folder.descriptor)
        #expect(try store.ingest(directory: folder.descriptor, options: IngestOptions()) == tree)
        let root = try store.directory(tree)
        #expect(root.files.map { PathText.raw($0.name) } == [latin])
        #expect(root.symlinks.map { PathText.raw($0.target) } == [latin])
    }

    /// Whatever stays refused, there is a way.
    @Test func saysHowToUnpackWhatIsRefused() throws {
        let refused: [[Member]] = [
            [.file("/abs")], [.file("../a")], [.hardlink("h", to: "x")], [.file("f"), .file("f/g")],
        ]
        for members in refused {
            let error = #expect(throws: BelljarError.self) { try unpack(members) }
            #expect(error?.remedy?.contains("source of kind `file` and unpack it in a step") == true)
        }
        let blob = try store.write(Array("no archive".utf8))
        let error = #expect(throws: BelljarError.self) {
            try Unpacker(store: store, opener: Confined.opener).tree(archive: blob, strip: 0, name: "x")
        }
        #expect(error?.remedy?.contains("source of kind `file` and unpack it in a step") == true)
    }

    @Test func refusalsLeaveNothingBehind() throws {
        let blob = try store.write(try ArchiveMaker.make([.file("good", "precious"), .file("../evil")]))
        #expect(throws: BelljarError.self) {
            try Unpacker(store: store, opener: Confined.opener).tree(archive: blob, strip: 0, name: "x")
        }
        #expect(try !store.contains(Digest(of: Array("precious".utf8))))
        #expect(try store.memo(kind: "unpack/2", key: "\(blob.hex):0") == nil)
    }
}
