internal import BelljarKernel
package import BelljarModel
internal import BelljarStore

/// Digests of files outside of the store.
package enum FileDigest {
    /// The digest of a regular file.
    package static func of(path: String) throws(BelljarError) -> Digest {
        let kind: FileKind
        do throws(KernelError) {
            // Opening a FIFO would otherwise wait for a writer.
            let file = try Descriptor.workingDirectory.open(path, [.read, .nonblocking, .followingLinks])
            kind = try file.status().kind
            if kind == .regular { return try file.digest() }
        } catch {
            if error.tellsOfEnd { throw .cancelled("read", path) }
            throw BelljarError(
                .usage, operation: "read", subject: path, answer: error.answer,
                remedy: error.isNotFound ? "correct its path" : "name a file that you may read")
        }
        throw BelljarError(
            .usage, operation: "read", subject: path, answer: "it is a \(kind.words)",
            remedy: "name a regular file; outputs are checked one by one")
    }
}
