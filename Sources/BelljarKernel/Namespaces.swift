internal import CLinux
internal import Glibc

/// The kinds of namespaces a sandbox has of its own: all there are.
package enum Namespace: String, Hashable, Sendable, CaseIterable {
    case user, mount, pid, net, ipc, uts, cgroup, time

    private var flag: Int32 {
        switch self {
        case .user: bj_new_user
        case .mount: bj_new_mount
        case .pid: bj_new_pid
        case .net: bj_new_net
        case .ipc: bj_new_ipc
        case .uts: bj_new_uts
        case .cgroup: bj_new_cgroup
        case .time: bj_new_time
        }
    }

    /// Moves the calling process into a new namespace of this kind; for `pid` and `time` only its later children.
    /// Only for a process with a single thread: the kernel answers EINVAL for `user` and `time` otherwise.
    package func unshare() throws(KernelError) {
        _ = try checked("unshare", rawValue) { bj_unshare(flag) }
    }
}

/// Names of the machine, in a uts namespace of one's own.
package enum HostNames {
    package static func set(host: String) throws(KernelError) {
        _ = try checked("sethostname", host) { unsafe sethostname(host, host.utf8.count) }
    }

    package static func set(domain: String) throws(KernelError) {
        _ = try checked("setdomainname", domain) { unsafe setdomainname(domain, domain.utf8.count) }
    }
}

/// The network of a namespace of one's own.
package enum Network {
    /// Brings up the loopback, by which it gets its addresses.
    package static func raiseLoopback() throws(KernelError) {
        _ = try checked("ioctl", "SIOCSIFFLAGS lo") { bj_raise_loopback() }
    }
}

/// Interpreters of programs that the kernel does not know (binfmt_misc), which somebody registered.
package enum BinaryFormats {
    /// Gives the user namespace of this process formats of its own, of which there are none. Without, those of the host are
    /// in force: a build would run programs of other machines where somebody installed an emulator, and with the flag `F`
    /// the file that runs then is one of the host's.
    ///
    /// - Returns: false if this kernel does not keep them apart (before 6.7), and may have some.
    package static func leaveHosts() throws(KernelError) -> Bool {
        do throws(KernelError) {
            try Descriptor.touchFileSystem("binfmt_misc")
            return true
        } catch {
            // ENODEV: it has none at all.
            if error.number == ENODEV { return true }
            guard error.number == EPERM else { throw error }
            return false
        }
    }
}
