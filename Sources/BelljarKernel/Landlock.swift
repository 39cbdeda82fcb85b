internal import CLinux
internal import Glibc

/// Landlock (landlock(7)): a process gives up rights that it has as its user.
package enum Landlock {
    /// Gives up every right to files, ports and processes outside that this kernel's Landlock knows of; what is open
    /// stays open. Wants `Seccomp.setNoNewPrivileges` before it.
    ///
    /// - Returns: the version of Landlock; nil if the kernel has none, or it is switched off.
    package static func forbidEverything() throws(KernelError) -> Int32? {
        guard let version = try version() else { return nil }
        // How many of the numbered rights to files each version has: 2 brought moving between directories, 3 truncation,
        // 5 ioctl on devices. 4 brought ports, 6 scopes.
        let rights: UInt64 =
            switch version {
            case ...1: 13
            case 2: 14
            case 3, 4: 15
            default: 16
            }
        let size =
            switch version {
            case ...3: 8
            case 4, 5: 16
            default: 24
            }
        try forbid(files: 1 << rights - 1, ports: version >= 4 ? 3 : 0, scopes: version >= 6 ? scopes : 0, size)
        return version
    }

    /// Keeps signals and connections to abstract sockets of this process, and of all that it starts, to processes that are
    /// as confined as it is. Files and ports stay as they are. Wants CAP_SYS_ADMIN or no_new_privs.
    ///
    /// - Returns: false if the kernel has no Landlock, or one that knows no scopes (before version 6, kernel 6.12).
    package static func keepWithin() throws(KernelError) -> Bool {
        guard let version = try version(), version >= 6 else { return false }
        try forbid(files: 0, ports: 0, scopes: scopes, 24)
        return true
    }

    /// LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and LANDLOCK_SCOPE_SIGNAL, which the headers do not know yet.
    private static let scopes: UInt64 = 3

    private static func version() throws(KernelError) -> Int32? {
        do throws(KernelError) {
            return try Host.landlockVersion()
        } catch  where [ENOSYS, EOPNOTSUPP].contains(error.number) {
            return nil
        }
    }

    /// - Parameter size: of the part of the structure that this kernel's version knows, in bytes.
    private static func forbid(files: UInt64, ports: UInt64, scopes: UInt64, _ size: Int) throws(KernelError) {
        _ = try checked("landlock_restrict_self", "ruleset of \(size) bytes") {
            bj_landlock_forbid(files, ports, scopes, size)
        }
    }
}
