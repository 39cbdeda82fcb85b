package import BelljarControls
internal import BelljarKernel
package import BelljarModel
internal import BelljarPlan

/// Why this host refuses something that a sandbox needs, and what to do about it.
struct HostCause: Hashable {
    var words: String
    var remedy: String

    init(_ words: String, _ remedy: String) {
        self.words = words
        self.remedy = remedy
    }
}

extension HostCondition {
    private static let unpack =
        "in a container, its seccomp and AppArmor profiles must allow namespaces and mounts (docker: --security-opt "
        + "seccomp=unconfined --security-opt apparmor=unconfined)"

    /// The cause of a failure in the set-up of a sandbox; nil where the call and its answer are all that is to be said.
    func cause(_ stage: Stage, _ number: Int32, call: String, subject: String) -> HostCause? {
        let errno = Errno(rawValue: number)
        if let procFault {
            return HostCause(procFault, "mount it: mount -t proc proc /proc; a chroot needs its own")
        }
        if errno == .EROFS, subject.hasPrefix("/proc/") { return settingCause(errno) }
        let cause: HostCause? =
            switch stage {
            case .dropPrivileges where subject.hasPrefix("/proc/"): settingCause(errno)
            case .dropPrivileges: privilegeCause()
            case .mapIdentity,
                .timeNamespace where call != "unshare":
                settingCause(errno)
            case .userNamespace: userNamespaceCause(errno)
            case .mountNamespace, .otherNamespaces, .timeNamespace: namespaceCause(subject, errno)
            case .startFirstProcess where errno == .EAGAIN: processCause()
            case .mountScratch where call == "fsetxattr", .mountRoot where call == "fsetxattr":
                HostCause(
                    "the tmpfs of this kernel (\(kernelRelease)) has no user extended attributes",
                    "use kernel 6.6 or newer")
            case .mountProc where call != "openat2": procCause(errno)
            case .mountRoot, .mountBuild, .mountBinds: overlayCause(call, errno)
            case .reachCommand: reachCause()
            default: nil
            }
        return cause ?? generalCause(call, errno)
    }

    /// What any call can be answered.
    func generalCause(_ call: String, _ errno: Errno) -> HostCause? {
        // Every mount that is nowhere yet is in a mount namespace of its own.
        if errno == .ENOSPC, ["fsmount", "open_tree"].contains(call) { return limitCause("mount") }
        if let cause = filterCause(errno) { return cause }
        switch errno {
        case .ENOSYS:
            return HostCause("kernel \(kernelRelease) has no system call \(call)", "use kernel 6.6 or newer")
        case .EMFILE:
            guard let limit = try? ProcessLimits.current(.openFiles).hard else { return nil }
            return HostCause(
                "belljar may only have \(limit) files open (RLIMIT_NOFILE)",
                "raise the hard limit (ulimit -H -n, LimitNOFILE=) to 4096 or more")
        default: return nil
        }
    }

    /// A call that a seccomp filter of somebody else's answers is indistinguishable from one that the kernel answers so.
    private func filterCause(_ errno: Errno) -> HostCause? {
        guard isFiltered, [.EPERM, .ENOSYS, .EACCES, .EINVAL, .ENODEV, .EOPNOTSUPP, .EBUSY].contains(errno)
        else { return nil }
        return HostCause(
            "belljar was started under a seccomp filter, which may be the reason",
            "start belljar without the filter; " + Self.unpack)
    }

    // MARK: Accounts

    func privilegeCause() -> HostCause? {
        guard isInUserNamespace else { return nil }
        let wanted = account?.uid ?? effectiveUid
        guard !uids.contains(where: { $0.holds(wanted) }) else { return nil }
        let there = uids.map { $0.count == 1 ? "\($0.first)" : "\($0.first) and \($0.count - 1) after it" }
        return HostCause(
            "belljar is root of a user namespace that has no id \(wanted), which builds would run as; its ids are "
                + (there.isEmpty ? "none" : there.joined(separator: ", ")),
            "start belljar outside of it as an ordinary user (without `unshare -r`), or in one that maps its own id to itself "
                + "(`unshare -c`), or name an account that is there with --build-uid")
    }

    private func settingCause(_ errno: Errno) -> HostCause? {
        if mount(of: "/proc")?.options.contains("ro") ?? false {
            return HostCause("/proc is mounted read-only", "mount it read-write: mount -o remount,rw /proc")
        }
        let masks = maskedParts
        guard errno != .EPERM, !masks.isEmpty else { return nil }
        return HostCause(
            "something is mounted over parts of /proc: " + masks.joined(separator: ", "),
            "start belljar where nothing is mounted over /proc")
    }

