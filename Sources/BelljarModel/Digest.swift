package import Crypto

/// A SHA-256 digest: 32 bytes, written as 64 lower-case hexadecimal digits.
///
/// One algorithm names everything here (blobs, trees, actions, records), so that the same name can be used in a
/// remote cache, an OCI image or an in-toto statement.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
    private var words: (UInt64, UInt64, UInt64, UInt64)

    /// The 32 bytes, most significant first.
    package init?(bytes: some Sequence<UInt8>) {
        var filled = [UInt64](repeating: 0, count: 4)
        var count = 0
        for byte in bytes {
            guard count < 32 else { return nil }
            filled[count / 8] = filled[count / 8] << 8 | UInt64(byte)
            count += 1
        }
        guard count == 32 else { return nil }
        words = (filled[0], filled[1], filled[2], filled[3])
    }

    /// Parses exactly 64 lower-case hexadecimal digits; anything else is `nil`.
    package init?(hex: some StringProtocol) {
        var nibbles: [UInt8] = []
        nibbles.reserveCapacity(64)
        for unit in hex.utf8 {
            switch unit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): nibbles.append(unit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): nibbles.append(unit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        guard nibbles.count == 64 else { return nil }
        self.init(bytes: (0..<32).map { nibbles[2 * $0] << 4 | nibbles[2 * $0 + 1] })
    }

    /// Parses `sha256:` followed by 64 lower-case hexadecimal digits, the form used in records, locks and recipes.
    package init?(prefixed text: some StringProtocol) {
        guard text.hasPrefix("sha256:") else { return nil }
        self.init(hex: text.dropFirst("sha256:".count))
    }

    package init(_ digest: SHA256Digest) {
        // A SHA256Digest has 32 bytes by definition, so the failable initialiser cannot fail.
        guard let made = Digest(bytes: digest) else { preconditionFailure("SHA-256 gave other than 32 bytes") }
        self = made
    }

    /// The digest of these bytes.
    package init(of bytes: [UInt8]) {
        self.init(SHA256.hash(data: bytes))
    }

    package var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
        }
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `sha256:` and the hexadecimal digits.
    package var description: String { "sha256:" + hex }

    package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }
    package static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }
    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
