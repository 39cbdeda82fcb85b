internal import BelljarKernel

/// A probe of belljar-init, and what to say if it fails.
struct HostProbe: Sendable {
    /// Also the name of the line.
    var name: String
    /// Whether a sandbox needs it; the others are used where they are.
    var isRequired = true
    /// The line without which this one cannot be available.
    var need: String?
    var remedy: String

    func feature(_ answer: ProbeAnswer, blockedBy: String?) -> HostFeature {
        switch answer {
        case .available(let finding):
            return HostFeature(name: name, state: .available, finding: finding, remedy: nil)
        case .missing(let finding):
            return HostFeature(
                name: name, state: isRequired ? .missing : .optionalMissing, finding: finding,
                remedy: blockedBy.map { "make \($0) available first" } ?? limitRemedy(finding) ?? remedy)
        }
    }

    /// The number of namespaces is limited, and that is the answer at the limit (unshare(2)).
    private func limitRemedy(_ finding: String) -> String? {
        guard name.hasSuffix("-namespace"), finding.contains("(ENOSPC)") else { return nil }
        return "raise sysctl " + HostCondition.limitName(of: String(name.prefix { $0 != "-" }))
    }

    /// All probes, what others need first.
    static var all: [HostProbe] { [starter, devices, settings] + namespaces + mounts + calls + filters + extras }

    private static let starter = HostProbe(
        name: "belljar-init",
        remedy:
            "install belljar-init in the folder of belljar, or name it with BELLJAR_INIT; its file system must not be "
            + "mounted noexec, and the account that builds run under must be able to read it")

    private static let settings = HostProbe(
        name: "settings", need: "belljar-init", remedy: SetupFailure.settingsRemedy)

    private static let devices = HostProbe(
        name: "devices", need: "belljar-init",
        remedy:
            "builds use the host's null, zero, full, random, urandom and tty: each has to be the right device, of mode 0666 "
            + "and on a mount without nodev; as root: rm -f /dev/null; mknod -m 0666 /dev/null c 1 3 (zero 1 5, full 1 7, "
            + "random 1 8, urandom 1 9, tty 5 0)")

    private static var namespaces: [HostProbe] {
        [
            HostProbe(name: "user-namespace", need: "belljar-init", remedy: userNamespaceRemedy()),
            namespace("mount-namespace", "CONFIG_NAMESPACES"),
            namespace("pid-namespace", "CONFIG_PID_NS"),
            namespace("network-namespace", "CONFIG_NET_NS"),
            namespace("ipc-namespace", "CONFIG_IPC_NS"),
            namespace("uts-namespace", "CONFIG_UTS_NS"),
            namespace("cgroup-namespace", "CONFIG_CGROUPS"),
            namespace("time-namespace", "CONFIG_TIME_NS (5.6 or later)"),
        ]
    }

    private static func namespace(_ name: String, _ option: String) -> HostProbe {
        HostProbe(
            name: name, need: "user-namespace",
            remedy: "use a kernel with \(option), and allow this account to make such namespaces")
    }

    private static let mounts = [
        HostProbe(
            name: "mount-api", need: "mount-namespace",
            remedy: "use kernel 5.12 or later (open_tree, move_mount, mount_setattr); in a container, its seccomp "
                + "profile must allow them"),
        HostProbe(
            name: "detached-program", need: "mount-api",
            remedy:
                "belljar-init must be allowed to execute itself from a mount of its own (execveat): in a container, by the "
                + "seccomp profile; with a security module, by its policy. If root starts belljar, the build account must be "
                + "able to enter the folder that belljar-init is in"),
        HostProbe(
            name: "tmpfs", need: "mount-api", remedy: "use a kernel with CONFIG_TMPFS"),
        HostProbe(
            name: "overlay", need: "tmpfs",
            remedy: "load the overlay module (modprobe overlay); unprivileged overlays over tmpfs need kernel 6.6 or "
                + "later, the first whose tmpfs keeps extended attributes of users"),
        HostProbe(
            name: "overlay-layers", isRequired: false, need: "overlay",
            remedy: "use a later kernel (lowerdir+); without it, all layers have to fit into one option of 255 bytes"),
        HostProbe(
            name: "proc", need: "pid-namespace",
            remedy:
                "the kernel only mounts a new /proc where nothing is mounted over the present one: start the container with an "
                + "unmasked /proc (docker: --security-opt systempaths=unconfined)"),
    ]

    private static let calls = [
        HostProbe(name: "inheritance", need: "belljar-init", remedy: SetupFailure.inheritanceRemedy),
        HostProbe(name: "openat2", need: "belljar-init", remedy: "use kernel 5.6 or later"),
        HostProbe(name: "pidfd", need: "belljar-init", remedy: "use kernel 5.3 or later"),
        HostProbe(name: "memory-file-seals", need: "belljar-init", remedy: "use a kernel with CONFIG_MEMFD_CREATE"),
        HostProbe(
            name: "fixed-addresses", need: "belljar-init",
            remedy: "in a container, the seccomp profile must allow personality(ADDR_NO_RANDOMIZE)"),
    ]

    private static let filters = [
        HostProbe(
            name: "seccomp", need: "belljar-init", remedy: "use a kernel (4.14 or later) with CONFIG_SECCOMP_FILTER"),
        HostProbe(
            name: "seccomp-notification", isRequired: false, need: "seccomp",
            remedy:
                "use kernel 5.0 or later, and start belljar where no other process handles its system calls (seccomp notification)"
        ),
        HostProbe(
            name: "seccomp-notification-killable", isRequired: false, need: "seccomp-notification",
            remedy: "use kernel 5.19 or later"),
        HostProbe(
            name: "seccomp-notification-sync", isRequired: false, need: "seccomp-notification",
            remedy: "use kernel 6.6 or later; without it notifications are slower"),
    ]

    private static let extras = [
        HostProbe(
            name: "cgroup-v2-delegation", isRequired: false, need: "belljar-init",
            remedy: "start belljar in a delegated cgroup: systemd-run --user --scope -p Delegate=yes belljar ...; "
                + "without it limits are enforced with rlimits and by polling"),
        HostProbe(
            name: "landlock", isRequired: false, need: "belljar-init",
            remedy: "use a kernel with CONFIG_SECURITY_LANDLOCK and landlock among its lsm= modules"),
        HostProbe(
            name: "pid-limit", isRequired: false, need: "proc",
            remedy: "use kernel 6.14 or later; without it the number of processes is limited by RLIMIT_NPROC alone"),
    ]

    /// What keeps user namespaces away, by the settings that hosts have for that.
    private static func userNamespaceRemedy() -> String {
        HostCondition.current(account: nil).userNamespaceCause(.EPERM).map { "\($0.words): \($0.remedy)" } ?? ""
    }
}
