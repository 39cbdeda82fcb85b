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
        try forbid(Ruleset(version: version))
        return version
    }

    /// Keeps signals and connections to abstract sockets of this process, and of all that it starts, to processes that are
    /// as confined as it is. Files and ports stay as they are. Wants CAP_SYS_ADMIN or no_new_privs.
    ///
    /// - Returns: false if the kernel has no Landlock, or one that knows no scopes (before version 6, kernel 6.12).
    package static func keepWithin() throws(KernelError) -> Bool {
        guard let version = try version(), version >= 6 else { return false }
        var rules = Ruleset(version: version)
        (rules.files, rules.ports) = (0, 0)
        try forbid(rules)
        return true
    }

    /// All that a version of Landlock can be told to forbid, and so much of the structure as it knows.
    struct Ruleset: Hashable {
        /// Rights to files (LANDLOCK_ACCESS_FS_*), to ports (LANDLOCK_ACCESS_NET_*), and scopes (LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
        /// and LANDLOCK_SCOPE_SIGNAL): all that there are, as bits from the lowest. The headers do not know the later ones.
        var files: UInt64
        var ports: UInt64
        var scopes: UInt64
        /// In bytes.
        let size: Int

        /// 2 brought moving between directories, 3 truncation, 5 ioctl on devices. 4 brought ports, 6 scopes.
        init(version: Int32) {
            let rights: UInt64 =
                switch version {
                case ...1: 13
                case 2: 14
                case 3, 4: 15
                default: 16
                }
            files = 1 << rights - 1
            (ports, scopes) = (version >= 4 ? 3 : 0, version >= 6 ? 3 : 0)
            size =
                switch version {
                case ...3: 8
                case 4, 5: 16
                default: 24
                }
        }
    }

    private static func version() throws(KernelError) -> Int32? {
        do throws(KernelError) {
            return try Host.landlockVersion()
        } catch  where [ENOSYS, EOPNOTSUPP].contains(error.number) {
            return nil
        }
    }

    private static func forbid(_ rules: Ruleset) throws(KernelError) {
        _ = try checked("landlock_restrict_self", "ruleset of \(rules.size) bytes") {
            bj_landlock_forbid(rules.files, rules.ports, rules.scopes, rules.size)
        }
    }
}
