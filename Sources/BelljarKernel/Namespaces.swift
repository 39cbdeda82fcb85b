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
