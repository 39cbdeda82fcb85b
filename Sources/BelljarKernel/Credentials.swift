internal import CLinux
internal import Glibc

/// Who the calling process is.
package enum Credentials {
    /// Becomes this user and group for good, without supplementary groups. Only a privileged process may.
    ///
    /// A process that changed its ids is hidden from itself: its /proc files, the id maps among them, belong to root
    /// until the next exec. It is made visible again.
    package static func become(uid: UInt32, gid: UInt32) throws(KernelError) {
        _ = try checked("setgroups") { setgroups(0, nil) }
        _ = try checked("setresgid", "\(gid)") { bj_setresgid(gid) }
        _ = try checked("setresuid", "\(uid)") { bj_setresuid(uid) }
        _ = try checked("prctl", "PR_SET_DUMPABLE") { bj_prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) }
    }

    /// Moves the calling process, which must have one thread only, into a new user namespace. Inside it has these ids
    /// and every capability, outside it stays who it was.
    package static func enterUserNamespace(uid: UInt32, gid: UInt32) throws(KernelError) {
        // Read before: without a map, everybody in a new namespace is 65534.
        let (outerUid, outerGid) = (Host.effectiveUid, Host.effectiveGid)
        try Namespaces.user.unshare()
        // A group map needs this from a process without privileges (user_namespaces(7)).
        try write("deny", to: "/proc/self/setgroups")
        try write("\(uid) \(outerUid) 1", to: "/proc/self/uid_map")
        try write("\(gid) \(outerGid) 1", to: "/proc/self/gid_map")
    }

    private static func write(_ text: String, to path: String) throws(KernelError) {
        do throws(KernelError) {
            try Descriptor.workingDirectory.open(path, .write).writeAll(Array(text.utf8))
        } catch {
            throw KernelError(call: error.call, subject: path, number: error.number)
        }
    }
}
