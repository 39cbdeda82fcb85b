internal import CCap
internal import CLinux
internal import Glibc

/// Who the calling process is. Only for a process with a single thread: the kernel keeps credentials for each thread.
package enum Credentials {
    package static func dropSupplementaryGroups() throws(KernelError) {
        _ = try checked("setgroups", "none") { setgroups(0, nil) }
    }

    /// Real, effective and saved group at once.
    package static func setGroup(_ gid: UInt32) throws(KernelError) {
        _ = try checked("setresgid", "\(gid)") { bj_set_group(gid) }
    }

    /// Real, effective and saved user at once.
    package static func setUser(_ uid: UInt32) throws(KernelError) {
        _ = try checked("setresuid", "\(uid)") { bj_set_user(uid) }
    }

    /// Whether others of the same user may trace this process and look into its `/proc` directory, whose files belong
    /// to root otherwise. A change of user switches it off.
    package static func setDumpable(_ isDumpable: Bool) throws(KernelError) {
        _ = try checked("prctl", "PR_SET_DUMPABLE \(isDumpable ? 1 : 0)") {
            bj_prctl(PR_SET_DUMPABLE, isDumpable ? 1 : 0, 0, 0, 0)
        }
    }

    /// Whether the capabilities that this thread has stay with it when it becomes another program (ambient, in the words of
    /// capabilities(7)). Not for longer than that one time.
    package static func keepCapabilitiesOverExec(_ keep: Bool) throws(KernelError) {
        _ = try checked("capset", keep ? "inheritable" : "not inheritable") { bj_keep_capabilities(keep ? 1 : 0) }
    }

    /// Gives up every capability in every set (permitted, effective, inheritable, ambient, bounding) and locks the
    /// secure bits, so that not even uid 0 or a file's capabilities bring one back.
    package static func dropCapabilities() throws(KernelError) {
        _ = try checked("cap_set_mode", "CAP_MODE_NOPRIV") { cap_set_mode(CAP_MODE_NOPRIV) }
    }
}
