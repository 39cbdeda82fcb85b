import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarUnpack

/// Names in zip archives: what stands in them, byte for byte.
@Suite struct ZipNameTests {
    private struct Entry {
        var name: [UInt8]
        var content = Array("x".utf8)
        var isUTF8 = false
        /// Who made it (APPNOTE.TXT 4.4.2.2): 0 is DOS, 3 is Unix.
        var system: UInt8 = 3
        var mode: UInt32 = 0o100644
        var fields: [UInt8] = []
    }

    private static func number(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func crc32(_ bytes: [UInt8]) -> Int {
        var sum = ~UInt32(0)
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
        }
        return Int(~sum)
    }

    /// A zip archive of stored files (APPNOTE.TXT 4.3).
    private static func zip(_ entries: [Entry]) -> [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            var common = number(entry.isUTF8 ? 0x800 : 0, 2) + number(0, 6)
            common += number(crc32(entry.content), 4)
            common += number(entry.content.count, 4) + number(entry.content.count, 4)
            common += number(entry.name.count, 2) + number(entry.fields.count, 2)
            directory += [0x50, 0x4b, 1, 2, 20, entry.system, 20, 0] + common + number(0, 6)
            directory += number(entry.system == 3 ? Int(entry.mode) << 16 : 0, 4) + number(bytes.count, 4)
            directory += entry.name + entry.fields
            bytes += [0x50, 0x4b, 3, 4, 20, entry.system] + common + entry.name + entry.fields + entry.content
        }
        var end: [UInt8] = [0x50, 0x4b, 5, 6] + number(0, 4)
        end += number(entries.count, 2) + number(entries.count, 2)
        end += number(directory.count, 4) + number(bytes.count, 4) + number(0, 2)
        return bytes + directory + end
    }

    private func entries(_ bytes: [UInt8]) throws -> [ArchiveEntry] {
        let reader = try openArchive(bytes)
        var entries: [ArchiveEntry] = []
        while let entry = try reader.next() {
            entries.append(entry)
            if entry.kind == .file { #expect(try reader.content(limit: 99) == Array("x".utf8)) }
        }
        return entries
    }

    private func names(_ bytes: [UInt8]) throws -> [[UInt8]] {
        try entries(bytes).map { PathText.raw($0.path.description) }
    }

    private static let composed = Array("\u{e9}.txt".utf8)
    private static let decomposed = Array("e\u{301}.txt".utf8)

    @Test(arguments: [false, true]) func namesAreNotNormalised(isUTF8: Bool) throws {
        let given = [Self.composed, Self.decomposed, Array("plain".utf8), Array("日本/\u{1F600}".utf8)]
        #expect(try names(Self.zip(given.map { Entry(name: $0, isUTF8: isUTF8) })) == given)
    }

    /// Latin-1, cp437, and what says it is UTF-8 and is none.
    @Test(arguments: [false, true]) func namesAreKeptThatAreNotUTF8(isUTF8: Bool) throws {
        let given: [[UInt8]] = [[0x4d, 0xe4, 0x72, 0x7a], [0x81, 0x2e, 0x74], [0xff], [0xc3, 0x28]]
        #expect(try names(Self.zip(given.map { Entry(name: $0, isUTF8: isUTF8) })) == given)
    }

    @Test func foldersAndLinksHaveTheirBytes() throws {
        let found = try entries(
            Self.zip([
                Entry(name: Self.decomposed + [0x2f], content: [], isUTF8: true, mode: 0o040755),
                Entry(name: Self.composed, content: Self.decomposed, isUTF8: true, mode: 0o120777),
                Entry(name: [0xe9], content: [0xe4], isUTF8: true, mode: 0o120777),
                Entry(name: [0xe8], content: [0xe4, 0xff], mode: 0o120777),
                Entry(name: [0xe9, 0x2f], content: [], isUTF8: true, system: 0),
                Entry(name: [0xea, 0x2f, 0x66], isUTF8: true, mode: 0o100755),
            ]))
        #expect(
            found.map { PathText.raw($0.path.description) } == [
                Self.decomposed, Self.composed, [0xe9], [0xe8], [0xe9], [0xea, 0x2f, 0x66],
            ])
        #expect(
            found.map(\.kind) == [
                .directory, .symlink(target: PathText.text(Self.decomposed)), .symlink(target: PathText.text([0xe4])),
                .symlink(target: PathText.text([0xe4, 0xff])), .directory, .file,
            ])
        #expect(found.last?.isExecutable == true)
    }

    /// Info-ZIP's field with the name in UTF-8 outranks a name in another encoding, if it is for that name.
    @Test func namesInInfoZipsFieldOutrankOthers() throws {
        let name: [UInt8] = [0x4d, 0x84, 0x72, 0x7a]
        let better = Array("Ma\u{308}rz".utf8)
        func field(for name: [UInt8]) -> [UInt8] {
            let content = [1] + Self.number(Self.crc32(name), 4) + better
            return Self.number(0x5455, 2) + Self.number(1, 2) + [0] + Self.number(0x7075, 2)
                + Self.number(content.count, 2) + content
        }
        let bytes = Self.zip([
            Entry(name: name, fields: field(for: name)), Entry(name: name, fields: field(for: [0x6f])),
        ])
        #expect(try names(bytes) == [better, name])
    }

    /// Windows' own archives have them.
    @Test func backslashesOfDOSAreSlashes() throws {
        let bytes = Self.zip([
            Entry(name: Array("d\\f".utf8), system: 0),
            Entry(name: Array("d\\".utf8) + Self.composed, isUTF8: true, system: 0),
            Entry(name: Array("e\\".utf8) + Self.composed, isUTF8: true), Entry(name: Array("u\\f".utf8)),
            Entry(name: [0x64, 0x5c, 0x84], system: 0),
        ])
        let slash = [UInt8(ascii: "d"), UInt8(ascii: "/")]
        #expect(
            try names(bytes) == [
                slash + [0x66], slash + Self.composed, Array("e\\".utf8) + Self.composed, Array("u\\f".utf8),
                slash + [0x84],
            ])
    }
}
