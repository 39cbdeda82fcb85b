package import BelljarModel

/// What of a directory is taken in, by path. So what comes to be there after somebody looked is not, and nothing that
/// nobody asked for.
package struct IngestSelection: Sendable {
    /// By the bytes of the paths: to Swift, two spellings of an accent are one text, and to a file system two names.
    private var digests: [[UInt8]: Digest?] = [:]

    package init() {}

    /// - Parameters:
    ///   - path: relative to the directory, as `PathText` has it.
    ///   - digest: of a file's content where it is known: the file is then not read if the store has that.
    package mutating func add(_ path: String, digest: Digest? = nil) { digests[Array(path.utf8)] = .some(digest) }

    func contains(_ path: String) -> Bool { digests[Array(path.utf8)] != nil }

    func digest(of path: String) -> Digest? { digests[Array(path.utf8)] ?? nil }
}
