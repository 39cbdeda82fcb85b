import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarSandbox
import TestSupport
import Testing

@testable import BelljarHost
@testable import BelljarUnpack

/// belljar-init and what tests start in its place, beside the test bundle, and the account that root becomes.
enum Confined {
    static let account: Account? = Host.effectiveUid == 0 ? .init(uid: 65534, gid: 65534) : nil
    static let initPath = programs + "/belljar-init"
    private static let programs: String = {
        let own = (try? Descriptor.workingDirectory.readLink("/proc/self/exe")) ?? []
        return String(decoding: own, as: UTF8.self).split(separator: "/").dropLast().map { "/\($0)" }.joined()
    }()
    static let sandbox = sandbox(initPath)
    static let trials = sandbox(programs + "/belljar-init-trials")
    private static func sandbox(_ initPath: String) -> Sandbox {
        let cache = (Host.environment("TMPDIR") ?? "/tmp") + "/belljar-fetch-cache-\(Host.processId)"
        return Sandbox(initPath: initPath, cacheFolder: cache, account: account)
    }
    static let opener = ArchiveOpener(sandbox, cancellation: Cancellation())
}

/// Opens bytes as an archive named `test.archive`.
func openArchive(_ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits()) throws -> ArchiveReader {
    let folder = try TestFolder()
    try folder.write("archive", bytes)
    return try ArchiveReader(
        try folder.descriptor.open("archive"), name: "test.archive", limits: limits, opener: Confined.opener)
}

@Suite struct ArchiveReaderTests {
    private struct Found: Equatable {
        var path: String
        var content: [UInt8]
    }

    private func list(_ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits()) throws -> [Found] {
        let reader = try openArchive(bytes, limits: limits)
        var found: [Found] = []
        while let entry = try reader.next() {
            found.append(Found(path: entry.path.description, content: try reader.content(limit: 1 << 30)))
        }
        return found
    }

    private func expectRefusal(
        _ bytes: [UInt8], _ answer: String, code: ErrorCode = .integrity, limits: ArchiveLimits = ArchiveLimits()
    ) throws {
        let error = #expect(throws: BelljarError.self) { try list(bytes, limits: limits) }
        #expect(error?.code == code)
        #expect(error?.answer.contains(answer) == true, "\(String(describing: error))")
    }

    private static let plain: [Member] = [
        .directory("top/"), .file("top/a.txt", "a\n"), .file("top/run", "#!/bin/sh\n", mode: 0o755),
        .file("top/empty", ""),
    ]

    @Test(arguments: ArchiveFilter.allCases)
    func readsTarThroughEveryFilter(filter: ArchiveFilter) throws {
        let found = try list(try ArchiveMaker.make(Self.plain, filter: filter))
        #expect(found.map(\.path) == ["top", "top/a.txt", "top/run", "top/empty"])
        #expect(found.map(\.content) == [[], Array("a\n".utf8), Array("#!/bin/sh\n".utf8), []])
    }

    @Test(arguments: [ArchiveFormat.ustar, .pax, .zip])
    func readsOtherFormats(format: ArchiveFormat) throws {
        let found = try list(try ArchiveMaker.make(Self.plain, format: format))
        #expect(found.map(\.path) == ["top", "top/a.txt", "top/run", "top/empty"])
        #expect(found[1].content == Array("a\n".utf8))
    }

    @Test func tellsKindsAndModes() throws {
        let reader = try openArchive(
            try ArchiveMaker.make([
                .directory("./d", mode: 0o700), .file("./d/f", mode: 0o4755), .symlink("d/s", to: "../../etc/passwd"),
                .hardlink("d/h", to: "./d/f"), .special("d/fifo", .fifo),
            ]))
        var entries: [ArchiveEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        #expect(
            entries.map(\.kind) == [
                .directory, .file, .symlink(target: "../../etc/passwd"),
                .hardlink(to: EntryPath(components: ["d", "f"])), .special("a FIFO"),
            ])
        #expect(entries.prefix(2).map(\.permissions) == [0o700, 0o4755])
        #expect(entries.map(\.isExecutable).prefix(2) == [true, true])
    }

