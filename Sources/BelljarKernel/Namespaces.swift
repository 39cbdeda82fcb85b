internal import CLinux
internal import Glibc

/// Kinds of namespaces.
package struct Namespaces: OptionSet, Hashable, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let user = Namespaces(rawValue: Int32(CLONE_NEWUSER))
    package static let mount = Namespaces(rawValue: Int32(CLONE_NEWNS))
    /// Holds for children only: the first child becomes its pid 1.
    package static let pid = Namespaces(rawValue: Int32(CLONE_NEWPID))
    package static let network = Namespaces(rawValue: Int32(CLONE_NEWNET))
    package static let ipc = Namespaces(rawValue: Int32(CLONE_NEWIPC))
    package static let uts = Namespaces(rawValue: Int32(CLONE_NEWUTS))
    package static let cgroup = Namespaces(rawValue: Int32(CLONE_NEWCGROUP))
    /// Holds for children only.
    package static let time = Namespaces(rawValue: Int32(CLONE_NEWTIME))

    /// Moves the calling process into new namespaces. It must have one thread only: with more, a user namespace is
    /// refused (EINVAL).
    package func unshare() throws(KernelError) {
        _ = try checked("unshare", "\(rawValue)") { bj_unshare(rawValue) }
    }
}
