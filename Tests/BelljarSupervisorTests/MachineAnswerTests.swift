import BelljarKernel
import Testing

@testable import BelljarSupervisor

/// The answers about the machine as the bytes that the kernel would write.
@Suite struct MachineAnswerTests {
    /// What an encoder writes into a buffer of other bytes.
    private func bytes(_ encode: (UnsafeMutableRawBufferPointer) -> Int) -> [UInt8] {
        var buffer = [UInt8](repeating: 0xee, count: 512)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe encode($0) }
        #expect(buffer[count...].allSatisfy { $0 == 0xee })
        return Array(buffer[..<count])
    }

    @Test(
        arguments: [
            (0, "6.1.0", "x86_64"), (0x2_0000, "2.6.61", "x86_64"), (8, "6.1.0", "i686"), (0x2_0008, "2.6.61", "i686"),
            (0x4_0000, "6.1.0", "x86_64"), (0x18, "6.1.0", "x86_64"),
        ] as [(UInt32, String, String)])
    func namesAreSixFields(_ personality: UInt32, _ release: String, _ machine: String) {
        let encoded = bytes { unsafe SystemNames(personality: personality).encode(into: $0) }
        #expect(encoded.count == 390)
        let expected = ["Linux", "belljar", release, "#1", machine, "localdomain"]
        for (index, name) in expected.enumerated() {
            let field = encoded[index * 65..<(index + 1) * 65]
            #expect(Array(field) == Array(name.utf8) + [UInt8](repeating: 0, count: 65 - name.utf8.count))
        }
    }

    @Test func informationIsTheKernelsStructure() {
        let encoded = bytes { unsafe SystemInformation.encode(uptimeSeconds: 61, into: $0) }
        let words = stride(from: 0, to: 112, by: 8).map { offset in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(encoded[offset + $1]) << UInt64(8 * $1) }
        }
        #expect(encoded.count == 112)
        #expect(words == [61, 0, 0, 0, 8 << 30, 7 << 30, 0, 0, 0, 0, 2, 0, 0, 1])
    }

    @Test(arguments: [(60_000_000_000, "60.00"), (61_059_999_999, "61.05"), (3_600_500_000_000, "3600.50")])
    func uptimeHasTwoDecimals(_ nanoseconds: UInt64, _ text: String) {
        #expect(SystemInformation.uptimeText(nanoseconds) == "\(text) \(text)\n")
    }

    @Test(arguments: [0, 1000] as [UInt64]) func spaceIsFixedWhereThereIsAny(_ blocks: UInt64) {
        var words: [UInt64] = [0x0102_1994, 8192, blocks, 5, 6, 7, 8, 99, 143, 8192, 0x21, 0, 0, 0, 0]
        unsafe words.withUnsafeMutableBytes { unsafe FileSystemSpace.fix($0) }
        let space: [UInt64] = blocks == 0 ? [0, 0, 0, 0, 0] : [1 << 24, 1 << 23, 1 << 23, 1 << 22, 1 << 21]
        #expect(words == [0x0102_1994, 4096] + space + [0, 143, 4096, 0x21, 0, 0, 0, 0])
    }

    @Test(arguments: [(1, 8), (2, 8), (64, 8), (65, 16), (1024, 128), (5000, 128), (0, 8)] as [(UInt32, Int)])
    func masksAreWholeWords(_ count: UInt32, _ size: Int) {
        let mask = ProcessorMask(count: count)
        #expect(mask.size == size)
        #expect((0..<16).reduce(0) { $0 + mask.words[$1].nonzeroBitCount } == Int(min(max(count, 1), 1024)))
        #expect(!mask.isEmpty)
    }

    @Test func masksIntersect() {
        let mask = ProcessorMask(count: 70)
        func intersection(_ words: [UInt64]) -> ProcessorMask {
            unsafe words.withUnsafeBytes { unsafe mask.intersection($0) }
        }
        #expect(intersection([.max, .max]) == mask)
        #expect(intersection([0, 1 << 6]).isEmpty)
        #expect(intersection([4, 1 << 5]).words[0] == 4)
        #expect(intersection([4, 1 << 5]).words[1] == 1 << 5)
    }

    @Test func threadsAreReadFromTheirTexts() throws {
        let status = Array("Name:\tx\nTgid:\t41\nNgid:\t0\nPid:\t42\nPPid:\t7\nTracerPid:\t0\n".utf8)
        let stat = Array("42 (a) b (c) S 7 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 2\n".utf8)
        let facts = try #require(TaskFacts(status: status, stat: stat))
        #expect((facts.process, facts.parent, facts.start) == (41, 7, 98765))
        #expect(TaskFacts(status: status, stat: Array("42 (x) S 7".utf8)) == nil)
        #expect(TaskFacts(status: [], stat: stat) == nil)
        #expect(TaskFacts(Int32.max) == nil)
    }

    @Test(
        arguments: [
            (0, 10, true, 0), (9, 10, true, 9), (0, 10, false, 10), (9, 10, false, 10), (10, 10, true, nil),
            (10, 10, false, nil), (-1, 10, true, nil), (0, 0, true, nil), (.max, 10, false, nil),
        ] as [(Int64, Int64, Bool, Int64?)])
    func plainFilesEndInTheirOnlyHole(_ offset: Int64, _ size: Int64, _ seeksData: Bool, _ expected: Int64?) {
        if let expected {
            #expect((try? PlainFile.position(offset, size: size, seeksData: seeksData)) == expected)
        } else {
            #expect {
                try PlainFile.position(offset, size: size, seeksData: seeksData)
            } throws: { ($0 as? KernelError)?.number == 6 }
        }
    }
}
