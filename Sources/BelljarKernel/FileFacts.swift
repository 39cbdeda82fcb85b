internal import CLinux
internal import Glibc
internal import Synchronization

/// What the kernel says of a file, in the layout of statx(2), and the few calls around that, for answers that are given
/// many thousand times: nothing here allocates, and errors are numbers.
package struct FileFacts: BitwiseCopyable, Sendable {
    private var file = bj_file()

    package init() {}

    /// A moment, in seconds since 1970 and nanoseconds.
    package struct Moment: BitwiseCopyable, Hashable, Sendable {
        package var seconds: Int64
        package var nanoseconds: UInt32

        package init(seconds: Int64, nanoseconds: UInt32) {
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }
    }

    /// Bits of `mask`: the time of birth, and the number of the mount (STATX_BTIME, STATX_MNT_ID).
    package static let birth: UInt32 = 0x800
    package static let mountNumber: UInt32 = 0x1000
    /// Whether it is the root of a mount (STATX_ATTR_MOUNT_ROOT).
    package static let isMountRoot: UInt64 = 0x2000

    /// Which fields hold something.
    package var mask: UInt32 {
        get { file.mask }
        set { file.mask = newValue }
    }
    package var inode: UInt64 {
        get { file.inode }
        set { file.inode = newValue }
    }
    /// Major number in the upper half.
    package var device: UInt64 {
        get { UInt64(file.major) << 32 | UInt64(file.minor) }
        set { (file.major, file.minor) = (UInt32(newValue >> 32), UInt32(truncatingIfNeeded: newValue)) }
    }
    /// Device number of a device node, major number in the upper half.
    package var node: UInt64 {
        get { UInt64(file.node_major) << 32 | UInt64(file.node_minor) }
        set { (file.node_major, file.node_minor) = (UInt32(newValue >> 32), UInt32(truncatingIfNeeded: newValue)) }
    }
    /// Number of the mount, as in `/proc/self/mountinfo`.
    package var mount: UInt64 {
        get { file.mount }
        set { file.mount = newValue }
    }
    package var size: UInt64 {
        get { file.size }
        set { file.size = newValue }
    }
    /// Of 512 bytes.
    package var blocks: UInt64 {
        get { file.blocks }
        set { file.blocks = newValue }
    }
    package var blockSize: UInt32 {
        get { file.block_size }
        set { file.block_size = newValue }
    }
    package var attributes: UInt64 {
        get { file.attributes }
        set { file.attributes = newValue }
    }
    package var attributesMask: UInt64 {
        get { file.attributes_mask }
        set { file.attributes_mask = newValue }
    }
    package var links: UInt32 {
        get { file.links }
        set { file.links = newValue }
    }
    package var uid: UInt32 {
        get { file.uid }
        set { file.uid = newValue }
    }
    package var gid: UInt32 {
        get { file.gid }
        set { file.gid = newValue }
    }
    /// Type and permissions.
    package var mode: UInt32 {
        get { UInt32(file.mode) }
        set { file.mode = UInt16(truncatingIfNeeded: newValue) }
    }
    package var accessed: Moment {
        get { Self.moment(file.accessed) }
        set { file.accessed = Self.time(newValue) }
    }
    package var born: Moment {
        get { Self.moment(file.born) }
        set { file.born = Self.time(newValue) }
    }
    /// When anything about it was changed.
    package var changed: Moment {
        get { Self.moment(file.changed) }
        set { file.changed = Self.time(newValue) }
    }
    /// When its content was changed.
    package var modified: Moment {
        get { Self.moment(file.modified) }
        set { file.modified = Self.time(newValue) }
    }

    private static func moment(_ time: bj_file_time) -> Moment {
        Moment(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }
    private static func time(_ moment: Moment) -> bj_file_time {
        bj_file_time(seconds: moment.seconds, nanoseconds: moment.nanoseconds, spare: 0)
    }

    package var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    package var isRegular: Bool { mode & S_IFMT == S_IFREG }
    package var isLink: Bool { mode & S_IFMT == S_IFLNK }
    package var isSocket: Bool { mode & S_IFMT == S_IFSOCK }
    package var isDevice: Bool { mode & S_IFMT == S_IFCHR || mode & S_IFMT == S_IFBLK }

    /// Takes away what later kernels tell.
    package mutating func clearRest() { file.rest = bj_file().rest }

    /// Looks at what a path leads to (statx(2)).
    ///
    /// - Parameters:
    ///   - path: ended by a zero; empty for the base itself.
    ///   - base: a descriptor that relative paths begin at.
    /// - Returns: 0 or the error's number.
    package mutating func look(
        _ path: UnsafeRawPointer, at base: Int32 = HeldPlace.workingDirectory, followsLink: Bool
    ) -> Int32 {
        let flags = Self.emptyPath | Self.noAutomount | (followsLink ? 0 : AT_SYMLINK_NOFOLLOW)
        let number = unsafe bj_look(base, path.assumingMemoryBound(to: CChar.self), flags, &file)
        if number == ENOSYS || number == EPERM { Self.findRefusal(number, flags) }
        return number
    }

    /// Looks at an open file.
    package mutating func look(descriptor: Int32) -> Int32 {
        var empty: UInt8 = 0
        return unsafe look(&empty, at: descriptor, followsLink: false)
    }

    /// Whether a file that was looked at gets another time with its next change, however soon that comes (kernel 6.13);
    /// without that, times count ticks. False where it cannot be tried.
    package static func areTimesFine() -> Bool {
        guard let file = try? Descriptor.memoryFile("times") else { return false }
        var (first, second, third) = (FileFacts(), FileFacts(), FileFacts())
        guard (try? file.writeAll([0])) != nil, first.look(descriptor: file.number) == 0,
            (try? file.writeAll([0])) != nil, second.look(descriptor: file.number) == 0,
            (try? file.writeAll([0])) != nil, third.look(descriptor: file.number) == 0
        else { return false }
        return first.modified != second.modified && second.modified != third.modified
    }

    /// AT_NO_AUTOMOUNT and AT_EMPTY_PATH.
    static let noAutomount: Int32 = 0x800
    static let emptyPath: Int32 = 0x1000

    /// The error with which somebody's filter (of a container) refuses statx(2) itself; 0 while none is known to.
    private static let refused = Atomic<Int32>(0)

    /// Not nil once a look has failed for no reason of the file's.
    package static var refusal: KernelError? {
        let number = refused.load(ordering: .relaxed)
        return number == 0 ? nil : KernelError(call: "statx", subject: "", number: number)
    }

    /// A file may have such an answer too (below `/proc/PID/map_files`). The root directory never has.
    private static func findRefusal(_ number: Int32, _ flags: Int32) {
        var (file, root) = (bj_file(), (CChar(0x2f), CChar(0)))
        let again = unsafe withUnsafeBytes(of: &root) { root in
            unsafe bj_look(
                HeldPlace.workingDirectory, root.baseAddress?.assumingMemoryBound(to: CChar.self), flags, &file)
        }
        if again == number { refused.store(number, ordering: .relaxed) }
    }
}

/// A place in the file system that is held for a moment (O_PATH), as a bare number.
package enum HeldPlace {
    package static var workingDirectory: Int32 { AT_FDCWD }

    /// - Parameter path: ended by a zero.
    /// - Returns: a descriptor that has to be given to `release`, or an error's number, negative.
    package static func hold(_ path: UnsafeRawPointer, at base: Int32 = workingDirectory, followsLink: Bool) -> Int32 {
        let flags = bj_o_path | O_CLOEXEC | (followsLink ? 0 : O_NOFOLLOW)
        let number = unsafe Glibc.openat(base, path.assumingMemoryBound(to: CChar.self), flags)
        return number < 0 ? -errno : number
    }

    /// The same for what an absolute path leads to without leaving the mount of the root.
    package static func holdOnRoot(_ path: UnsafeRawPointer, followsLink: Bool) -> Int32 {
        let flags = bj_o_path | O_CLOEXEC | (followsLink ? 0 : O_NOFOLLOW)
        let number = unsafe bj_hold_on_root(path.assumingMemoryBound(to: CChar.self), flags)
        return number < 0 ? -errno : number
    }

    /// Holds what is held already once more, which needs no right to it.
    package static func duplicate(_ held: Int32) -> Int32 {
        let number = Glibc.fcntl(held, F_DUPFD_CLOEXEC, 0)
        return number < 0 ? -errno : number
    }

    package static func release(_ number: Int32) { _ = Glibc.close(number) }

    /// Changes a file's owner to what it is, which copies a file of an overlay's lower layers and takes the set-user-id bit
    /// away.
    ///
    /// - Returns: 0 or the error's number.
    package static func touchOwner(_ path: UnsafeRawPointer, at base: Int32 = workingDirectory, followsLink: Bool)
        -> Int32
    {
        let flags = FileFacts.emptyPath | (followsLink ? 0 : AT_SYMLINK_NOFOLLOW)
        let name = unsafe path.assumingMemoryBound(to: CChar.self)
        return unsafe Glibc.fchownat(base, name, .max, .max, flags) == 0 ? 0 : errno
    }

    package static func touchOwner(_ held: Int32) -> Int32 {
        var empty: UInt8 = 0
        return unsafe touchOwner(&empty, at: held, followsLink: false)
    }

    /// Makes an empty file.
    ///
    /// - Parameter name: ended by a zero.
    /// - Returns: a descriptor, or an error's number, negative.
    package static func make(_ name: UnsafeRawPointer, at base: Int32, mode: UInt32) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        let number = unsafe Glibc.openat(base, name.assumingMemoryBound(to: CChar.self), flags, mode)
        return number < 0 ? -errno : number
    }

    /// The path that leads to a held place without links, and " (deleted)" where none does any more.
    ///
    /// - Returns: the length, or an error's number, negative: that of ENAMETOOLONG for more than 4095 bytes.
    package static func path(of held: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var name: InlineArray<32, UInt8> = InlineArray(repeating: 0)
        var count = 0
        for byte in "/proc/self/fd/".utf8 {
            name[count] = byte
            count += 1
        }
        var divisor: Int32 = 1
        while held / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            name[count] = UInt8(ascii: "0") + UInt8(held / divisor % 10)
            count += 1
            divisor /= 10
        }
        return unsafe withUnsafeBytes(of: name) { text in
            guard let start = text.baseAddress else { return -Int(EINVAL) }
            return unsafe readLink(start, into: buffer)
        }
    }

    /// Where a link leads to.
    ///
    /// - Parameter path: ended by a zero; empty for the base itself, if that is a link.
    /// - Returns: the length, at most that of the buffer, or an error's number, negative.
    package static func readLink(
        _ path: UnsafeRawPointer, at base: Int32 = workingDirectory, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard let start = buffer.baseAddress else { return -Int(EINVAL) }
        let count = unsafe Glibc.readlinkat(
            base, path.assumingMemoryBound(to: CChar.self), start.assumingMemoryBound(to: CChar.self), buffer.count)
        return count < 0 ? -Int(errno) : count
    }
}
