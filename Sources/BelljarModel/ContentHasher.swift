internal import Crypto

/// The SHA-256 of content that comes in pieces.
package struct ContentHasher: Sendable {
    private var hasher = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) { unsafe hasher.update(bufferPointer: bytes) }

    /// The digest of everything so far.
    package func finish() -> Digest { Digest(hasher.finalize()) }
}
