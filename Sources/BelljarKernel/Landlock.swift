internal import CLinux
internal import Glibc

/// Landlock (landlock(7)): a process gives up rights that it has as its user.
package enum Landlock {
    /// Gives up every right to files, ports and processes outside that this kernel's Landlock knows of; what is open
    /// stays open. Wants `Seccomp.setNoNewPrivileges` before it.
    ///
    /// - Returns: the version of Landlock; nil if the kernel has none, or it is switched off.
    package static func forbidEverything() throws(KernelError) -> Int32? {
        let version: Int32
        do throws(KernelError) {
            version = try Host.landlockVersion()
        } catch  where [ENOSYS, EOPNOTSUPP].contains(error.number) {
            return nil
        }
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
        _ = try checked("landlock_restrict_self", "version \(version)") {
            bj_landlock_forbid(1 << rights - 1, version >= 4 ? 3 : 0, version >= 6 ? 3 : 0, size)
        }
        return version
    }
}
