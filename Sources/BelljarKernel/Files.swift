internal import CLinux
internal import Glibc

// Opening, reading, writing: what is done to one open file. Names in directories are in FileNames.swift.

extension Descriptor {
    /// The base for paths as the process itself would resolve them. It is not a real descriptor and is never closed,
    /// because a global lives as long as the process.
    package static let workingDirectory = Descriptor(owning: AT_FDCWD)

    /// Opens a path relative to this directory (an absolute path ignores it).
    ///
    /// - Parameter mode: permissions of a file that is made, before the umask.
    package func open(
        _ name: some PathName, _ flags: OpenFlags = .read, mode: UInt32 = 0o600
    ) throws(KernelError) -> Descriptor {
        let made = try unsafe checked("openat", name: name) { unsafe Glibc.openat(number, $0, flags.kernelFlags, mode) }
        return Descriptor(owning: made)
    }

    /// Opens what is at a relative path of several components below this directory; ELOOP if any of them is a symbolic
    /// link, EXDEV if the path climbs out (openat2(2), kernel >= 5.6).
    package func openBeneath(_ path: some PathName, _ flags: OpenFlags = .read) throws(KernelError) -> Descriptor {
        let made = try unsafe checked("openat2", name: path) { unsafe bj_open_beneath(number, $0, flags.kernelFlags) }
        return Descriptor(owning: made)
    }

    /// Opens what a path relative to this directory leads to, symbolic links followed, but none of those of `/proc` that
    /// stand for what a process has open, runs or stands in (ELOOP).
    package func openWithoutMagic(_ path: some PathName, _ flags: OpenFlags = .read) throws(KernelError) -> Descriptor {
        let following = flags.union(.followingLinks).kernelFlags
        let made = try unsafe checked("openat2", name: path) { unsafe bj_open_without_magic(number, $0, following) }
        return Descriptor(owning: made)
    }

    /// A second descriptor of the same open file, close-on-exec.
    package func duplicate() throws(KernelError) -> Descriptor {
        Descriptor(owning: try checked("fcntl", "F_DUPFD_CLOEXEC") { fcntl(number, F_DUPFD_CLOEXEC, Int32(0)) })
    }

    /// Reads at most as much as fits; 0 at the end of the file.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(KernelError) -> Int {
        try checked("read", "\(number)") { unsafe Glibc.read(number, buffer.baseAddress, buffer.count) }
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(KernelError) -> Int {
        try checked("pread", "\(number)") {
            unsafe Glibc.pread(number, buffer.baseAddress, buffer.count, off_t(clamping: offset))
        }
    }

    /// For files of any length: what one read gives, at most `count` bytes; nothing at the end of the file.
    package func readSome(atMost count: Int) throws(KernelError) -> [UInt8] {
        try EndWish.check("read", "\(number)")
        var bytes: [UInt8] = []
        _ = try appendBytes(to: &bytes, atMost: count)
        return bytes
    }

    /// Everything up to the end; EFBIG if that is more than `limit` bytes.
    package func readAll(limit: Int) throws(KernelError) -> [UInt8] {
        var bytes: [UInt8] = []
        // One byte more than the file is said to hold, so that a file which is as long as it says needs one more call
        // only to see the end. Files of /proc say 0.
        let expected = min(Int(clamping: (try? status().size) ?? 0), 1 << 20)
        var chunk = min(max(expected + 1, 4096), 1 << 20, max(limit, 1))
        while true {
            let count = try appendBytes(to: &bytes, atMost: chunk)
            if count == 0 { return bytes }
            guard bytes.count <= limit else {
                throw KernelError(call: "read", subject: "\(number)", number: EFBIG)
            }
            chunk = min(chunk, max(limit - bytes.count + 1, 1))
        }
    }

    /// Reads once, at most `count` bytes, and appends them; answers how many came, 0 at the end of the file.
    package func appendBytes(to bytes: inout [UInt8], atMost count: Int) throws(KernelError) -> Int {
        let start = bytes.count
        bytes += [UInt8](repeating: 0, count: count)
        let got: Int
        do {
            got = try checked("read", "\(number)") {
                unsafe bytes.withUnsafeMutableBytes { room in
                    unsafe Glibc.read(number, room.baseAddress.map { unsafe $0 + start }, count)
                }
            }
        } catch {
            bytes.removeLast(count)
            throw error
        }
        bytes.removeLast(count - got)
        return got
    }

