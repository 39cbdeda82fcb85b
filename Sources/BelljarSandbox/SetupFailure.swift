internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan

/// What init reported when it could not go on.
struct SetupFailure: Hashable {
    var stage: Stage
    /// errno; 0 where no system call failed.
    var number: Int32
    var call: String
    var subject: String

    /// The error that the user gets. Whether the host lacks something or the request names something that is not
    /// there is told by the stage and the errno.
    func error() -> BelljarError {
        if stage == .checkDevices || stage == .checkSettings || isLimit { return hostError() }
        return BelljarError(
            code, operation: stage == .commandExecute ? "run the command" : "set up the sandbox:",
            subject: stage == .commandExecute || subject.isEmpty ? "\(subject)" : "\(call) \(subject)",
            stage: stage.name, answer: number == 0 ? "no answer" : ErrorNumber.describe(number), remedy: remedy)
    }

    /// Whether it is about a limit of the account, with what is wrong about it behind the limit's name.
    private var isLimit: Bool { stage == .inheritance && subject.hasPrefix("RLIMIT_") }

    /// Of something of the host that is there, and is not as builds need it. The subject may have words behind its name.
    private func hostError() -> BelljarError {
        let parts = subject.split(separator: ": ", maxSplits: 1).map(String.init)
        let name = parts.first ?? subject
        let (operation, remedy) =
            switch stage {
            case .checkDevices: ("use the host's device", Self.deviceRemedy(name))
            case .checkSettings: ("build under the host's setting", Self.settingsRemedy)
            default: ("have the account's limit", Self.inheritanceRemedy)
            }
        return BelljarError(
            .sandboxUnavailable, operation: operation, subject: name, stage: stage.name,
            answer: parts.count == 2 ? parts[1] : "\(call): \(ErrorNumber.describe(number))", remedy: remedy)
    }

    static let settingsRemedy =
        "set it with sysctl, as root (of a container: from outside); with this value builds fail that succeed elsewhere, or see "
        + "something else than they are told"

    /// - Parameter path: `/dev/null`.
    static func deviceRemedy(_ path: String) -> String {
        let device = HostDevice.all.first { $0.path == path }
        let made = device.map { "rm -f \(path); mknod -m 0666 \(path) \($0.nodeArguments)" } ?? "make it anew"
        return "make it anew, as root: \(made) (where /dev belongs to a container, start that with a /dev of its own, "
            + "on a mount without nodev)"
    }

    private var code: ErrorCode {
        if isPlaceMissing { return .usage }
        return switch stage {
        case .readPlan, .supervise, .collect: .internal
        case .commandExecute, .commandDirectory, .mountBinds, .openSources: isMissing ? .usage : .sandboxUnavailable
        // The number of namespaces is limited, and ENOSPC is the answer at the limit (unshare(2)): no disk is full.
        case .userNamespace, .mountNamespace, .otherNamespaces, .timeNamespace: .sandboxUnavailable
        default: ["ENOSPC", "ENOMEM", "EDQUOT"].contains(symbol) ? .host : .sandboxUnavailable
        }
    }

    private var symbol: String? { ErrorNumber.symbol(number) }

    /// Whether the request names something that is not there or cannot be used, rather than the host lacking a feature.
    private var isMissing: Bool {
        ["ENOENT", "ENOTDIR", "EACCES", "ENOEXEC", "ELOOP"].contains(symbol)
    }

    /// Whether the root lacks a directory to mount something on, or has a link in its place.
    private var isPlaceMissing: Bool {
        [.mountScratch, .mountDevices, .mountProc, .mountBuild].contains(stage) && call == "openat2"
    }

    static let inheritanceRemedy =
        "give whoever starts belljar a higher hard limit (`ulimit -H`, /etc/security/limits.conf, LimitNOFILE= and the like of a "
        + "service), and forbid it nothing (MemoryDenyWriteExecute=)"

    private var remedy: String? {
        if isPlaceMissing {
            return "the root must have a real directory there, and no symbolic link: make the toolchain's image anew"
        }
        return switch stage {
        case .userNamespace, .mapIdentity:
            """
            allow user namespaces for this user: sysctl kernel.unprivileged_userns_clone=1 where it exists, \
            user.max_user_namespaces above 0, and on hosts with AppArmor kernel.apparmor_restrict_unprivileged_userns=0 \
            or a profile for belljar-init; `belljar doctor` shows which it is
            """
        case .mountNamespace, .otherNamespaces, .timeNamespace, .startFirstProcess:
            "raise the user.max_*_namespaces limits, and use a kernel with all namespaces (5.6 or newer); "
                + "`belljar doctor` shows which one is missing"
        case .detachProgram:
            isMissing
                ? "the account that builds run as must be able to search the folder that belljar-init is in; if belljar-init "
                    + "was replaced just now, try again"
                : "the kernel must allow a program to be executed from a mount of its own (open_tree, mount_setattr and "
                    + "execveat, kernel 5.12 or newer), and so must a security module; `belljar doctor` shows what is missing"
        case .mountRoot, .mountBuild, .mountScratch, .mountProc, .mountDevices, .sealRoot, .enterRoot:
            "the kernel must allow overlay, tmpfs and proc mounts in user namespaces (6.6 or newer, and not inside a "
                + "container that masks /proc); `belljar doctor` shows which one is missing"
        case .inheritance: Self.inheritanceRemedy
        case .joinGroup: "start belljar outside of the delegated control group to do without one"
        case .dropPrivileges: "start belljar as an ordinary user, or name an account with --build-uid"
        case .openSources, .mountBinds:
            "the path must exist and be readable for the user that builds run as (as root: the build account)"
        case .commandExecute: "the program must exist in the toolchain's image, with its interpreter and libraries"
        case .commandFilters: "use a kernel with CONFIG_SECCOMP_FILTER"
        default: nil
        }
    }
}

extension HostDevice {
    /// The host's `/dev/null`, if that is what it is called.
    static func nothing(_ flags: OpenFlags = .read) throws(BelljarError) -> Descriptor {
        do throws(KernelError) { return try openNull(flags) } catch {
            throw SetupFailure(
                stage: .checkDevices, number: error.number, call: error.call, subject: error.subject
            ).error()
        }
    }
}
