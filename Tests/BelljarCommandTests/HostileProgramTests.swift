import BelljarModel
import Testing

/// Programs that are made to end PID 1, which reads their headers when they begin.
///
/// A static program says where its program headers are, and belljar looks for its file header in the same page. So a program
/// whose headers are in its second page can have another file header there, which the kernel never sees.
@Suite struct HostileProgramTests {
    struct Header: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Where in the second page its program headers are.
        var offset: UInt64
        /// Segments that stand there behind the real ones.
        var segments: [[UInt64]] = []
        var isRefused = true
    }

    private static let base: UInt64 = 0x400000

    static let headers = [
        // Positive control: the real program headers.
        Header(testDescription: "its own", offset: 64, isRefused: false),
        Header(testDescription: "beyond the largest number", offset: UInt64(Int64.max)),
        Header(testDescription: "beyond the last byte", offset: .max),
        // Flags and type, address, bytes in memory: to the last address of all, and beyond it from where the program is.
        Header(
            testDescription: "of a segment beyond the last address", offset: 64 + 112,
            segments: [[4 << 32 | 1, 0, 1], [6 << 32 | 1, 0x1000, .max - 0x1fff]]),
        Header(
            testDescription: "of a segment that is larger than half of all addresses", offset: 64 + 112,
            segments: [[4 << 32 | 1, 0, 1], [6 << 32 | 1, 0x1000, 1 << 63]]),
    ]

    /// As `write` puts it together from the bytes that are not zero.
    private func program(_ header: Header) -> [Int: [UInt8]] {
        func bytes(_ words: [UInt64]) -> [UInt8] {
            words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
        }
        func fileHeader(_ offset: UInt64, _ count: UInt64) -> [UInt8] {
            // ELF, 64 bits; an executable for x86-64, its first instruction, its headers, their size and number.
            bytes([
                0x00_0101_0246_4c45_7f, 0, 1 << 32 | 62 << 16 | 2, Self.base + 0x2000, offset, 0, 56 << 48 | 64 << 32,
                count,
            ])
        }
        // Everything is one segment; the stack cannot be executed.
        let own: [UInt64] =
            [5 << 32 | 1, 0, Self.base, Self.base, 0x3000, 0x3000, 0x1000] + [6 << 32 | 0x6474_e551, 0, 0, 0, 0, 0, 16]
        let others = header.segments.flatMap { part -> [UInt64] in
            [part[0], 0, part[1], part[1], part[2], part[2], 0x1000]
        }
        // brk(0), exit(0)
        let code: [UInt8] = [0xb8, 12, 0, 0, 0, 0x31, 0xff, 0x0f, 5, 0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 5]
        return [
            0: fileHeader(0x1040, 2), 0x1000: fileHeader(header.offset, 2), 0x1040: bytes(own + others), 0x2000: code,
        ]
    }

    private func script(_ header: Header) -> String {
        let parts = program(header).map { place, bytes in
            let text = bytes.map { "\\" + String(Int($0) | 0o1000, radix: 8).dropFirst() }.joined()
            return "printf '\(text)' | dd of=program bs=1 seek=\(place) conv=notrunc 2>/dev/null\n"
        }
        return "head -c 12288 /dev/zero > program\n\(parts.joined())chmod +x program\n./program\necho ran > $OUT/x"
    }

    @Test(arguments: headers) func aFalseHeaderIsRefused(header: Header) throws {
        let project = try Project()
        try project.recipe("hostile", run: script(header))
        let answer = try project.belljar("build", "hostile", "--json")
        guard header.isRefused else {
            #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
            return
        }
        let error = try #require(try answer.json()["error"], "\(answer.text)")
        #expect(answer.code == 5 && error["stage"]?.string == "step build", "\(error)")
        let words = error["answer"]?.string ?? ""
        let reasons = [
            "its ELF header is malformed", "its memory could not be searched",
            "it has more writable memory than can be searched",
        ]
        #expect(reasons.contains { words.contains($0) }, "\(words)")
    }
}