    /// Names are the archive's own bytes: composing `e` and its accent would give a file that the archive lacks.
    @Test(arguments: [ArchiveFormat.gnutar, .ustar, .pax])
    func keepsNamesThatAreNotASCII(format: ArchiveFormat) throws {
        let names = ["e\u{301}-decomposed", "\u{e9}-composed", "日本語", "\u{1F600}"]
        let members = names.map { Member.file($0) } + [.symlink("link", to: names[0])]
        let reader = try openArchive(try ArchiveMaker.make(members, format: format))
        var found: [[UInt8]] = []
        var targets: [[UInt8]] = []
        while let entry = try reader.next() {
            if case .symlink(let target) = entry.kind {
                targets.append(Array(target.utf8))
            } else {
                found.append(Array(entry.path.description.utf8))
            }
        }
        #expect(found == names.map { Array($0.utf8) })
        #expect(targets == [Array(names[0].utf8)])
    }

    /// The same for names in a pax header, which are UTF-8 by definition (POSIX pax, `path` keyword).
    @Test func keepsPaxNamesThatAreNotASCII() throws {
        let name = "e\u{301}-decomposed"
        let record = "path=\(name)\n"
        // The record's length counts its own two digits and the blank.
        var bytes = try ArchiveMaker.make(
            [.file("header", "\(record.utf8.count + 3) \(record)"), .file("plain", "x")], format: .ustar)
        bytes[156] = UInt8(ascii: "x")
        ArchiveMaker.fixChecksum(&bytes)
        #expect(try list(bytes).map { Array($0.path.utf8) } == [Array(name.utf8)])
    }

    @Test func readsZipNamesThatAreNotASCII() throws {
        let found = try list(try ArchiveMaker.make([.file("日本語/\u{1F600}")], format: .zip))
        #expect(found.map(\.path) == ["日本語/\u{1F600}"])
    }

    /// Every byte but NUL and slash, in each way that tar has of saying a name.
    @Test(arguments: ["plain", "long", "pax"])
    func keepsBytesOfNamesThatAreNotUTF8(way: String) throws {
        let name = (UInt8(1)...255).filter { $0 != UInt8(ascii: "/") }
        let archive: [UInt8]
        switch way {
        case "plain":
            let parts = [name[..<98], name[98..<196], name[196...]]
            archive = parts.flatMap { HandmadeTar.entry(Array($0), "x") }
        case "long":
            archive =
                HandmadeTar.entry(Array("././@LongLink".utf8), bytes: name + [0], type: "L")
                + HandmadeTar.entry([0x6e], "x")
        default:
            archive =
                HandmadeTar.entry([0x68], bytes: HandmadeTar.pax("path", name), type: "x")
                + HandmadeTar.entry([0x6e], "x")
        }
        let reader = try openArchive(archive + HandmadeTar.end)
        var found: [UInt8] = []
        while let entry = try reader.next() { found += PathText.raw(entry.path.description) }
        #expect(found == name)
    }

    @Test func keepsBytesOfLinkTargets() throws {
        let target: [UInt8] = [0xe9, 0x2f, 0x81, 0xff]
        let archive = HandmadeTar.entry([0x6c], bytes: [], type: "2", link: target) + HandmadeTar.end
        let entry = try #require(try openArchive(archive).next())
        #expect(entry.kind == .symlink(target: PathText.text(target)))
    }

    @Test(arguments: [
        ("/etc/passwd", "absolute path"), ("../x", "climbs out"), ("a/../../x", "climbs out"), ("a/..", "climbs out"),
        (String(repeating: "d/", count: 129) + "x", "128 directories deep"),
        (String(repeating: "n", count: 256), "longer than 255 bytes"),
        (String(repeating: String(repeating: "n", count: 100) + "/", count: 41) + "x", "longer than 4095 bytes"),
    ])
    func refusesPaths(path: String, answer: String) throws {
        for format in [ArchiveFormat.gnutar, .pax, .zip] {
            try expectRefusal(try ArchiveMaker.make([.file("fine"), .file(path)], format: format), answer)
        }
    }

