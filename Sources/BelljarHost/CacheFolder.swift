package import BelljarKernel
internal import BelljarModel

/// A folder of files that can be made again, each with the digest of its content: one that is not what was written is as
/// good as none.
package struct CacheFolder: Sendable {
    /// Absolute path; made when something is first written.
    package let path: String

    package init(path: String) {
        self.path = path
    }

    private static let digestSize = 32

    /// The content of a file; nil if it is not there, cannot be read, is damaged, or has more bytes than `limit`.
    package func read(_ name: String, limit: Int) -> [UInt8]? {
        // As `write`: neither through a link nor from what its reader would wait for.
        guard let folder = try? Descriptor.workingDirectory.open(path, .directory),
            let file = try? folder.open(name, .nonblocking), (try? file.status())?.kind == .regular,
            let bytes = try? file.readAll(limit: Self.digestSize + limit)
        else { return nil }
        let content = Array(bytes.dropFirst(Self.digestSize))
        guard bytes.prefix(Self.digestSize).elementsEqual(Digest(of: content).bytes) else { return nil }
        return content
    }

    /// Writes to a file of another name first, so that readers see all of it or nothing. Not synchronised to the disk:
    /// a file that a power cut leaves damaged does not have its digest.
    package func write(_ content: [UInt8], as name: String) throws(KernelError) {
        // The folder lies in a store, which belongs to the account of builds, and this may be root: a link in its place
        // would have root write elsewhere.
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        _ = try Descriptor.makeDirectories("/" + parent)
        _ = try Descriptor.workingDirectory.makeDirectoryIfMissing(path)
        let folder = try Descriptor.workingDirectory.open(path, .directory)
        let temporary = "\(name).\(Host.processId).\(Host.monotonicNanoseconds())"
        let file = try folder.open(temporary, [.write, .create, .exclusive], mode: 0o644)
        do throws(KernelError) {
            try file.writeAll(Digest(of: content).bytes + content)
            try folder.rename(temporary, to: folder, as: name)
        } catch {
            try? folder.unlink(temporary)
            throw error
        }
    }
}
