import Testing

@testable import BelljarSupervisor

@Suite struct ChaCha20Tests {
    /// RFC 8439, section 2.3.2: key 00 01 .. 1f, block counter 1, nonce 00:00:00:09:00:00:00:4a:00:00:00:00.
    @Test func answersTheBlockOfTheStandard() {
        var key = InlineArray<8, UInt32>(repeating: 0)
        for index in 0..<8 {
            let first = UInt32(index * 4)
            key[index] = first | (first + 1) << 8 | (first + 2) << 16 | (first + 3) << 24
        }
        // The RFC's nonce begins in the upper half of what is one counter here.
        let block = ChaCha20.block(key: key, counter: 1 | 0x0900_0000 << 32, nonce: 0x4a00_0000)
        let expected: [UInt32] = [
            0xe4e7_f110, 0x1559_3bd1, 0x1fdd_0f50, 0xc471_20a3, 0xc7f4_d1c7, 0x0368_c033, 0x9aaa_2204, 0x4e6c_d4c3,
            0x4664_82d2, 0x09aa_9f07, 0x05d7_c214, 0xa202_8bd9, 0xd19c_12b5, 0xb94e_16de, 0xe883_d0cb, 0x4e3c_50a2,
        ]
        for index in 0..<16 { #expect(block[index] == expected[index]) }
    }

    @Test func aStreamIsTheSameHoweverItIsCut() {
        let key = StreamKey(seed: Array(0..<32))
        let whole = bytes(key, offset: 0, count: 300)
        #expect(whole == bytes(key, offset: 0, count: 100) + bytes(key, offset: 100, count: 200))
        #expect(Set(whole).count > 100)
    }

    @Test func whatIsMixedInSeparatelyCounts() {
        func key(_ parts: [[UInt8]]) -> StreamKey {
            var key = StreamKey(seed: [UInt8](repeating: 7, count: 32))
            for part in parts { part.withUnsafeBytes { key.absorb($0) } }
            return key
        }
        let keys = [
            key([[1, 2]]), key([[1], [2]]), key([[2], [1]]), key([[1, 2], []]), key([]), key([[1, 2, 0]]),
        ]
        for (index, left) in keys.enumerated() {
            for right in keys[(index + 1)...] { #expect(left != right) }
        }
    }

    private func bytes(_ key: StreamKey, offset: UInt64, count: Int) -> [UInt8] {
        var room = [UInt8](repeating: 0, count: count)
        room.withUnsafeMutableBytes { key.fill($0, offset: offset, stream: 1) }
        return room
    }
}
