package import BelljarControls
package import BelljarModel

/// What to run in a sandbox, and what it may see.
package struct SandboxRequest: Sendable {
    package enum Root: Sendable {
        /// Host directories laid over each other, the first on top, mounted read-only.
        case layers([String])
        /// One host directory, mounted writable: only to configure a toolchain image.
        case writable(String)
    }

    package enum Identity: Sendable {
        /// uid and gid 1000, user `builder`, home `/build/.home`.
        case builder
        /// uid and gid 0 without any capability. Changes of owner are remembered by process 1 if the world's owners are
        /// `fake`; otherwise they succeed and do nothing, which is meant for the configuration of toolchain images.
        case fakeRoot
    }

    package struct Bind: Sendable {
        /// Absolute path on the host.
        package var source: String
        /// Absolute path inside; made if it is not there and the place is writable or belongs to the base layer.
        package var target: String
        package var isReadOnly: Bool
        /// Whether it is a read-only directory of the store, whose files other sandboxes have as well: no lock, lease or
        /// watch of this one is seen in them.
        package var isShared: Bool

        package init(source: String, target: String, isReadOnly: Bool = true, isShared: Bool = false) {
            self.source = source
            self.target = target
            self.isReadOnly = isReadOnly
            self.isShared = isShared
        }
    }

    package struct Command: Sendable {
        package var name: String
        package var argv: [String]
        /// The whole environment.
        package var environment: [String: String]
        /// Absolute working directory inside.
        package var directory: String

        package init(name: String, argv: [String], environment: [String: String], directory: String) {
            self.name = name
            self.argv = argv
            self.environment = environment
            self.directory = directory
        }
    }

    /// What only some of the commands get, as the file `/run/secrets/NAME` of mode 0400 on a file system of its own
    /// that is never on a disk.
    package struct Secret: Sendable {
        package var name: String
        package var content: [UInt8]
        /// Indices of the commands.
        package var commands: [Int]

        package init(name: String, content: [UInt8], commands: [Int]) {
            self.name = name
            self.content = content
            self.commands = commands
        }
    }

    package enum StandardInput: Sendable {
        /// `/dev/null`.
        case none
        /// What the runner's own has, by a pipe that the runner fills; `/dev/null` if that is a terminal.
        case inherited
    }

    package var root: Root
    package var identity: Identity
    package var profile: IsolationProfile
    /// Host directories laid under the writable `/build`, the first on top; empty for an empty `/build`.
    package var buildLayers: [String]
    package var binds: [Bind]
    package var secrets: [Secret]
    /// Run one after the other; the first that fails ends the run.
    package var commands: [Command]
    package var limits: ResourceLimits
    /// Memory in bytes that the host gives a build without a limit of its own; nil for as much as there is.
    package var memoryCeiling: UInt64?
    package var world: World
    package var standardInput: StandardInput

    package init(
        root: Root, identity: Identity = .builder, profile: IsolationProfile = .strict, buildLayers: [String] = [],
        binds: [Bind] = [],
        secrets: [Secret] = [], commands: [Command], limits: ResourceLimits = .standard,
        memoryCeiling: UInt64? = nil, world: World = .real,
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
