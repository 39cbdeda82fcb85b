package import BelljarControls
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

    package var root: Plan.Root
    package var identity: Identity
    package var profile: IsolationProfile
    /// Host directories laid under the writable `/build`, the first on top; empty for an empty `/build`.
    package var buildLayers: [String]
    package var binds: [Plan.Bind]
    package var secrets: [Plan.Secret]
    /// Run one after the other; the first that fails ends the run.
    package var commands: [Plan.Command]
    package var limits: ResourceLimits
    /// Memory in bytes that the host gives a build without a limit of its own; nil for as much as there is.
    package var memoryCeiling: UInt64?
    package var world: World
    package var standardInput: StandardInput

    package init(
        root: Plan.Root, identity: Identity = .builder, profile: IsolationProfile = .strict, buildLayers: [String] = [],
        binds: [Plan.Bind] = [], secrets: [Plan.Secret] = [], commands: [Plan.Command],
        limits: ResourceLimits = .standard, memoryCeiling: UInt64? = nil, world: World = .real,
        standardInput: StandardInput = .none
    ) {
        self.root = root
        self.identity = identity
        self.profile = profile
        self.buildLayers = buildLayers
        self.binds = binds
        self.secrets = secrets
        self.commands = commands
        self.limits = limits
        self.memoryCeiling = memoryCeiling
        self.world = world
        self.standardInput = standardInput
    }
}
