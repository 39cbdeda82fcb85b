internal import BelljarModel

/// What `/dev/urandom` and `/dev/random` are while random numbers are seeded: a file of numbers that have no pattern,
/// and that are the same for everybody who opens it.
enum RandomFile {
    static let paths = ["dev/random", "dev/urandom"]
    /// In bytes. Programs read keys and seeds of a few dozen bytes; who wants more finds the end of the file.
    static let size = 1 << 20
    /// Of `content`, so that nobody has to make it who only wants to name it.
    static let digest: Digest = {
        guard let digest = Digest(hex: "29e022996a937257def6027ba732e9b39be9ba0c292f8047bbf0793dec69b13d") else {
            preconditionFailure("not a digest")
        }
        return digest
    }()

    /// SHA-256 of a label and a counter of 8 bytes (the lowest first), one digest after the other.
    static let content: [UInt8] = {
        let label = Array("belljar /dev/urandom 1".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        var counter: UInt64 = 0
        while bytes.count < size {
            let number = (0..<8).map { UInt8(truncatingIfNeeded: counter >> ($0 * 8)) }
            bytes += Digest(of: label + number).bytes
            counter += 1
        }
        return bytes
    }()
}