    /// Writes all of it.
    package func writeAll(_ bytes: UnsafeRawBufferPointer) throws(KernelError) {
        var done = 0
        while done < bytes.count {
            done += try checked("write", "\(number)") {
                unsafe Glibc.write(number, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
            }
        }
    }

    package func writeAll(_ bytes: [UInt8]) throws(KernelError) {
        var failure: KernelError?
        unsafe bytes.withUnsafeBytes { buffer in
            do throws(KernelError) { try unsafe writeAll(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Content and metadata are on the disk when this returns.
    package func synchronize() throws(KernelError) { _ = try checked("fsync", "\(number)") { fsync(number) } }

    /// Everything that was written to the file system of this file is on the disk when this returns.
    package func synchronizeFileSystem() throws(KernelError) {
        _ = try checked("syncfs", "\(number)") { bj_syncfs(number) }
    }

    package func status() throws(KernelError) -> FileStatus {
        var found = stat()
        _ = try checked("fstat", "\(number)") { unsafe fstat(number, &found) }
        guard let status = FileStatus(found) else {
            throw KernelError(call: "fstat", subject: "\(number)", number: EINVAL)
        }
        return status
    }

    package func setPermissions(_ permissions: UInt32) throws(KernelError) {
        _ = try checked("fchmod", "\(number)") { fchmod(number, permissions) }
    }

    package func setOwner(uid: UInt32, gid: UInt32) throws(KernelError) {
        _ = try checked("fchown", "\(number)") { fchown(number, uid, gid) }
    }

    /// Sets the times of last access and of last change of content.
    package func setTimes(_ time: FileTime) throws(KernelError) {
        let pair = time.pair
        _ = try checked("futimens", "\(number)") { unsafe futimens(number, pair) }
    }

    package func truncate(to size: UInt64) throws(KernelError) {
        _ = try checked("ftruncate", "\(number)") { ftruncate(number, off_t(clamping: size)) }
    }

    package func seek(to offset: UInt64) throws(KernelError) {
        _ = try checked("lseek", "\(number)") { lseek(number, off_t(clamping: offset), SEEK_SET) }
    }

    // MARK: Locks

    package enum Lock: Sendable { case shared, exclusive }

    /// Takes a lock that belongs to the open file and goes with its last descriptor (flock(2)); waits for it.
    package func lock(_ lock: Lock) throws(KernelError) {
        _ = try checked("flock", "\(number)") { flock(number, lock == .shared ? LOCK_SH : LOCK_EX) }
    }

    /// Takes a lock only if nobody holds one that excludes it; false if somebody does.
    package func tryLock(_ lock: Lock) throws(KernelError) -> Bool {
        do {
            _ = try checked("flock", "\(number)") { flock(number, (lock == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) }
            return true
        } catch {
            guard error.number == EWOULDBLOCK else { throw error }
            return false
        }
    }

    package func unlock() throws(KernelError) { _ = try checked("flock", "\(number)") { flock(number, LOCK_UN) } }

    // MARK: The file system

    /// Whether the open file has this extended attribute (`security.capability`).
    package func hasAttribute(_ attribute: String) throws(KernelError) -> Bool {
        do {
            _ = try unsafe checked("fgetxattr", name: attribute) { unsafe bj_fgetxattr_size(number, $0) }
            return true
        } catch {
            guard [ENODATA, EOPNOTSUPP].contains(error.number) else { throw error }
            return false
        }
    }

    /// Names of the open file's extended attributes, as far as this process may see them.
    package func attributes() throws(KernelError) -> [String] {
        // XATTR_LIST_MAX bounds the list (linux/limits.h), and hardly any file has one.
        var buffer: [UInt8] = []
        do {
            let size = try checked("flistxattr", "\(number)") { bj_flistxattr(number, nil, 0) }
            guard size > 0 else { return [] }
            buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = try checked("flistxattr", "\(number)") { unsafe bj_flistxattr(number, &buffer, buffer.count) }
            return buffer[..<count].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        } catch {
            guard error.number == EOPNOTSUPP else { throw error }
            return []
        }
    }

    package func fileSystem() throws(KernelError) -> FileSystemStatus {
        var found = bj_filesystem()
        _ = try checked("fstatfs", "\(number)") { unsafe bj_fstatfs(number, &found) }
        return FileSystemStatus(
            totalBytes: FileSystemStatus.bytes(in: found.blocks, of: found.block_size),
            availableBytes: FileSystemStatus.bytes(in: found.available_blocks, of: found.block_size),
            freeInodes: found.free_inodes, type: found.type, isReadOnly: found.flags & 1 != 0)
    }
}

extension FileTime {
    /// Access and modification time alike, as utimensat takes them.
    var pair: [timespec] {
        [timespec](repeating: timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds)), count: 2)
    }
}

/// As `checked` without a name, for calls that take one; EINVAL for a name that holds a NUL.
func checked<Result: FixedWidthInteger>(
    _ call: String, name: some PathName, _ body: (UnsafePointer<CChar>) -> Result
) throws(KernelError) -> Result {
    var holdsNul = false
    let result = try checked(call, name.displayName) { () -> Result in
        if let answer = unsafe name.withPathPointer({ unsafe body($0) }) { return answer }
        holdsNul = true
        return 0
    }
    if holdsNul { throw KernelError(call: call, subject: name.displayName, number: EINVAL) }
    return result
}
