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
    ///
    /// - Parameter isUse: whether this counts as using it.
    package func read(_ name: String, limit: Int, isUse: Bool = true) -> [UInt8]? {
        // As `write`: neither through a link nor from what its reader would wait for.
        guard let folder = try? Descriptor.workingDirectory.open(path, .directory),
            let file = try? folder.open(name, .nonblocking), (try? file.status())?.kind == .regular,
            let bytes = try? file.readAll(limit: Self.digestSize + limit)
        else { return nil }
        let content = Array(bytes.dropFirst(Self.digestSize))
        guard bytes.prefix(Self.digestSize).elementsEqual(Digest(of: content).bytes) else { return nil }
        if isUse { Self.noteUse(of: file) }
        return content
    }

    /// A file's time of change is that of its last use, to a day.
    private static func noteUse(of file: borrowing Descriptor) {
        let now = Int64(clamping: Host.realSeconds())
        guard let used = try? file.status().modified.seconds, used < now - 86_400 else { return }
        // Where it cannot be noted, what is used is forgotten one day, and made again.
        try? file.setTimes(FileTime(seconds: now))
    }

    /// The names of its files of one kind; none if there is no such folder.
    package func names(of kind: CacheNames) -> [String] {
        files().map(\.name).filter { kind.names($0) }
    }

    package struct File: Sendable {
        package var name: String
        /// Seconds since 1970 of its last use, to a day.
        package var used: UInt64
        /// On the disk.
        package var bytes: UInt64
    }

    /// All its files; none if there is no such folder.
    package func files() -> [File] {
        let folder = try? Descriptor.workingDirectory.open(path, [.read, .directory])
        guard let folder, let entries = try? folder.entries() else { return [] }
        return entries.compactMap { entry in
            guard let status = try? folder.status(of: entry.name), status.kind == .regular else { return nil }
            return File(
                name: String(decoding: entry.name, as: UTF8.self), used: UInt64(clamping: status.modified.seconds),
                bytes: status.allocated)
        }
    }

    package func remove(_ name: String) throws(KernelError) {
        let folder = try Descriptor.workingDirectory.open(path, .directory)
        do throws(KernelError) { try folder.unlink(name) } catch {
            guard error.errno == .ENOENT else { throw error }
        }
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

/// How the files of one kind of memory are called in a cache folder, each by the digest of what it is of: `origin-1-5891b5b5...`.
package struct CacheNames: Sendable {
    private let prefix: String

    /// - Parameter format: counts up when the layout of the files changes.
    package init(_ kind: String, format: Int) { prefix = "\(kind)-\(format)-" }

    /// Whether a file is of this kind.
    package func names(_ file: String) -> Bool { file.hasPrefix(prefix) }

    package func name(of key: [UInt8]) -> String { prefix + "\(Digest(of: key).hex.prefix(32))" }
}
