/// The ChaCha20 block function (RFC 8439, section 2.3): 64 bytes that depend on a key and a position.
enum ChaCha20 {
    static let blockSize = 64

    /// - Parameters:
    ///   - key: 8 words.
    ///   - counter: which block of the stream; takes the place of the RFC's 32-bit counter and the nonce's first word,
    ///     as in the original ChaCha20.
    ///   - nonce: tells streams of one key apart.
    static func block(key: InlineArray<8, UInt32>, counter: UInt64, nonce: UInt64) -> InlineArray<16, UInt32> {
        var state = InlineArray<16, UInt32>(repeating: 0)
        (state[0], state[1], state[2], state[3]) = (0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574)
        for index in 0..<8 { state[4 + index] = key[index] }
        (state[12], state[13]) = (UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32))
        (state[14], state[15]) = (UInt32(truncatingIfNeeded: nonce), UInt32(truncatingIfNeeded: nonce >> 32))
        var mixed = state
        for _ in 0..<10 {
            quarter(&mixed, 0, 4, 8, 12)
            quarter(&mixed, 1, 5, 9, 13)
            quarter(&mixed, 2, 6, 10, 14)
            quarter(&mixed, 3, 7, 11, 15)
            quarter(&mixed, 0, 5, 10, 15)
            quarter(&mixed, 1, 6, 11, 12)
            quarter(&mixed, 2, 7, 8, 13)
            quarter(&mixed, 3, 4, 9, 14)
        }
        for index in 0..<16 { mixed[index] &+= state[index] }
        return mixed
    }

    @inline(__always)
    private static func quarter(_ s: inout InlineArray<16, UInt32>, _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        s[a] &+= s[b]
        s[d] = rotate(s[d] ^ s[a], 16)
        s[c] &+= s[d]
        s[b] = rotate(s[b] ^ s[c], 12)
        s[a] &+= s[b]
        s[d] = rotate(s[d] ^ s[a], 8)
        s[c] &+= s[d]
        s[b] = rotate(s[b] ^ s[c], 7)
    }

    @inline(__always)
    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 { value << count | value >> (32 - count) }
}

/// The key of one process's random streams. What is mixed into it says `Lineage.swift`.
struct StreamKey: Equatable {
    private(set) var words: InlineArray<8, UInt32>

    /// - Parameter seed: 32 bytes.
    init(seed: [UInt8]) {
        words = InlineArray(repeating: 0)
        for (index, byte) in seed.prefix(32).enumerated() {
            words[index / 4] |= UInt32(byte) << (8 * UInt32(index % 4))
        }
    }

    /// Mixes bytes in. Whatever is mixed in separately counts separately: "ab" is not "a" and then "b".
    ///
    /// The block function is used as the permutation of a sponge; nothing here has to be kept from anybody.
    mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
        var position: UInt64 = 0
        repeat {
            let count = min(32, bytes.count - Int(position))
            for index in 0..<count {
                unsafe words[index / 4] ^= UInt32(bytes[Int(position) + index]) << (8 * UInt32(index % 4))
            }
            let mixed = ChaCha20.block(key: words, counter: position, nonce: UInt64(bytes.count))
            for index in 0..<8 { words[index] = mixed[index] }
            position += 32
        } while position < bytes.count
    }

    mutating func absorb(_ value: UInt64) { unsafe withUnsafeBytes(of: value) { unsafe absorb($0) } }

    /// Fills a buffer from a stream of this key.
    ///
    /// - Parameters:
    ///   - offset: of the first byte in the stream.
    ///   - stream: different streams share no bytes.
    func fill(_ buffer: UnsafeMutableRawBufferPointer, offset: UInt64, stream: UInt64) {
        var done = 0
        while done < buffer.count {
            let position = offset + UInt64(done)
            let block = ChaCha20.block(key: words, counter: position / 64, nonce: stream)
            let start = Int(position % 64)
            let count = min(64 - start, buffer.count - done)
            if count == 64 {
                for index in 0..<16 {
                    unsafe buffer.storeBytes(
                        of: block[index].littleEndian, toByteOffset: done + 4 * index, as: UInt32.self)
                }
            } else {
                for index in 0..<count {
                    let byte = start + index
                    unsafe buffer[done + index] = UInt8(truncatingIfNeeded: block[byte / 4] >> (8 * UInt32(byte % 4)))
                }
            }
            done += count
        }
    }

    static func == (left: StreamKey, right: StreamKey) -> Bool {
        (0..<8).allSatisfy { left.words[$0] == right.words[$0] }
    }
}