    @Test(arguments: ["/etc/passwd", "../../etc/passwd", "a/../../b"])
    func refusesHardLinkTargets(target: String) throws {
        for format in [ArchiveFormat.gnutar, .pax] {
            try expectRefusal(
                try ArchiveMaker.make([.hardlink("h", to: target)], format: format), "hard link \"h\" to \"\(target)\"")
        }
    }

    // MARK: Damage

    @Test(arguments: ArchiveFilter.allCases)
    func refusesTruncatedArchives(filter: ArchiveFilter) throws {
        let noise = (0..<50_000).map { _ in UInt8.random(in: 0...255) }
        let bytes = try ArchiveMaker.make([.bytes("noise", noise)], filter: filter)
        #expect(try list(bytes) == [Found(path: "noise", content: noise)])
        for count in [bytes.count / 2, 300] {
            let error = #expect(throws: BelljarError.self) { try list(Array(bytes[..<count])) }
            #expect(error?.code == .integrity)
            #expect(error?.subject == "test.archive")
        }
    }

    @Test(arguments: [[], Array("#!/bin/sh\necho no archive\n".utf8), [0x50, 0x4b, 3, 4], [0x1f, 0x8b]])
    func refusesWhatIsNoArchive(bytes: [UInt8]) throws {
        let error = #expect(throws: BelljarError.self) { try list(bytes) }
        #expect(error?.code == .integrity)
        #expect(error?.remedy != nil)
    }

    @Test func refusesWrongChecksumsInZip() throws {
        var bytes = try ArchiveMaker.make([.file("f", "some content\n")], format: .zip)
        // The checksum is at byte 16 of the entry's header in the central directory (APPNOTE.TXT 4.3.12).
        let header = try #require(bytes.firstRange(of: [0x50, 0x4b, 1, 2]))
        bytes[header.lowerBound + 16] ^= 1
        let error = #expect(throws: BelljarError.self) { try list(bytes) }
        #expect(error?.code == .integrity)
        #expect(error?.answer.contains("CRC") == true, "\(String(describing: error))")
    }

    /// GNU tar leaves holes out; what is read has them back, also at the end.
    @Test func fillsHoles() throws {
        let folder = try TestFolder()
        let tar = try #require(HostProgram.find("tar", passing: ["PATH"]))
        for format in ["gnu", "pax"] {
            for content in [[1, 2, 3], []] as [[UInt8]] {
                try folder.write("holes", content)
                try folder.descriptor.open("holes", .write).truncate(to: 3_000_000)
                let arguments = [
                    "--sparse", "--format=\(format)", "-C", folder.path, "-cf", folder.path + "/tar", "holes",
                ]
                #expect(try tar.output(of: arguments, limit: 0).end.exit == .status(0))
                let bytes = try folder.bytes("tar")
                #expect(bytes.count < 100_000)
                let expected = content + [UInt8](repeating: 0, count: 3_000_000 - content.count)
                #expect(try list(bytes) == [Found(path: "holes", content: expected)])
                // The limits count the holes, too: 1 EiB of them is an easy archive to write.
                try expectRefusal(
                    bytes, "limit of 2000000 was reached", code: .resourceExceeded,
                    limits: ArchiveLimits(bytes: 2_000_000))
            }
        }
    }

    /// xz says how much memory it wants, and libarchive gives it 1 GiB at most.
    @Test func refusesXzThatWantsTooMuchMemory() throws {
        // The same that asks for 8 MiB is only cut off.
        try expectRefusal(Self.xz(dictionary: 22), "No progress is possible")
        try expectRefusal(Self.xz(dictionary: 40), "memory")
    }

    /// The beginning of an xz file, up to its first block's header (xz file format 1.2.0, 2.1.1 and 3.1).
    private static func xz(dictionary: UInt8) -> [UInt8] {
        func checked(_ bytes: [UInt8]) -> [UInt8] {
            let sum = crc32(bytes)
            return (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
        }
        let flags: [UInt8] = [0, 1]
        let block: [UInt8] = [2, 0, 0x21, 1, dictionary, 0, 0, 0]
        return [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] + flags + checked(flags) + block + checked(block)
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
        }
    }

