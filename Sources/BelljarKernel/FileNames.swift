internal import CLinux
internal import Glibc

// What is done to names in a directory, relative to an open one and never through a symbolic link.

/// One name in a directory.
package struct DirectoryEntry: Hashable, Sendable {
    /// Not `.` or `..`; any bytes but `/` and NUL.
    package var name: [UInt8]
    /// As the directory says it, without looking at the file; nil where the file system does not tell.
    package var kind: FileKind?
}

extension DirectoryEntry: Comparable {
    /// By the bytes of their names.
    package static func < (first: DirectoryEntry, second: DirectoryEntry) -> Bool {
        let (one, other) = (first.name, second.name)
        let order = unsafe memcmp(one, other, min(one.count, other.count))
        return order == 0 ? one.count < other.count : order < 0
    }
}

extension Descriptor {
    /// Status of what the name stands for, a link itself if it is one.
    package func status(of name: some PathName) throws(KernelError) -> FileStatus {
        var found = stat()
        _ = try unsafe checked("fstatat", name: name) { unsafe fstatat(number, $0, &found, AT_SYMLINK_NOFOLLOW) }
        guard let status = FileStatus(found) else {
            throw KernelError(call: "fstatat", subject: name.displayName, number: EINVAL)
        }
        return status
    }

    /// As `status(of:)`, or nil if there is nothing of that name.
    package func statusIfPresent(of name: some PathName) throws(KernelError) -> FileStatus? {
        do { return try status(of: name) } catch {
            guard error.number == ENOENT else { throw error }
            return nil
        }
    }

    /// Makes a directory; EEXIST if there is something of that name.
    package func makeDirectory(_ name: some PathName, mode: UInt32 = 0o755) throws(KernelError) {
        _ = try unsafe checked("mkdirat", name: name) { unsafe mkdirat(number, $0, mode) }
    }

    /// Makes a directory unless something of that name is there already; true if it was made.
    package func makeDirectoryIfMissing(_ name: some PathName, mode: UInt32 = 0o755) throws(KernelError) -> Bool {
        do {
            try makeDirectory(name, mode: mode)
            return true
        } catch {
            guard error.number == EEXIST else { throw error }
            return false
        }
    }

    /// Removes a name that is no directory.
    package func unlink(_ name: some PathName) throws(KernelError) {
        _ = try unsafe checked("unlinkat", name: name) { unsafe unlinkat(number, $0, 0) }
    }

    /// Removes an empty directory.
    package func removeDirectory(_ name: some PathName) throws(KernelError) {
        _ = try unsafe checked("unlinkat", name: name) { unsafe unlinkat(number, $0, AT_REMOVEDIR) }
    }

    /// Gives the file another name, replacing what had it.
    package func rename(
        _ name: some PathName, to directory: borrowing Descriptor, as target: some PathName
    ) throws(KernelError) {
        let to = directory.number
        _ = try unsafe checked("renameat", name: name, target) { unsafe renameat(number, $0, to, $1) }
    }

    /// Gives the file another name; EEXIST if something has it already.
    package func renameNew(
        _ name: some PathName, to directory: borrowing Descriptor, as target: some PathName
    ) throws(KernelError) {
        let to = directory.number
        _ = try unsafe checked("renameat2", name: name, target) { unsafe bj_rename_noreplace(number, $0, to, $1) }
    }

    /// Swaps two names in one step.
    package func exchange(
        _ name: some PathName, with target: some PathName, in directory: borrowing Descriptor
    ) throws(KernelError) {
        let to = directory.number
        _ = try unsafe checked("renameat2", name: name, target) { unsafe bj_rename_exchange(number, $0, to, $1) }
    }

    /// Gives the file (a link itself, if it is one) a second name; EEXIST if something has it already.
    package func link(
        _ name: some PathName, to directory: borrowing Descriptor, as target: some PathName
    ) throws(KernelError) {
        let to = directory.number
        _ = try unsafe checked("linkat", name: name, target) { unsafe linkat(number, $0, to, $1, 0) }
    }

    /// Gives this open, nameless file its first name; EEXIST if something has it already.
    package func linkSelf(to directory: borrowing Descriptor, as target: some PathName) throws(KernelError) {
        // AT_EMPTY_PATH would need CAP_DAC_READ_SEARCH; the descriptor's name in /proc needs nothing (open(2)).
        let to = directory.number
        _ = try unsafe checked("linkat", name: "/proc/self/fd/\(number)", target) {
            unsafe linkat(AT_FDCWD, $0, to, $1, AT_SYMLINK_FOLLOW)
        }
    }

    package func makeSymlink(_ name: some PathName, target: some PathName) throws(KernelError) {
        _ = try unsafe checked("symlinkat", name: target, name) { unsafe symlinkat($0, number, $1) }
    }

    /// Makes a FIFO.
    package func makeFifo(_ name: some PathName, mode: UInt32 = 0o600) throws(KernelError) {
        _ = try unsafe checked("mkfifoat", name: name) { unsafe mkfifoat(number, $0, mode) }
    }

    /// Makes the character device 0:0, which stands for a removed file in overlayfs and which an ordinary user may
    /// make.
    package func makeWhiteout(_ name: some PathName) throws(KernelError) {
        _ = try unsafe checked("mknodat", name: name) { unsafe mknodat(number, $0, S_IFCHR, 0) }
    }

    /// Makes a UNIX socket that nobody listens on.
    package func makeSocket(_ name: some PathName, mode: UInt32 = 0o600) throws(KernelError) {
        _ = try unsafe checked("mknodat", name: name) { unsafe mknodat(number, $0, S_IFSOCK | mode, 0) }
    }

