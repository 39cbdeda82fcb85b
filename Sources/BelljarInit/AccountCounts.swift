internal import BelljarKernel

/// What the kernel counts for an account, over all its sandboxes and its programs on the host together: one build must not
/// use it up for the others. A user namespace can have limits of its own below the account's.
enum AccountCounts {
    /// Of a sandbox; the host has 4096, of which 1024 are for itself (kernel.pty).
    static let terminals = 256
    /// The host has 128 for an account as a rule (fs.inotify), and many programs want one.
    private static let watchers: [(name: String, most: Int)] = [
        ("max_inotify_instances", 16), ("max_inotify_watches", 65536),
    ]
    /// With nested namespaces; without, none can be made, which the system call filters see to as well. A mount that is not
    /// attached yet has a mount namespace, so some of those have to be there.
    private static let namespaces = 1024

    /// - Parameter proc: a writable mount of `/proc`, seen from inside the user namespace.
    static func limit(_ proc: borrowing Descriptor, allowsNesting: Bool) throws(KernelError) {
        let nested = allowsNesting ? namespaces : 0
        let limits =
            watchers + [
                ("max_user_namespaces", nested), ("max_pid_namespaces", nested), ("max_mnt_namespaces", namespaces),
            ]
        for (name, most) in limits {
            let path = "sys/user/\(name)"
            // A kernel without inotify has nothing to count.
            guard try proc.statusIfPresent(of: path) != nil else { continue }
            try proc.open(path, .write).writeAll(Array("\(most)".utf8))
        }
    }
}
