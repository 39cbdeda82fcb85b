package import BelljarKernel
package import BelljarModel

/// Digests of files outside of the store.
package enum FileDigest {
    private static let chunkBytes = 1 << 18

    /// Streams an open file to its end, whatever its size.
    package static func of(_ file: borrowing Descriptor) throws(KernelError) -> Digest {
        var hasher = ContentHasher()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 64)
        defer { unsafe buffer.deallocate() }
        while true {
            let count = try unsafe file.read(into: buffer)
            if count == 0 { return hasher.finish() }
            unsafe hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The digest of a regular file.
    package static func of(path: String) throws(BelljarError) -> Digest {
        let kind: FileKind
        do throws(KernelError) {
            // Opening a FIFO would otherwise wait for a writer.
            let file = try Descriptor.workingDirectory.open(path, [.read, .nonblocking, .followingLinks])
            kind = try file.status().kind
            if kind == .regular { return try of(file) }
        } catch {
            throw BelljarError(.usage, operation: "read", subject: path, answer: error.answer)
        }
        throw BelljarError(.usage, operation: "read", subject: path, answer: "it is a \(kind.words)")
    }
}
