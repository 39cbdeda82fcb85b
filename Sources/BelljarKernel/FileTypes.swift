internal import CLinux
internal import Glibc

/// How a file is opened. Every descriptor is close-on-exec, and a symbolic link as last component is refused (ELOOP)
/// unless `followingLinks` is given.
package struct OpenFlags: OptionSet, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let read = OpenFlags([])
    package static let write = OpenFlags(rawValue: O_WRONLY)
    package static let readWrite = OpenFlags(rawValue: O_RDWR)
    package static let create = OpenFlags(rawValue: O_CREAT)
    package static let exclusive = OpenFlags(rawValue: O_EXCL)
    package static let truncate = OpenFlags(rawValue: O_TRUNC)
    package static let append = OpenFlags(rawValue: O_APPEND)
    package static let directory = OpenFlags(rawValue: O_DIRECTORY)
    package static let nonblocking = OpenFlags(rawValue: O_NONBLOCK)
    /// Only a place to hang paths on; the file itself cannot be read.
    package static let pathOnly = OpenFlags(rawValue: bj_o_path)
    /// A nameless file in the directory that is opened (O_TMPFILE).
    package static let nameless = OpenFlags(rawValue: bj_o_tmpfile)
    /// Follow a symbolic link as last component: only for paths that the user gave. Not a flag of the kernel, which
    /// has the opposite one (O_NOFOLLOW).
    package static let followingLinks = OpenFlags(rawValue: O_NOFOLLOW)

    var kernelFlags: Int32 { (rawValue ^ O_NOFOLLOW) | O_CLOEXEC }
}

/// What a name in a directory stands for.
package enum FileKind: Hashable, Sendable {
    case regular, directory, symlink, characterDevice, blockDevice, fifo, socket

    init?(mode: UInt32) {
        switch mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .symlink
        case S_IFCHR: self = .characterDevice
        case S_IFBLK: self = .blockDevice
        case S_IFIFO: self = .fifo
        case S_IFSOCK: self = .socket
        default: return nil
        }
    }

    /// In words, for messages: `character device`.
    package var words: String {
        switch self {
        case .regular: "regular file"
        case .directory: "directory"
        case .symlink: "symbolic link"
        case .characterDevice: "character device"
        case .blockDevice: "block device"
        case .fifo: "FIFO"
        case .socket: "socket"
        }
    }
}

/// A time as the file system keeps it.
package struct FileTime: Hashable, Sendable {
    /// Since 1970.
    package var seconds: Int64
    package var nanoseconds: Int64

    package init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }
}

/// What the kernel says of a file.
package struct FileStatus: Hashable, Sendable {
    package var kind: FileKind
    /// Permission bits with setuid, setgid and sticky (the low twelve bits of the mode).
    package var permissions: UInt32
    package var uid: UInt32
    package var gid: UInt32
    /// Bytes; for a link the length of its target.
    package var size: UInt64
    /// Bytes that the file takes up on its file system.
    package var allocated: UInt64
    package var links: UInt64
    /// The file system it is on; with `inode` it names the file.
    package var device: UInt64
    package var inode: UInt64
    /// Device number of a device node.
    package var deviceNumber: UInt64
    package var modified: FileTime
    package var changed: FileTime

    init?(_ found: stat) {
        guard let kind = FileKind(mode: found.st_mode) else { return nil }
        self.kind = kind
        permissions = found.st_mode & 0o7777
        uid = found.st_uid
        gid = found.st_gid
        size = UInt64(clamping: found.st_size)
        // st_blocks counts 512-byte units whatever the block size (stat(2)).
        allocated = FileSystemStatus.bytes(in: UInt64(clamping: found.st_blocks), of: 512)
        links = UInt64(found.st_nlink)
        device = UInt64(found.st_dev)
        inode = UInt64(found.st_ino)
        deviceNumber = UInt64(found.st_rdev)
        modified = FileTime(seconds: Int64(found.st_mtim.tv_sec), nanoseconds: Int64(found.st_mtim.tv_nsec))
        changed = FileTime(seconds: Int64(found.st_ctim.tv_sec), nanoseconds: Int64(found.st_ctim.tv_nsec))
    }
}

/// Space on a file system.
package struct FileSystemStatus: Hashable, Sendable {
    /// Bytes in all, and bytes that an ordinary user may still take.
    package var totalBytes: UInt64
    package var availableBytes: UInt64
    package var freeInodes: UInt64
    /// The kernel's magic number of the file system's type (statfs(2)).
    package var type: Int
    /// Whether the mount that it was looked at through, or the whole of it, is read-only.
    package var isReadOnly: Bool

    /// Whether it is a `/proc` (PROC_SUPER_MAGIC).
    package var isProcesses: Bool { type == 0x9fa0 }

    /// Those that a program makes up (FUSE) may say that they have more than there are numbers for.
    static func bytes(in blocks: UInt64, of size: UInt64) -> UInt64 {
        let (bytes, overflow) = blocks.multipliedReportingOverflow(by: size)
        return overflow ? .max : bytes
    }
}
