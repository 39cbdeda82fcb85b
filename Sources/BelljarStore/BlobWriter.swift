internal import BelljarKernel
package import BelljarModel

/// A blob on its way in. Not for use from several threads at once.
package final class BlobWriter {
    private let batch: Batch
    /// Whether the batch has only this blob, so that committing the blob commits the batch.
    private let commitsBatch: Bool
    private let temporary: TemporaryFile
    private var hasher = ContentHasher()
    private var isOpen = true
    private var endsInHole = false
    /// Bytes written so far.
    package private(set) var count: UInt64 = 0

    /// Where the bytes are while they are written: a path in the store, which other processes can read (`Store.openTemporary`).
    package var path: String {
        String(decoding: batch.folder.path.utf8.dropFirst(batch.store.path.utf8.count + 1), as: UTF8.self) + "/"
            + temporary.name
    }

    init(batch: Batch, commitsBatch: Bool) throws(BelljarError) {
        self.batch = batch
        self.commitsBatch = commitsBatch
        temporary = try batch.makeTemporary()
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(BelljarError) {
        precondition(isOpen, "a blob that is committed or discarded takes no more bytes")
        unsafe hasher.update(bytes)
        let next = count + UInt64(bytes.count)
        try host("write to", batch.folder.path) { () throws(KernelError) in
            endsInHole = try unsafe temporary.file.writeLeavingHoles(bytes)
            try temporary.file.pushOut(from: count, to: next)
        }
        count = next
    }

    package func write(_ bytes: [UInt8]) throws(BelljarError) {
        let result = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(BelljarError) in try unsafe write(buffer) }
        }
        try result.get()
    }

    /// Makes the blob visible, durably (a writer of a batch: when the batch is committed). With `expected`, an
    /// `integrity` error that names both digests if the bytes are others, and nothing is kept.
    package func commit(expected: Digest?, isExecutable: Bool = false) throws(BelljarError) -> Digest {
        precondition(isOpen, "a blob is committed once")
        let digest = hasher.finish()
        if let expected, digest != expected {
            discard()
            throw BelljarError(
                .integrity, operation: "accept", subject: "content", answer: "expected \(expected), found \(digest)",
                remedy: "if you want the new content, pin its digest; if not, find out who changed it")
        }
        if endsInHole {
            try host("write to", batch.folder.path) { () throws(KernelError) in try temporary.file.truncate(to: count) }
        }
        isOpen = false
        try batch.adopt(temporary.name, temporary.file, digest: digest, isExecutable: isExecutable)
        if commitsBatch { try batch.commit() }
        return digest
    }

    /// Throws the bytes away; also what happens if neither method is called.
    package func discard() {
        guard isOpen else { return }
        isOpen = false
        // If it cannot be removed now, it goes with the batch's folder.
        try? batch.drop(temporary.name)
    }

    deinit { keepingErrorNumber { discard() } }
}
