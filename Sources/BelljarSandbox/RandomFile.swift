internal import BelljarModel
internal import Synchronization

/// What `/dev/urandom` and `/dev/random` are while random numbers are seeded: a file of numbers that have no pattern,
/// and that are the same for everybody who opens it. Those of the seed that a recipe without one has are in the base
/// layer; others travel in the plan.
enum RandomFile {
    static let paths = ["dev/random", "dev/urandom"]
    /// In bytes. Programs read keys and seeds of a few dozen bytes; who wants more finds the end of the file.
    static let size = 1 << 20
    static let ordinarySeed = RandomSeed.bytes("")
    /// Of the content with the ordinary seed, so that nobody has to make it who only wants to name it.
    static let digest: Digest = {
        guard let digest = Digest(hex: "b9285ba639ed70e382d5c1ab994faf18408608134e1f2698915e18efe74d18f0") else {
            preconditionFailure("not a digest")
        }
        return digest
    }()

    /// The last one that was made.
    private static let last = Mutex<(seed: [UInt8], content: [UInt8])?>(nil)

    static func content(seed: [UInt8]) -> [UInt8] {
        last.withLock { last in
            if let last, last.seed == seed { return last.content }
            let content = make(seed)
            last = (seed, content)
            return content
        }
    }

    /// SHA-256 of a label, the seed and a counter of 8 bytes (the lowest first), one digest after the other.
    private static func make(_ seed: [UInt8]) -> [UInt8] {
        let label = Array("belljar /dev/urandom 1".utf8) + seed
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        var counter: UInt64 = 0
        while bytes.count < size {
            let number = (0..<8).map { UInt8(truncatingIfNeeded: counter >> ($0 * 8)) }
            bytes += Digest(of: label + number).bytes
            counter += 1
        }
        return bytes
    }
}
