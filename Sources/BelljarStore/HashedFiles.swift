internal import BelljarKernel
internal import BelljarModel
internal import Synchronization

/// What the files of a store were found to hold, so that builds which have the same files hash each of them once.
///
/// A file whose inode still has the time of change that it had then holds what it held then: the rule of `InputWatch`. A
/// change that comes in the same tick of the clock as the hashing would leave no trace, so only a file is noted whose time
/// of change was over when its hashing began. The memory is this process's own and goes with it: on the disk it would be
/// one more thing to be damaged and to be trusted, and a clock that was set back meanwhile could make it lie.
final class HashedFiles: Sendable {
    private struct Entry {
        var changed: FileTime
        /// Bytes.
        var size: UInt64
        var digest: Digest
    }

    /// So many files are remembered; with the next one, all are forgotten. A hundred images have fewer, and these take up
    /// 100 MB.
    private static let limit = 1 << 20

    /// By inode: all files of a store are on one file system.
    private let entries = Mutex<[UInt64: Entry]>([:])

    /// The digest of a file that has this status now; nil if it is not known.
    func digest(of status: FileStatus) -> Digest? {
        entries.withLock { entries in
            guard let entry = entries[status.inode], entry.changed == status.changed, entry.size == status.size else {
                return nil
            }
            return entry.digest
        }
    }

    /// - Parameters:
    ///   - status: of before it was hashed.
    ///   - begin: what the clock that stamps the store's files said before that.
    func note(_ digest: Digest, of status: FileStatus, begin: FileTime) {
        guard begin.isAfter(status.changed) else { return }
        entries.withLock { entries in
            if entries.count >= Self.limit, entries[status.inode] == nil { entries = [:] }
            entries[status.inode] = Entry(changed: status.changed, size: status.size, digest: digest)
        }
    }
}

extension FileTime {
    func isAfter(_ other: FileTime) -> Bool { (seconds, nanoseconds) > (other.seconds, other.nanoseconds) }
}