    /// The target of a symbolic link, as bytes.
    package func readLink(_ name: some PathName) throws(KernelError) -> [UInt8] {
        // PATH_MAX bounds the target of any link on Linux, its terminator included.
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = try unsafe checked("readlinkat", name: name) {
            unsafe readlinkat(number, $0, &buffer, buffer.count)
        }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }

    /// Sets the permissions of what the name stands for. Follows a link (fchmodat(2) knows no other way), so only for
    /// names that are known to be none.
    package func setPermissions(of name: some PathName, _ permissions: UInt32) throws(KernelError) {
        _ = try unsafe checked("fchmodat", name: name) { unsafe fchmodat(number, $0, permissions, 0) }
    }

    /// Sets the owner of what the name stands for, a link itself if it is one.
    package func setOwner(of name: some PathName, uid: UInt32, gid: UInt32) throws(KernelError) {
        _ = try unsafe checked("fchownat", name: name) { unsafe fchownat(number, $0, uid, gid, AT_SYMLINK_NOFOLLOW) }
    }

    /// Sets access and modification time of what the name stands for, a link itself if it is one.
    package func setTimes(of name: some PathName, _ time: FileTime) throws(KernelError) {
        let pair = time.pair
        _ = try unsafe checked("utimensat", name: name) { unsafe utimensat(number, $0, pair, AT_SYMLINK_NOFOLLOW) }
    }

    /// Everything in this directory in the file system's order, without `.` and `..`; EOVERFLOW if it is more than
    /// `limit` names, EFBIG if these have more than `nameBytes` bytes together.
    package func entries(limit: Int = .max, nameBytes: Int = .max) throws(KernelError) -> [DirectoryEntry] {
        try EndWish.check("getdents64", "\(number)")
        return try entriesToTheEnd(limit: limit, nameBytes: nameBytes)
    }

    /// As `entries`, also when this process is to end: for cleaning up.
    func entriesToTheEnd(limit: Int = .max, nameBytes: Int = .max) throws(KernelError) -> [DirectoryEntry] {
        try seek(to: 0)
        var entries: [DirectoryEntry] = []
        var bytes = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 15)
        while true {
            let size = buffer.count
            let count = try checked("getdents64", "\(number)") { unsafe bj_getdents(number, &buffer, size) }
            if count == 0 { return entries }
            let known = entries.count
            Descriptor.parseEntries(buffer[..<count], into: &entries)
            guard entries.count <= limit else {
                throw KernelError(call: "getdents64", subject: "\(number)", number: EOVERFLOW)
            }
            bytes += entries[known...].reduce(0) { $0 + $1.name.count }
            guard bytes <= nameBytes else {
                throw KernelError(call: "getdents64", subject: "\(number)", number: EFBIG)
            }
        }
    }

    /// `struct linux_dirent64` (getdents(2)): inode 8 bytes, offset 8, record length 2, type 1, name with its NUL.
    static func parseEntries(_ records: ArraySlice<UInt8>, into entries: inout [DirectoryEntry]) {
        var start = records.startIndex
        while start + 19 <= records.endIndex {
            let length = Int(records[start + 16]) | Int(records[start + 17]) << 8
            guard length >= 19, start + length <= records.endIndex else { return }
            let name = Array(records[(start + 19)..<(start + length)].prefix { $0 != 0 })
            // DT_* is the file type of the mode shifted down by twelve (dirent.h, IFTODT).
            let kind = FileKind(mode: UInt32(records[start + 18]) << 12)
            start += length
            if name == [UInt8(ascii: ".")] || name == Array("..".utf8) { continue }
            entries.append(DirectoryEntry(name: name, kind: kind))
        }
    }
}

/// As `checked` with one name, for calls that take two.
func checked<Result: FixedWidthInteger>(
    _ call: String, name: some PathName, _ other: some PathName,
    _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Result
) throws(KernelError) -> Result {
    var holdsNul = false
    let result = try unsafe checked(call, name: name) { first -> Result in
        if let answer = unsafe other.withPathPointer({ unsafe body(first, $0) }) { return answer }
        holdsNul = true
        return 0
    }
    if holdsNul { throw KernelError(call: call, subject: other.displayName, number: EINVAL) }
    return result
}

/// What a file is called in a folder of the user's while it is written: a name that nobody's file has. It is made with `.exclusive`,
/// so that whatever is there stays as it is, and gets its own name when it is complete.
package struct PartName: Sendable {
    /// `.belljar-part-5e0c1f...`, 64 random bits.
    package let text: String

    private static let prefix = ".belljar-part-"
    private static let digits = 16

    package init() {
        let number = String(UInt64.random(in: 0 ... .max), radix: 16)
        text = Self.prefix + String(repeating: "0", count: Self.digits - number.utf8.count) + number
    }

    /// - Returns: nil for what is no such name.
    package init?(_ text: String) {
        let rest = text.dropFirst(Self.prefix.count)
        guard text.hasPrefix(Self.prefix), rest.utf8.count == Self.digits, rest.allSatisfy(\.isHexDigit) else {
            return nil
        }
        self.text = text
    }
}

extension Descriptor {
    /// Gives a file of this directory another content, durably, as a whole or not at all.
    package func replace(_ name: String, with content: [UInt8]) throws(KernelError) {
        let temporary = PartName().text
        let file = try open(temporary, [.write, .create, .exclusive], mode: 0o644)
        do throws(KernelError) {
            try file.writeAll(content)
            try file.synchronize()
            try rename(temporary, to: self, as: name)
        } catch {
            try? unlink(temporary)
            throw error
        }
        try synchronize()
    }
}
