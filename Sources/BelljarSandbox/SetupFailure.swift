internal import BelljarControls
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
    ///
    /// - Parameter account: who builds run as if belljar runs as root.
    func error(account: Account? = nil) -> BelljarError {
        error(on: .current(account: account))
    }

    /// - Parameter host: what it says of itself.
    func error(on host: HostCondition) -> BelljarError {
        if stage == .checkDevices || stage == .checkSettings || isLimit { return hostError() }
        if stage == .commandExecute, errno == .E2BIG { return tooLong }
        var (operation, subject) = ("set up the sandbox:", subject.isEmpty ? call : "\(call) \(subject)")
        if stage == .commandExecute { (operation, subject) = ("run the command", self.subject) }
        if stage == .commandDirectory { (operation, subject) = ("start the command in", self.subject) }
        var error = BelljarError(
            code, operation: operation, subject: subject,
            stage: stage.name, answer: number == 0 ? "it gave no reason" : Errno(rawValue: number).description,
            remedy: remedy)
        if !isPlaceMissing, error.code == .sandboxUnavailable,
            let cause = host.cause(stage, number, call: call, subject: self.subject)
        {
            error.answer += ": " + cause.words
            error.remedy = cause.remedy
        }
        return error
    }

    /// Of a command with more arguments and variables than a program can be started with. Recipes and records are held to it before;
    /// what `belljar run` is given, and secrets that are variables as well, are seen here first.
    private var tooLong: BelljarError {
        BelljarError(
            .usage, operation: "run the command", subject: subject, stage: stage.name,
            answer: "\(Errno.E2BIG): Linux starts a program with at most "
                + "\(ProgramRoom.argumentBytes) bytes in an argument or variable, and \(ProgramRoom.bytes) in all of them together",
            remedy:
                "give it long texts in a file or on standard input; a secret, as the file /run/secrets/NAME alone, without "
                + "a variable")
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
            case .checkSettings: ("build with the host's setting", Self.settingsRemedy)
            default: ("build with the account's limit", Self.inheritanceRemedy)
            }
        return BelljarError(
            .sandboxUnavailable, operation: operation, subject: name, stage: stage.name,
            answer: parts.count == 2 ? parts[1] : "\(call): \(Errno(rawValue: number).description)", remedy: remedy)
    }

    static let settingsRemedy =
        "set it with sysctl, as root (for a container: on the host); with this value, builds would fail that succeed "
        + "elsewhere, or see other values than elsewhere"

    /// - Parameter path: `/dev/null`.
    static func deviceRemedy(_ path: String) -> String {
        let device = HostDevice.all.first { $0.path == path }
        let made = device.map { "rm -f \(path); mknod -m 0666 \(path) \($0.nodeArguments)" } ?? "make it again"
        return "make it again, as root: \(made) (in a container, start that with its own /dev, on a mount without "
            + "nodev)"
    }

    private var code: ErrorCode {
        if isRefusedCall { return .sandboxUnavailable }
        if isPlaceMissing { return .usage }
        // A call that there is not is nobody's but the host's fault, and so is a limit of namespaces.
        if errno == .ENOSYS || errno == .EMFILE { return .sandboxUnavailable }
        if errno == .ENOSPC, ["unshare", "fsmount", "open_tree"].contains(call) { return .sandboxUnavailable }
        return switch stage {
        case .readPlan, .supervise, .collect: .internal
        case .commandExecute, .commandDirectory, .mountBinds, .openSources: isMissing ? .usage : .sandboxUnavailable
        default: [.ENOSPC, .ENOMEM, .EDQUOT].contains(errno) ? .host : .sandboxUnavailable
        }
    }

    private var errno: Errno { Errno(rawValue: number) }

    /// Whether the request names something that is not there or cannot be used, rather than the host lacking a feature.
    private var isMissing: Bool {
        [.ENOENT, .ENOTDIR, .EACCES, .ENOEXEC, .ELOOP, .ENAMETOOLONG].contains(errno)
    }

    /// Whether the host refuses a call by itself: a call that every kernel has, or one that is only made where it must not be
    /// refused. What a request names is answered otherwise.
    private var isRefusedCall: Bool {
        errno == .ENOSYS || stage == .tryCalls || errno == .EPERM && (isInternal || isPlaceMissing)
    }

    /// Whether it is PID 1's own work, which depends on no request.
    private var isInternal: Bool { [.readPlan, .supervise, .collect].contains(stage) }

    static let refusalRemedy =
        "belljar was started where a system call that sandboxes need is forbidden (by the filter of a container or service: "
        + "--security-opt seccomp=, SystemCallFilter=): allow it; `belljar doctor` shows what else is missing"

    /// Whether the root lacks a directory to mount something on, or has a link in its place.
    private var isPlaceMissing: Bool {
        [.mountScratch, .mountDevices, .mountProc, .mountBuild].contains(stage) && call == "openat2"
            && [.ENOENT, .ENOTDIR, .ELOOP, .EXDEV].contains(errno)
    }

    static let inheritanceRemedy =
        "start belljar with a higher hard limit (`ulimit -H`, /etc/security/limits.conf, for a service LimitNOFILE= and the "
        + "like), and without MemoryDenyWriteExecute="

    private var remedy: String? {
        // Of the set-up a kernel may really lack something.
        if isRefusedCall, stage == .tryCalls || isInternal { return Self.refusalRemedy }
        if isPlaceMissing {
            return "the image must have a real directory there, not a symbolic link: lock the toolchain again"
        }
        return switch stage {
        case .userNamespace, .mapIdentity, .mountNamespace, .otherNamespaces, .timeNamespace, .startFirstProcess:
            "use a kernel with all namespaces (5.6 or newer), and allow this account to make them; `belljar doctor` tries each"
        case .detachProgram:
            isMissing
                ? "the account that builds run under must be able to enter the folder that belljar-init is in; if belljar-init "
                    + "was replaced just now, try again"
                : "the kernel (5.12 or newer) and any security module must allow a program to be executed from a mount of its own "
                    + "(open_tree, mount_setattr, execveat); `belljar doctor` shows what is missing"
        case .mountRoot, .mountBuild, .mountScratch, .mountProc, .mountDevices, .sealRoot, .enterRoot:
            "the kernel must allow overlay, tmpfs and proc mounts in user namespaces (6.6 or newer, and not inside a "
                + "container that masks /proc); `belljar doctor` shows which one is missing"
        case .makeTerminal:
            "the host must have a terminal left (`sysctl kernel.pty` shows how many there are and may be), and allow them in "
                + "user namespaces"
        case .inheritance: Self.inheritanceRemedy
        case .joinGroup: "start belljar outside of the delegated control group; then it uses none"
        case .dropPrivileges: "start belljar as an ordinary user, or name an account with --build-uid"
        case .openSources, .mountBinds:
            "the path must exist, and the account that builds run under must be able to read it"
        case .commandDirectory: "the directory must be there when the command starts"
        case .commandExecute: "the program must exist in the toolchain's image, with its interpreter and libraries"
        case .commandFilters:
            "use a kernel with CONFIG_SECCOMP_FILTER (5.19 or newer), and start belljar where no other process handles its "
                + "system calls (seccomp notification)"
        case .reachCommand:
            "allow processes of this account to trace their children (ptrace): PID 1 of a sandbox answers the system calls of a build"
        default: isRefusedCall || errno == .EPERM ? Self.refusalRemedy : nil
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