    private func processCause() -> HostCause? {
        guard let limit = try? ProcessLimits.current(.processes).hard, limit < 1 << 40 else { return nil }
        return HostCause(
            "the account already has the \(limit) processes that it may have (RLIMIT_NPROC)",
            "raise the limit (ulimit -u, LimitNPROC=), or end other processes of the account")
    }

    // MARK: Namespaces

    /// As the kernel's sysctls abbreviate the kinds.
    static func limitName(of namespace: String) -> String {
        let short = ["mount": "mnt", "network": "net"][namespace] ?? namespace
        return "user.max_\(short)_namespaces"
    }

    func userNamespaceCause(_ errno: Errno) -> HostCause? {
        switch errno {
        case .ENOSPC, .EUSERS: return limitCause("user")
        case .EINVAL,
            .ENOSYS where !isFiltered:
            return HostCause("this kernel has no user namespaces", "use a kernel with CONFIG_USER_NS")
        case .EPERM, .EACCES: break
        default: return nil
        }
        if setting("kernel/unprivileged_userns_clone") == "0" {
            return HostCause(
                "the sysctl kernel.unprivileged_userns_clone is 0", "sysctl kernel.unprivileged_userns_clone=1")
        }
        if isInChroot {
            return HostCause(
                "belljar runs in a chroot, where the kernel makes no user namespaces",
                "start belljar outside of the chroot, or make its folder the root of a mount namespace (pivot_root; "
                    + "systemd-nspawn and bwrap do)")
        }
        if !uids.contains(where: { $0.holds(effectiveUid) }) {
            return HostCause(
                "belljar runs in a user namespace in which its own id is not mapped",
                "map it (`unshare -c`), or start belljar outside")
        }
        return securityCause() ?? filterCause(errno)
            ?? HostCause(
                "the kernel refuses user namespaces to this process: they are forbidden, or it is in a chroot",
                "start belljar outside of the chroot; if the administrator forbade them, allow this account to make user "
                    + "namespaces")
    }

    private func securityCause() -> HostCause? {
        if setting("kernel/apparmor_restrict_unprivileged_userns") == "1" {
            return HostCause(
                "AppArmor takes the capabilities from unprivileged user namespaces "
                    + "(kernel.apparmor_restrict_unprivileged_userns is 1)",
                "give belljar-init a profile that has `userns,` and all capabilities, or set sysctl "
                    + "kernel.apparmor_restrict_unprivileged_userns=0")
        }
        guard let securityLabel else { return nil }
        return HostCause(
            "a security module confines belljar (\(securityLabel))",
            "allow user namespaces, and capabilities and mounts in them, in that profile, or start belljar unconfined")
    }

    private func namespaceCause(_ kind: String, _ errno: Errno) -> HostCause? {
        switch errno {
        case .ENOSPC, .EUSERS: limitCause(kind)
        case .EPERM, .EACCES: securityCause()
        case .EINVAL where !isFiltered:
            HostCause(
                "this kernel has no namespaces of the kind \(kind)",
                "use a kernel with "
                    + (["cgroup": "CONFIG_CGROUPS", "time": "CONFIG_TIME_NS (5.6 or newer)"][kind]
                        ?? "CONFIG_\(kind.uppercased())_NS"))
        default: nil
        }
    }

    private func limitCause(_ kind: String) -> HostCause? {
        let name = Self.limitName(of: kind)
        guard let value = setting(name.replacing(".", with: "/")) else { return nil }
        if value == "0" { return HostCause("the sysctl \(name) is 0", "sysctl \(name)=1000") }
        return HostCause(
            "the account already has as many of these namespaces as it may: the limit is the sysctl \(name), \(value) here, "
                + "or that of a user namespace around this one",
            "raise sysctl \(name): every build needs two of them while it starts, and so does the archive reader")
    }

    // MARK: Mounts

    private func procCause(_ errno: Errno) -> HostCause? {
        guard errno == .EPERM || errno == .EROFS || errno == .EACCES else { return nil }
        let own = mounts.last { $0.place == "/proc" }
        if let own, own.options.contains("ro") || own.fileSystemOptions.contains("ro") {
            return HostCause(
                "/proc is mounted read-only, so the kernel mounts no new one",
                "mount it read-write: mount -o remount,rw /proc")
        }
        if let own, own.fileSystemOptions.contains("subset=pid") {
            return HostCause(
                "/proc is mounted with subset=pid, so the kernel mounts no complete one",
                "mount /proc without subset=pid")
        }
        let masks = maskedParts
        guard !masks.isEmpty else { return nil }
        return HostCause(
            "something is mounted over parts of /proc (" + masks.joined(separator: ", ")
                + "), so the kernel mounts no new one",
            "start belljar where nothing is mounted over /proc; a container needs an unmasked one (docker: --security-opt "
                + "systempaths=unconfined)")
    }

