package import BelljarControls
package import BelljarKernel
package import BelljarModel
package import BelljarPlan

/// What to run in a sandbox, and what it may see.
package struct SandboxRequest: Sendable {
    package enum Identity: Sendable {
        /// uid and gid 1000, user `builder`, home `/build/.home`.
        case builder
        /// uid and gid 0 without any capability. Changes of owner are remembered by PID 1 if the world's owners are
        /// `fake`; otherwise they succeed and do nothing, which is meant for the configuration of toolchain images.
        case fakeRoot
    }

    package enum StandardInput: Sendable {
        /// `/dev/null`.
        case none
        /// What the runner's own has, by a pipe that the runner fills; `/dev/null` if that is a terminal.
        case inherited
    }

    /// Somebody sits before one of the commands: it has a terminal of the sandbox's own, which the runner's standard input and
    /// output are passed on to and from. The runner's own terminal is set to give every key as it comes as long as that
    /// command runs, and set back after it. Limits are those of all commands, but for the time, which a person takes.
    package struct Attendance: Sendable {
        /// What came before the command.
        package struct Before: Sendable {
            package var usages: [Report.CommandUsage]
            /// The limit for which the last one was ended.
            package var exceeded: ExceededLimit?
        }

        /// The command's index.
        package var command: Int
        /// Whether it follows the first command that fails, too.
        package var followsFailure: Bool
        /// Whether its standard error is the terminal as well, and not what the others have.
        package var takesErrors: Bool
        /// Nil for as long as it likes.
        package var timeoutSeconds: UInt64?
        /// Called when it is about to begin, on the thread of `output` and in order with it; the runner's terminal is still as it
        /// was, and nothing runs in the sandbox. Gets `/build`, nil for a writable root. If it answers false, the sandbox is ended
        /// and the command never starts.
        package var begins: @Sendable (Before, borrowing Descriptor?) -> Bool

        package init(
            command: Int, followsFailure: Bool = false, takesErrors: Bool = true, timeoutSeconds: UInt64? = nil,
            begins: @escaping @Sendable (Before, borrowing Descriptor?) -> Bool
        ) {
            self.command = command
            self.followsFailure = followsFailure
            self.takesErrors = takesErrors
            self.timeoutSeconds = timeoutSeconds
            self.begins = begins
        }
    }

    package var root: Plan.Root
    package var identity: Identity
    package var profile: IsolationProfile
    /// Host directories laid under the writable `/build`, the first on top; empty for an empty `/build`.
    package var buildLayers: [String]
    package var binds: [Plan.Bind]
    package var secrets: [Plan.Secret]
    /// Run one after the other; the first that fails ends the run.
    package var commands: [Plan.Command]
    /// With one, no command has the runner's standard input.
    package var terminal: Attendance?
    package var limits: ResourceLimits
    /// Memory in bytes that the host gives a build without a limit of its own; nil for as much as there is.
    package var memoryCeiling: UInt64?
    package var world: World
    package var standardInput: StandardInput
    /// Whether sources come to be in the order from last to first.
    package var reversesSources = false
    /// What belljar-init is started with otherwise than usual; a build is not to notice.
    package var start: UnusualStart?

    package init(
        root: Plan.Root, identity: Identity = .builder, profile: IsolationProfile = .strict, buildLayers: [String] = [],
        binds: [Plan.Bind] = [], secrets: [Plan.Secret] = [], commands: [Plan.Command],
        terminal: Attendance? = nil, limits: ResourceLimits = .standard, memoryCeiling: UInt64? = nil,
        world: World = .real,
        standardInput: StandardInput = .none
    ) {
        self.root = root
        self.identity = identity
        self.profile = profile
        self.buildLayers = buildLayers
        self.binds = binds
        self.secrets = secrets
        self.commands = commands
        self.terminal = terminal
        self.limits = limits
        self.memoryCeiling = memoryCeiling
        self.world = world
        self.standardInput = standardInput
    }
}
