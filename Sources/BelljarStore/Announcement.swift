package import BelljarKernel
package import BelljarModel

/// What a process says of a build that it runs, for other processes of the same user to find while it does: a file in its
/// temporary folder, which is locked until the build is over, whatever becomes of the process.
package final class Announcement: Sendable {
    static let name = "announcement"
    // Removed with this.
    private let folder: TemporaryFolder
    private let file: Descriptor

    init(in folder: TemporaryFolder, _ line: [UInt8]) throws(KernelError) {
        self.folder = folder
        let new = Self.name + ".new"
        file = try folder.descriptor.open(new, [.readWrite, .create, .exclusive], mode: 0o600)
        _ = try file.tryLock(.exclusive)
        try file.writeAll(line + [UInt8(ascii: "\n")])
        try folder.descriptor.rename(new, to: folder.descriptor, as: Self.name)
    }

    /// Adds a line, also when this process is to end. Whoever reads already gets it, also when the file has no name any more.
    package func add(_ line: [UInt8]) throws(KernelError) { try file.writeAll(line + [UInt8(ascii: "\n")]) }
}

/// An announcement of any process, as others read it.
package final class FoundAnnouncement: Sendable {
    private let file: Descriptor

    init(_ file: consuming Descriptor) { self.file = file }

    /// The lines so far; the last one may be unfinished, and is left out then.
    package func lines() throws(BelljarError) -> [[UInt8]] {
        let bytes = try host("read", "an announcement") { () throws(KernelError) in
            try file.seek(to: 0)
            return try file.readAll(limit: 1 << 20)
        }
        return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map { Array($0) }
    }

    /// Whether whoever wrote it is through with it, or dead.
    package func isLeft() throws(BelljarError) -> Bool {
        try host("lock", "an announcement") { () throws(KernelError) in
            guard try file.tryLock(.shared) else { return false }
            try file.unlock()
            return true
        }
    }
}

extension Store {
    /// - Parameter line: what to say; without a line feed.
    package func announce(_ line: [UInt8]) throws(BelljarError) -> Announcement {
        let folder = try makeTemporaryFolder()
        return try host("write to", folder.path) { () throws(KernelError) in try Announcement(in: folder, line) }
    }

    /// Those of all processes that are at work in this store, and of some that are not any more.
    package func announcements() throws(BelljarError) -> [FoundAnnouncement] {
        try host("look for running builds in", path) { () throws(KernelError) in
            var found: [FoundAnnouncement] = []
            for process in try names("tmp") {
                for folder in (try? names("tmp/\(process)")) ?? [] {
                    // It may be gone any moment, and most have none.
                    guard let file = try? root.open("tmp/\(process)/\(folder)/\(Announcement.name)") else { continue }
                    found.append(FoundAnnouncement(file))
                }
            }
            return found
        }
    }

    private func names(_ folder: String) throws(KernelError) -> [String] {
        try root.open(folder, .directory).entries().map { String(decoding: $0.name, as: UTF8.self) }
    }

    /// What is being written to a temporary file, by a path that `BlobWriter.path` gave in any process; nil if it is not there
    /// any more.
    package func openTemporary(_ path: String) throws(BelljarError) -> Descriptor? {
        guard path.hasPrefix("tmp/") else { return nil }
        return try host("open", path) { () throws(KernelError) in
            do throws(KernelError) { return try root.open(path) } catch {
                guard error.isMissing else { throw error }
                return nil
            }
        }
    }
}