    private func overlayCause(_ call: String, _ errno: Errno) -> HostCause? {
        guard call.hasPrefix("fs"), !isFiltered else { return nil }
        switch errno {
        case .ENODEV: return HostCause("this kernel has no overlay file system", "modprobe overlay")
        case .EPERM: return securityCause()
        default: return nil
        }
    }

    // MARK: Processes

    /// PID 1 answers calls by reading and writing the memory of who asks.
    private func reachCause() -> HostCause? {
        if setting("kernel/yama/ptrace_scope") == "3" {
            return HostCause(
                "the sysctl kernel.yama.ptrace_scope is 3: no process may trace another one, not even as root",
                "set kernel.yama.ptrace_scope to 2 or less where it is set (/etc/sysctl.d), and restart the machine: a running "
                    + "one cannot lower it")
        }
        return filterCause(.EPERM) ?? securityCause()
    }
}

extension Account {
    /// Makes sure that belljar, started as root, can become this account: in a user namespace root is not root, and there are
    /// no other ids than those that somebody mapped.
    package func requireMapped() throws(BelljarError) {
        guard let cause = HostCondition.current(account: self).privilegeCause() else { return }
        throw BelljarError(
            .sandboxUnavailable, operation: "run builds as", subject: "uid \(uid)", stage: "account",
            answer: cause.words,
            remedy: cause.remedy)
    }
}

extension Sandbox {
    /// Makes sure that this host opens paths without following links (openat2(2)), as everything in a store is opened: an
    /// error about the store would not be the host's cause.
    package static func requireSafePaths() throws(BelljarError) {
        do throws(KernelError) {
            _ = try Descriptor.workingDirectory.open("/", .directory).openBeneath(".", .directory)
        } catch {
            let errno = error.errno
            guard [.ENOSYS, .EPERM].contains(errno) else { return }
            let cause = HostCondition.current(account: nil).generalCause("openat2", errno)
            throw BelljarError(
                .sandboxUnavailable, operation: "open paths with", subject: "openat2", stage: "open-store",
                answer: error.answer + (cause.map { ": " + $0.words } ?? ""),
                remedy: cause?.remedy ?? "use kernel 5.6 or later")
        }
    }
}

extension BelljarError {
    /// belljar-init was not started. If the host is the reason, no other attempt will do better.
    static func launching(_ operation: String, _ program: String, _ error: KernelError) -> BelljarError {
        let host = HostCondition.current(account: nil)
        let cause =
            error.call == "posix_spawn"
            ? host.launchCause(program, error.number)
            : host.generalCause(error.call, error.errno)
        return BelljarError(
            cause == nil ? .host : .sandboxUnavailable, operation: operation, subject: program, stage: "launch",
            answer: "\(error.call): \(error.answer)" + (cause.map { ": " + $0.words } ?? ""),
            remedy: cause?.remedy
                ?? "install belljar-init in the folder of belljar, or say where it is with $BELLJAR_INIT")
    }
}

extension HostCondition {
    /// Why `belljar-init` could not be started; nil if that is not known.
    func launchCause(_ program: String, _ number: Int32) -> HostCause? {
        switch Errno(rawValue: number) {
        case .EACCES:
            guard let mount = mount(of: program), mount.options.contains("noexec") else {
                return HostCause(
                    "belljar-init is not executable for this account",
                    "make it and the folders above it accessible: chmod 0755")
            }
            return HostCause(
                "belljar-init is on a file system that is mounted noexec (\(mount.place))",
                "install belljar where programs can be executed, or name a belljar-init in such a place with $BELLJAR_INIT"
            )
        case .ENOENT, .ENOTDIR:
            return HostCause(
                "there is no belljar-init", "install it in the folder of belljar, or say where it is with $BELLJAR_INIT"
            )
        case .ENOEXEC:
            return HostCause(
                "belljar-init is not a program for this machine",
                "install the belljar-init that was compiled with this belljar in its folder, or say where it is with $BELLJAR_INIT"
            )
        case .EAGAIN: return processCause()
        default: return nil
        }
    }
}
