import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarHost
@testable import BelljarUnpack

/// What is packed around archives: its checksums, what follows it, and several layers.
@Suite struct PackedArchiveTests {
    private func names(_ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits()) throws -> [String] {
        let reader = try openArchive(bytes, limits: limits)
        var names: [String] = []
        while let entry = try reader.next() {
            names.append(entry.path.description)
            try reader.readContent { _ in }
        }
        return names
    }

    private func expectRefusal(_ bytes: [UInt8], _ answer: String) {
        let error = #expect(throws: BelljarError.self) { try names(bytes) }
        #expect(error?.code == .integrity)
        #expect(error?.answer.contains(answer) == true, "\(String(describing: error))")
    }

    private static let members: [Member] = [
        .file("a", "some content\n"), .file("b", String(repeating: "b", count: 9000)),
    ]

    /// What a program of the host makes of these bytes.
    private func pack(_ bytes: [UInt8], _ program: String, _ arguments: [String] = []) throws -> [UInt8] {
        let folder = try TestFolder()
        try folder.write("plain", bytes)
        let tool = try #require(HostProgram.find(program, passing: ["PATH"]))
        var packed: [UInt8] = []
        let end = try tool.run(arguments + ["-c", folder.path + "/plain"], check: {}) { packed += Array($0) }
        #expect(end.exit == .status(0))
        return packed
    }

    /// The threat: damage that no digest tells, because it was there when the digest was taken. GNU tar refuses it too.
    @Test(arguments: [("checksum", 8, "incorrect data check"), ("length", 4, "incorrect length check")])
    func refusesWrongTrailersOfGzip(part: String, fromEnd: Int, answer: String) throws {
        var bytes = try ArchiveMaker.make(Self.members, filter: .gzip)
        #expect(try names(bytes) == ["a", "b"])
        bytes[bytes.count - fromEnd] ^= 1
        expectRefusal(bytes, answer)
    }

    @Test func refusesTrailersThatAreCutOff() throws {
        let bytes = try ArchiveMaker.make(Self.members, filter: .gzip)
        for missing in 1...8 { expectRefusal(Array(bytes.dropLast(missing)), "gzip data is cut off") }
        for filter in [ArchiveFilter.xz, .bzip2, .zstd] {
            let whole = try ArchiveMaker.make(Self.members, filter: filter)
            #expect(throws: BelljarError.self, "\(filter)") { try names(Array(whole.dropLast(1))) }
        }
    }

    /// Checksums stand at the end, which an archive does not reach that ends before what is packed does.
    @Test(arguments: [
        ("gzip", "gzip data is damaged"), ("xz", "Corrupted"), ("bzip2", "bzip decompression failed"),
        ("zstd", "Zstd decompression failed"),
    ])
    func checksWhatFollowsTheArchive(program: String, answer: String) throws {
        let noise = (0..<1_200_000).map { _ in UInt8.random(in: 0...255) }
        let archive = try ArchiveMaker.make(Self.members) + HandmadeTar.end + noise
        var bytes = try pack(archive, program, program == "zstd" ? ["-q", "--check"] : [])
        #expect(try names(bytes) == ["a", "b"])
        bytes[bytes.count - 400] ^= 0xff
        expectRefusal(bytes, answer)
    }

    @Test func countsWhatFollowsTheArchive() throws {
        let archive = try ArchiveMaker.make(Self.members) + [UInt8](repeating: 0, count: 3 << 20)
        let bytes = try pack(archive, "gzip")
        #expect(try names(bytes) == ["a", "b"])
        let error = #expect(throws: BelljarError.self) { try names(bytes, limits: ArchiveLimits(bytes: 1 << 20)) }
        #expect(error?.code == .resourceExceeded)
        #expect(error?.answer.contains("what follows the archive") == true)
    }

    /// Padding to the size of a block is on many tapes and mirrors; GNU tar and gzip say nothing of it.
    @Test(arguments: [ArchiveFilter.none, .gzip, .xz, .bzip2])
    func takesZerosBehind(filter: ArchiveFilter) throws {
        let bytes = try ArchiveMaker.make(Self.members, filter: filter)
        for count in [4, 512, 70_000] {
            #expect(try names(bytes + [UInt8](repeating: 0, count: count)) == ["a", "b"])
        }
    }

    /// However many there are, links stay links and programs executable: those stand at the archive's end only.
    @Test(arguments: [1, 512, 16_384, 70_000, 200_000]) func takesZerosBehindZip(count: Int) throws {
        let members: [Member] = [.file("run", "x", mode: 0o755), .symlink("link", to: "run")]
        let bytes = try ArchiveMaker.make(members, format: .zip) + [UInt8](repeating: 0, count: count)
        let reader = try openArchive(bytes)
        #expect(try reader.next()?.isExecutable == true)
        #expect(try reader.next()?.kind == .symlink(target: "run"))
        #expect(try reader.next() == nil)
    }

    /// The longest comment there may be.
    @Test func findsTheEndOfZipBeforeAComment() throws {
        var bytes = try ArchiveMaker.make([.symlink("link", to: "run")], format: .zip)
        bytes.replaceSubrange(bytes.count - 2..<bytes.count, with: [0xff, 0xff])
        let reader = try openArchive(bytes + [UInt8](repeating: 0x43, count: 0xffff))
        #expect(try reader.next()?.kind == .symlink(target: "run"))
    }

    /// As `cat`, pigz and bgzip make them.
    @Test(arguments: [1, 511, 65_535, 65_536, 70_001])
    func readsSeveralGzipFilesBehindEachOther(cut: Int) throws {
        let noise = (0..<100_000).map { _ in UInt8.random(in: 0...255) }
        let archive = try ArchiveMaker.make([.bytes("noise", noise)])
        let first = try pack(Array(archive[..<cut]), "gzip")
        let second = try pack(Array(archive[cut...]), "gzip")
        #expect(try names(first + second) == ["noise"])
        #expect(try names(first + second + Array("garbage".utf8)) == ["noise"])
        #expect(throws: BelljarError.self) { try names(first) }
    }

    @Test func readsLayers() throws {
        var bytes = try ArchiveMaker.make(Self.members)
        for program in ["gzip", "xz", "gzip", "gzip", "bzip2"] { bytes = try pack(bytes, program) }
        #expect(try names(bytes) == ["a", "b"])
        for _ in 0..<30 { bytes = try pack(bytes, "gzip") }
        #expect(throws: BelljarError.self) { try names(bytes) }
    }

    @Test(arguments: ArchiveFilter.allCases)
    func readsEmptyArchives(filter: ArchiveFilter) throws {
        #expect(try names(try ArchiveMaker.make([], filter: filter)) == [])
    }
}
