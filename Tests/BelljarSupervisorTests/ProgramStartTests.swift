import Testing

@testable import BelljarSupervisor

@Suite struct ProgramStartTests {
    /// A stack as the kernel lays it out, with what is on it.
    private struct Stack {
        var bytes: [UInt8] = []
        let address: UInt64
        var vector: [UInt64]

        /// - Parameter gap: bytes between the vector and the random bytes, which align the stack.
        init(arguments: [UInt64], variables: [UInt64], gap: Int = 16, hidden: Bool = false) {
            address = 0x7fff_ffff_0000
            let pointers: [UInt64] = [UInt64(arguments.count)] + arguments + [0] + variables + [0]
            let pairs = 5
            let random = address + UInt64((pointers.count + 2 * pairs) * 8 + gap)
            vector = [33, 0x7fff_f7fc_9000, 7, 0x7fff_f7fc_b000, 25, random, 31, random + 500, 0, 0]
            var onStack = vector
            if hidden { onStack[0] = 1 }
            for word in pointers + onStack { bytes += (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
            bytes += [UInt8](repeating: 0, count: gap) + [UInt8](repeating: 0xaa, count: 16)
        }

        var kept: [UInt8] { vector.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } } }
    }

    private func read(_ stack: Stack) throws -> (ProgramStart?, AuxiliaryVector) {
        let vector = try #require(unsafe stack.kept.withUnsafeBytes { unsafe AuxiliaryVector($0) })
        return (stack.bytes.withUnsafeBytes { unsafe ProgramStart($0, at: stack.address, vector) }, vector)
    }

    @Test(arguments: [0, 8, 16, 24, 32])
    func theVectorIsFoundBelowTheRandomBytes(gap: Int) throws {
        let stack = Stack(arguments: [11, 12], variables: [0x7fff_ffff_8000, 0x7fff_ffff_8010], gap: gap)
        let (found, vector) = try read(stack)
        let start = try #require(found)
        // argc, two arguments, zero, two variables, zero.
        #expect(start.vectorAddress == stack.address + 7 * 8)
        #expect(start.argumentsEnd == 0x7fff_ffff_8000)
        #expect(!start.isHidden)
        #expect(vector.offset(of: 25) == 32)
        #expect(vector[7] == 0x7fff_f7fc_b000)
        #expect(vector[6] == nil)
    }

    @Test func withoutEnvironmentTheArgumentsEndAtTheProgramsName() throws {
        let stack = Stack(arguments: [11], variables: [])
        let (found, vector) = try read(stack)
        #expect(found?.argumentsEnd == vector[31])
    }

    @Test func aHiddenVectorIsRecognised() throws {
        let (found, _) = try read(Stack(arguments: [11], variables: [0x1000], hidden: true))
        #expect(found?.isHidden == true)
    }

    @Test func aVectorThatIsNotThereIsNotFound() throws {
        var stack = Stack(arguments: [11], variables: [0x1000])
        // The value of the first pair.
        stack.bytes[5 * 8 + 8] ^= 1
        #expect(try read(stack).0 == nil)
    }

    @Test func namesOfTemporaryFilesDoNotDecideRandomNumbers() {
        func key(_ arguments: String) -> StreamKey {
            var key = StreamKey(seed: [])
            unsafe Array(arguments.utf8).withUnsafeBytes { unsafe ProgramStart.absorb($0, into: &key) }
            return key
        }
        #expect(key("as\0-o\0a.o\0/tmp/ccAbCd.s\0") == key("as\0-o\0a.o\0/tmp/ccXyZw.s\0"))
        #expect(key("lto1\0-fresolution=/tmp/cc1.res\0-O2\0") == key("lto1\0-fresolution=/tmp/cc23.res\0-O2\0"))
        #expect(key("as\0-o\0a.o\0/tmp/cc.s\0") != key("as\0-o\0b.o\0/tmp/cc.s\0"))
        #expect(key("as\0/tmp/cc.s\0-g\0") != key("as\0/tmp/cc.s\0"))
        #expect(key("as\0/var/tmp\0") != key("as\0/var/tmq\0"))
        #expect(key("a\0/tmp/") == key("a\0/tmp/b"))
    }

    @Test func aVectorWithoutEndIsRefused() {
        let bytes = [UInt8](repeating: 1, count: 64)
        #expect(bytes.withUnsafeBytes { unsafe AuxiliaryVector($0) } == nil)
    }
}

@Suite struct ProgramHeadersTests {
    private static func header(
        type: UInt8 = 2, entries: [(kind: UInt32, flags: UInt32, address: UInt64, size: UInt64)]
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 2048)
        func put(_ value: UInt64, _ width: Int, at offset: Int) {
            for index in 0..<width { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))) }
        }
        bytes[0...4] = [0x7f, 0x45, 0x4c, 0x46, type]
        put(64, 8, at: 32)
        put(UInt64(entries.count), 2, at: 56)
        for (index, entry) in entries.enumerated() {
            let start = 64 + 56 * index
            put(UInt64(entry.kind), 4, at: start)
            put(UInt64(entry.flags), 4, at: start + 4)
            put(entry.address, 8, at: start + 16)
            put(entry.size, 8, at: start + 40)
        }
        return Array(bytes.prefix(1024))
    }

    private func read(_ bytes: [UInt8]) -> ProgramHeaders? { bytes.withUnsafeBytes { unsafe ProgramHeaders($0) } }

    @Test func writableSegmentsAreGivenFromTheFilesBeginning() {
        let found = read(
            Self.header(entries: [
                (6, 4, 0x400040, 100), (1, 4, 0x400000, 0x500), (1, 5, 0x401000, 0x9000), (1, 6, 0x4c0f00, 0x6000),
            ]))
        #expect(found?.writable == [0xc0f00..<0xc6f00])
    }

    @Test func segmentsBeyondTheLastAddressAreRefused() {
        let found = read(Self.header(entries: [(1, 4, 0, 1), (1, 6, 0x1000, .max - 0x1fff)]))
        #expect(found?.writable(from: 0x400000) == nil)
        #expect(found?.writable(from: 0x1000) == nil)
        #expect(found?.writable(from: 0xfff) == [0x1fff..<UInt64.max])
    }

    @Test func whatIsNoProgramIsRefused() {
        #expect(read([UInt8](repeating: 0, count: 1024)) == nil)
        #expect(read(Self.header(type: 1, entries: [])) == nil)
        // More headers than there are bytes.
        #expect(read(Self.header(entries: Array(repeating: (1, 6, 0, 0), count: 18))) == nil)
    }

    /// A static program says itself where its headers are: what is read there may be anything.
    @Test(arguments: [UInt64(Int64.max) - 8, UInt64(Int64.max), .max]) func headersBeyondAllNumbersAreRefused(
        at offset: UInt64
    ) {
        var bytes = Self.header(entries: [(1, 6, 0, 0)])
        for index in 0..<8 { bytes[32 + index] = UInt8(truncatingIfNeeded: offset >> (8 * UInt64(index))) }
        #expect(read(bytes) == nil)
    }
}
