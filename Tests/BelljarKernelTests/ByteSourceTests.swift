import BelljarKernel
import Testing

@Suite struct ByteSourceTests {
    private func read(_ source: borrowing ByteSource, _ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let found = try unsafe bytes.withUnsafeMutableBytes { try unsafe source.reader.read(into: $0) }
        return Array(bytes[..<found])
    }

    private func fill(_ source: borrowing ByteSource, _ bytes: [UInt8]) -> Int? {
        unsafe bytes.withUnsafeBytes { unsafe ByteSource.fill(source.filled.number, $0) }
    }

    @Test func nothingIsLostBetweenTwoReads() throws {
        let source = try ByteSource(takesInput: false)
        #expect(fill(source, [1, 2, 3, 4]) == 4)
        #expect(try read(source, 3) == [1, 2, 3])
        #expect(try read(source, 1) == [4])
        #expect(throws: KernelError.self) { try source.reader.send([1]) }
    }

    /// Whoever receives a descriptor closes it, and waits for as long as that takes.
    @Test func whatIsWrittenNeverArrives() throws {
        let source = try ByteSource(takesInput: true)
        let pipe = try Pipe()
        let reader: Descriptor
        do {
            let writer = pipe.writer.number
            try source.reader.send([UInt8](repeating: 1, count: 100_000))
            try source.reader.send([1], descriptors: [writer])
            #expect(Descriptor.found(source.filled.number, .readable).isEmpty)
            reader = pipe.closingWriter()
        }
        // The message had a reference, which is gone.
        #expect(Descriptor.found(reader.number, .readable).contains(.hungUp))
    }

    /// Full, it says so, and a read makes room for the next.
    @Test func messagesAreWholeAndBounded() throws {
        let source = try ByteSource(takesInput: true)
        let piece = [UInt8](repeating: 7, count: ByteSource.piece)
        var count = 0
        while let filled = fill(source, piece), filled > 0 {
            #expect(filled == piece.count)
            count += 1
            try #require(count < 100)
        }
        #expect(count > 1)
        #expect(try read(source, 4) == [7, 7, 7, 7])
        #expect(try read(source, 2 * piece.count) == piece)
        #expect(fill(source, piece) == piece.count)
    }
}