    /// A name with a NUL byte ends there, so nothing behind it has an effect.
    @Test func endsNamesAtANul() throws {
        let record = "path=good\0/../../evil\n"
        var bytes = try ArchiveMaker.make(
            [.file("header", "\(record.utf8.count + 3) \(record)"), .file("plain", "x")], format: .ustar)
        bytes[156] = UInt8(ascii: "x")
        ArchiveMaker.fixChecksum(&bytes)
        #expect(try list(bytes).map(\.path) == ["good"])
    }

    /// The same in zip, in the local header and in the directory at the end.
    @Test func endsNamesAtANulInZip() throws {
        var bytes = try ArchiveMaker.make([.file("good!/../../evil")], format: .zip)
        var names = 0
        while let name = bytes.firstRange(of: Array("good!".utf8)) {
            bytes[name.upperBound - 1] = 0
            names += 1
        }
        #expect(names == 2)
        #expect(try list(bytes).map(\.path) == ["good"])
    }

    /// Two names that differ behind a NUL only are one name, and are refused like any other that is there twice.
    @Test func namesThatDifferBehindANulAreOne() throws {
        var bytes = try ArchiveMaker.make([.file("good!1"), .file("good!2")], format: .zip)
        while let name = bytes.firstRange(of: Array("good!".utf8)) { bytes[name.upperBound - 1] = 0 }
        let folder = try TestFolder()
        let reader = try openArchive(bytes)
        let error = #expect(throws: BelljarError.self) { try Extractor().extract(reader, into: folder.descriptor) }
        #expect(error?.answer == "entry \"good\" is already there")
    }

    // MARK: Limits

    @Test func countsEntries() throws {
        let bytes = try ArchiveMaker.make((0..<11).map { .file("f\($0)") })
        #expect(try list(bytes, limits: ArchiveLimits(entries: 11)).count == 11)
        try expectRefusal(
            bytes, "limit of 10 was reached: it has more than 10 entries", code: .resourceExceeded,
            limits: ArchiveLimits(entries: 10))
    }

    @Test(arguments: [ArchiveFormat.gnutar, .zip])
    func countsBytes(format: ArchiveFormat) throws {
        let bytes = try ArchiveMaker.make([.file("a", "12345"), .file("b", "12345")], format: format)
        #expect(try list(bytes, limits: ArchiveLimits(bytes: 10)).count == 2)
        try expectRefusal(
            bytes, "limit of 9 was reached: its files up to \"b\" have 10 bytes", code: .resourceExceeded,
            limits: ArchiveLimits(bytes: 9))
    }

    /// How well something is packed says nothing about it: test data of zeros packs a thousand times and more. The threat is
    /// what fills the disk, and that is counted.
    @Test(arguments: [ArchiveFormat.gnutar, .zip])
    func countsWhatIsUnpackedAndNotHowWellItWasPacked(format: ArchiveFormat) throws {
        let zeros = [UInt8](repeating: 0, count: 80 << 20)
        let bytes = try ArchiveMaker.make(
            [.bytes("zeros", zeros)], format: format, filter: format == .zip ? .none : .xz)
        #expect(bytes.count < zeros.count / 250)
        #expect(try list(bytes) == [Found(path: "zeros", content: zeros)])
        try expectRefusal(
            bytes, "limit of 64MiB was reached: its files up to \"zeros\"", code: .resourceExceeded,
            limits: ArchiveLimits(bytes: 64 << 20))
    }

    /// Limits of sources can be set, and the error says where.
    @Test func saysWhichLimitOfSourcesWasReached() throws {
        var sources = SourceLimits.standard
        sources.set(.files, to: 1, at: SourceLocation(file: "limits.yaml", line: 3, column: 1))
        let bytes = try ArchiveMaker.make([.file("a"), .file("b")])
        let error = #expect(throws: BelljarError.self) { try list(bytes, limits: ArchiveLimits(sources)) }
        #expect(error?.code == .resourceExceeded)
        #expect(error?.answer.hasPrefix("limit source-files of 1 was reached") == true)
        #expect(error?.remedy == "raise `source-files` in limits.yaml")
    }
}
