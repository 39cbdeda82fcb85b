package import BelljarControls

/// What the parent tells belljar-init: everything it needs to set a sandbox up and run commands in it, so that init
/// reads no file, searches no path and decides nothing by itself.
///
/// Travels as the bytes of `encoded()` in a sealed memfd.
package struct Plan: Hashable, Sendable {
    /// The descriptors that init is started with; no other is open.
    package enum DescriptorNumber {
        /// Standard input of the commands, never a terminal.
        package static let standardInput: Int32 = 0
        /// Standard output of the commands.
        package static let standardOutput: Int32 = 1
        /// Standard error of the commands.
        package static let standardError: Int32 = 2
        /// The sealed memfd with the plan.
        package static let plan: Int32 = 3
        /// Reading end of the lifeline: nothing is ever written to it, and its end means that the parent is gone and
        /// everything has to die.
        package static let lifeline: Int32 = 4
        /// A SOCK_SEQPACKET socket: one `Report` a packet, `Report.finished` with descriptors. The parent answers
        /// a `Report.ended` after which another command follows (`Plan.next`) with a packet of one byte, which lets that
        /// begin: it has read the whole log by then. So it answers a `Report.terminal`, when that is as it is to be. It sends
        /// nothing else, because a packet that nobody takes resets the socket. (Not over the lifeline: writing to a pipe whose reader is gone
        /// raises SIGPIPE.)
        package static let report: Int32 = 5
        /// `cgroup.procs` of the control group to join, open for writing; only with `Plan.joinsGroup`.
        package static let group: Int32 = 6
    }

    package enum Root: Hashable, Sendable {
        /// Host directories laid over each other, the first on top; read-only inside.
        case layers([String])
        /// One host directory, writable inside: only to configure a toolchain image. There is no `/build` and no `/out` of
        /// its own then.
        case writable(String)
    }

    package struct Bind: Hashable, Sendable {
        /// Absolute path on the host.
        package var source: String
        /// Absolute path inside; made if it is not there and the place is writable or belongs to the base layer.
        package var target: String
        package var isReadOnly: Bool
        /// Whether it is a read-only directory of the store, whose files other sandboxes have too, so that locks, leases
        /// and watches of this one must not be on them.
        package var isShared: Bool

        package init(source: String, target: String, isReadOnly: Bool = true, isShared: Bool = false) {
            self.source = source
            self.target = target
            self.isReadOnly = isReadOnly
            self.isShared = isShared
        }
    }

    /// Something laid over a path of `/proc` or `/dev` as a read-only mount.
    package struct Mask: Hashable, Sendable {
        package enum Source: Hashable, Sendable {
            /// A file of this content.
            case content([UInt8])
            /// What the root has at this path itself, where otherwise the kernel's file system would hide it: a file or
            /// directory of the base layer. Costs less than a file that has to be made first.
            case root
        }

        /// Absolute path inside. A path of `/proc` that this kernel does not have is left out.
        package var path: String
        package var source: Source

        package init(path: String, source: Source) {
            self.path = path
            self.source = source
        }
    }

    /// A file of mode 0400 that some of the commands find in `secretsPlace` while they run, and nobody else. It is never on
    /// a disk.
    package struct Secret: Hashable, Sendable {
        package var name: String
        package var content: [UInt8]
        /// Indices of the commands.
        package var commands: [UInt32]

        package init(name: String, content: [UInt8], commands: [UInt32]) {
            self.name = name
            self.content = content
            self.commands = commands
        }
    }

    /// Where secrets are, without the leading slash.
    package static let secretsPlace = "run/secrets"

    package struct Command: Hashable, Sendable {
        package var argv: [String]
        /// `NAME=value`, in the order given to the program.
        package var environment: [String]
        /// Absolute working directory inside.
        package var directory: String

        package init(argv: [String], environment: [String], directory: String) {
            self.argv = argv
            self.environment = environment
            self.directory = directory
        }

        /// - Parameter environment: the whole of it. It is sorted, because its order decides addresses on the stack.
        package init(argv: [String], environment: [String: String], directory: String) {
            self.init(
                argv: argv, environment: environment.map { "\($0.key)=\($0.value)" }.sorted(), directory: directory)
        }
    }

    /// One of the commands has a terminal, for somebody to sit before: its own pseudo-terminal in the sandbox's `/dev/pts`, made
    /// when it begins, whose master the parent gets (`Report.terminal`).
    package struct Attendance: Hashable, Sendable {
        /// The command's index.
        package var command: UInt32
        /// Whether that command follows the first one that fails, too.
        package var followsFailure: Bool
        /// Whether its standard error is the terminal as well.
        package var takesErrors: Bool
        /// The time that it has, in milliseconds, whatever that of all commands is.
        package var timeoutMilliseconds: UInt64

        package init(command: UInt32, followsFailure: Bool, takesErrors: Bool, timeoutMilliseconds: UInt64) {
            self.command = command
            self.followsFailure = followsFailure
            self.takesErrors = takesErrors
            self.timeoutMilliseconds = timeoutMilliseconds
        }
    }

    package struct Limits: Hashable, Sendable {
        /// Wall time of all commands together, in milliseconds.
        package var timeoutMilliseconds: UInt64
        /// Time between SIGTERM and SIGKILL once `timeoutMilliseconds` are over, in milliseconds.
        package var graceMilliseconds: UInt64
        /// Resident memory of all processes together in bytes; 0 for no limit.
        package var memoryBytes: UInt64
        /// Files that one process may have open; 0 for the kernel's own defaults.
        package var openFiles: UInt64
        /// Processes and threads alive at once.
        package var processes: UInt64
        /// Size of one file in bytes.
        package var fileBytes: UInt64
        /// Size of the scratch (changes below `/build`, `/out`, `/tmp`) in bytes.
        package var scratchBytes: UInt64
        /// Files and directories in the scratch.
        package var scratchInodes: UInt64

        package init(
            timeoutMilliseconds: UInt64, graceMilliseconds: UInt64, memoryBytes: UInt64, openFiles: UInt64,
            processes: UInt64, fileBytes: UInt64, scratchBytes: UInt64, scratchInodes: UInt64
        ) {
            self.timeoutMilliseconds = timeoutMilliseconds
            self.graceMilliseconds = graceMilliseconds
            self.memoryBytes = memoryBytes
            self.openFiles = openFiles
            self.processes = processes
            self.fileBytes = fileBytes
            self.scratchBytes = scratchBytes
            self.scratchInodes = scratchInodes
        }
    }

    /// The whole environment of belljar-init, whatever it does; with another one it does not begin. Swift's backtracer would
    /// cost it a third of its start-up time, and runs a program that the environment names.
    package static let environment = ["SWIFT_BACKTRACE": "enable=no"]

    /// Sources that take up more than this (in bytes, whole pages; in files, directories and links) lie under `/build` as a
    /// layer; all others are copied there, which takes room beside that of `Limits`.
    package static let copiedBytes: UInt64 = 512 << 20
    package static let copiedEntries: UInt64 = 65_536

    /// The largest plan that init reads, in bytes. Filters and environments make up most of one.
    package static let maximumSize = 16 << 20

    /// The unprivileged account to become before anything else; nil if init is not started as root.
    package var account: Account?
    /// What the account is mapped to inside: 1000:1000 for a build, 0:0 for fake root.
    package var inside: Account
    package var hostName: String
    package var domainName: String
    package var root: Root
    /// Host directories that make the writable `/build`, the first on top; only with `Root.layers`.
    package var buildLayers: [String]
    package var binds: [Bind]
    /// Compiled seccomp filters (arrays of `struct sock_filter`), in the order in which each command loads them.
    package var filters: [[UInt8]]
    /// What PID 1 answers for.
    package var world: World
    /// The compiled filter that asks PID 1; empty if it is asked about nothing.
    package var worldFilter: [UInt8]
    package var masks: [Mask]
    package var secrets: [Secret]
    package var commands: [Command]
    /// Nil if no command has one.
    package var terminal: Attendance?
    package var limits: Limits
    /// Whether init joins a control group before anything else.
    package var joinsGroup: Bool
    /// Whether sources are copied in the order from last to first, for who wants to know whether a build depends on that.
    package var reversesSources = false

    package init(
        account: Account?, inside: Account, hostName: String, domainName: String, root: Root, buildLayers: [String],
        binds: [Bind], filters: [[UInt8]], world: World = .real, worldFilter: [UInt8] = [], masks: [Mask] = [],
        secrets: [Secret] = [], commands: [Command], terminal: Attendance? = nil, limits: Limits,
        joinsGroup: Bool = false
    ) {
        self.account = account
        self.inside = inside
        self.hostName = hostName
        self.domainName = domainName
        self.root = root
        self.buildLayers = buildLayers
        self.binds = binds
        self.filters = filters
        self.world = world
        self.worldFilter = worldFilter
        self.masks = masks
        self.secrets = secrets
        self.commands = commands
        self.terminal = terminal
        self.limits = limits
        self.joinsGroup = joinsGroup
    }

    /// The command that follows one that has ended; nil if none does.
    ///
    /// - Parameter failed: whether it failed, or was ended for a limit.
    package func next(after index: Int, failed: Bool) -> Int? {
        if failed {
            guard let terminal, terminal.followsFailure, index < Int(terminal.command) else { return nil }
            return Int(terminal.command)
        }
        return index + 1 < commands.count ? index + 1 : nil
    }
}
