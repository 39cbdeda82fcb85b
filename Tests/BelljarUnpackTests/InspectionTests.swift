import BelljarKernel
import BelljarModel
import BelljarPlan
import TestSupport
import Testing

@testable import BelljarUnpack

/// Archives that are read to be compared.
@Suite struct InspectionTests {
    private func messages(_ bytes: [UInt8], _ job: ArchiveReaderPlan.Job = .inspect) throws -> [ArchiveMessage] {
        let folder = try TestFolder()
        try folder.write("archive", bytes)
        let process = try Confined.opener.open(job, try folder.descriptor.open("archive"), "test.archive")
        var found: [ArchiveMessage] = []
        while true {
            let message = try process.next()
            found.append(message)
            switch message {
            case .end, .failed: return found
            default: break
            }
        }
    }

    private func headers(_ found: [ArchiveMessage]) -> [ArchiveHeader] {
        found.compactMap { if case .entry(let header) = $0 { header } else { nil } }
    }

    /// Whoever unpacks an archive is told no more than before.
    @Test func headersHaveTheirDetails() throws {
        let bytes = try ArchiveMaker.make([.file("f", "text")], filter: .gzip)
        let header = try #require(headers(try messages(bytes)).first)
        #expect(String(decoding: header.details?.format ?? [], as: UTF8.self) == "GNU tar format")
        #expect(headers(try messages(bytes, .archive)).map(\.details) == [nil])
    }

    @Test func whatIsNoArchiveIsOneMember() throws {
        let packed = try ArchiveMaker.make([.file("f", "text")], filter: .xz)
        let found = try messages(packed)
        #expect(headers(found).map(\.path) == [Array("f".utf8)])
        // `echo text | gzip -n`
        let gzip: [UInt8] = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x2b, 0x49, 0xad, 0x28, 0xe1, 2, 0, 0x27, 0xda, 0xec, 0x37, 5, 0, 0, 0,
        ]
        let one = try messages(gzip)
        #expect(headers(one).map(\.path) == [[]])
        #expect(one.contains(.content(offset: 0, bytes: Array("text\n".utf8))), "\(one)")
        guard case .failed(.open, _) = try #require(try messages(Array("neither of them".utf8)).last) else {
            Issue.record("what is neither packed nor an archive was opened")
            return
        }
    }

    /// cpio is a format more for an attacker: nothing but a comparison reads it.
    @Test func cpioIsReadToBeComparedAlone() throws {
        func hex(_ number: Int) -> String {
            String(repeating: "0", count: 8 - String(number, radix: 16).count) + String(number, radix: 16)
        }
        let numbers = [0, 0o100644, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0].map(hex).joined()
        let last = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 11, 0].map(hex).joined()
        let cpio = Array("070701\(numbers)f\0070701\(last)TRAILER!!!\0\0\0\0".utf8)
        #expect(headers(try messages(cpio)).map(\.path) == [Array("f".utf8)])
        guard case .failed = try #require(try messages(cpio, .archive).last) else {
            Issue.record("a source that is a cpio archive was read")
            return
        }
    }
}
