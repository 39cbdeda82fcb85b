package import BelljarControls

/// What a build leaves (docs/record.md): `definition` and `result` are equal for every honest rebuilder; `observed`
/// is what this host saw and is never compared.
package struct BuildRecord: Hashable, Sendable {
    /// Version of the format that it was read in or will be written in.
    package var format: UInt64
    package var keyed: KeyedDefinition
    package var result: BuildResult
    package var observed: Observed
    package var closure: Closure

    package var definition: Definition { keyed.definition }
    /// The cache key.
    package var action: Digest { keyed.action }

    package init(
        format: UInt64 = Self.formatVersion, keyed: KeyedDefinition, result: BuildResult, observed: Observed,
        closure: Closure
    ) {
        self.format = format
        self.keyed = keyed
        self.result = result
        self.observed = observed
        self.closure = closure
    }

    /// What the definition names by digest and a rebuilder on another machine could not find otherwise, so that a
    /// record alone is enough. It adds nothing to be compared: every member's digest stands in the definition or in
    /// a definition that is reached from it, and is checked when the record is read.
    package struct Closure: Hashable, Sendable {
        /// The texts of the toolchain locks, by digest.
        package var locks: [Digest: String]
        /// The definitions that made the inputs, and those that made theirs, by definition digest.
        package var definitions: [Digest: KeyedDefinition]

        package init(locks: [Digest: String] = [:], definitions: [Digest: KeyedDefinition] = [:]) {
            self.locks = locks
            self.definitions = definitions
        }
    }

    /// Everything that decides the result, complete enough to rebuild from it alone.
    package struct Definition: Hashable, Sendable {
        package var name: String
        package var version: String
        /// Name, lock digest and image of the toolchain; the lock itself stands in the record's closure.
        package var toolchain: Toolchain
        /// In the order in which they are laid over `/build`.
        package var sources: [Source]
        /// Outputs of other recipes, mounted at `/inputs/NAME`, sorted by name.
        package var inputs: [Input]
        package var steps: [Step]
        /// The whole environment of every step.
        package var environment: [String: String]
        package var outputs: [String]
        package var epoch: UInt64
        package var limits: ResourceLimits
        /// What the host must have. Equal definitions that differ in this lower to the same action.
        package var requirements: Requirements
        package var sandbox: SandboxProfile
        /// What of the host the build did not see.
        package var controls: ControlStates
        /// What is the same in every sandbox: name to value (`"locale": "C.UTF-8"`). In a record's document it stands
        /// among the controls.
        package var constants: [String: String]
        /// What seeded randomness begins with (`RandomSeed`).
        package var seed: String
        /// What some of the steps get and no record knows.
        package var secrets: [Secret]

        package init(
            name: String, version: String, toolchain: Toolchain, sources: [Source], inputs: [Input], steps: [Step],
            environment: [String: String], outputs: [String], epoch: UInt64, limits: ResourceLimits,
            requirements: Requirements = .none, sandbox: SandboxProfile, controls: ControlStates,
            constants: [String: String], seed: String,
            secrets: [Secret] = []
        ) {
            self.name = name
            self.version = version
            self.toolchain = toolchain
            self.sources = sources
            self.inputs = inputs
            self.steps = steps
            self.environment = environment
            self.outputs = outputs
            self.epoch = epoch
            self.limits = limits
            self.requirements = requirements
            self.sandbox = sandbox
            self.controls = controls
            self.constants = constants
            self.seed = seed
            self.secrets = secrets
        }
    }

    /// A definition, the key of its action, and both as they stand in a record, which is what names them. A definition
    /// that was read keeps the text that it had: so it keeps its digest, whatever is written today.
    package struct KeyedDefinition: Hashable, Sendable {
        package let definition: Definition
        /// Digest of the Remote Execution API `Action` that the definition lowers to.
        package let action: Digest
        package let document: JSONValue

        init(definition: Definition, action: Digest, document: JSONValue) {
            self.definition = definition
            self.action = action
            self.document = document
        }

        /// Names everything that decides the result; equal definitions must give equal results.
        package var digest: Digest { Digest(of: CanonicalJSON.encode(document)) }
    }

    package struct Toolchain: Hashable, Sendable {
        package var name: String
        /// Digest of the lock's text.
        package var lock: Digest
        package var image: TreeDigest

        package init(name: String, lock: Digest, image: TreeDigest) {
            self.name = name
            self.lock = lock
            self.image = image
        }
    }

    package struct Source: Hashable, Sendable {
        package var kind: SourceKind<SourceAddress>
        /// What was pinned: the digest of the fetched or patch file, or of the tree for `local` and `git`.
        package var digest: Digest
        /// Size in bytes of that file, or of the encoded root directory for `local` and `git`.
        package var size: UInt64
        /// Directory below `/build`; empty for `/build` itself.
        package var into: String

        package init(kind: SourceKind<SourceAddress>, digest: Digest, size: UInt64, into: String) {
            self.kind = kind
            self.digest = digest
            self.size = size
            self.into = into
        }
    }

    package struct Input: Hashable, Sendable {
        package var name: String
        package var tree: TreeDigest
        /// Digest of the canonical definition that made it, which stands in the record's closure.
        package var definition: Digest

        package init(name: String, tree: TreeDigest, definition: Digest) {
            self.name = name
            self.tree = tree
            self.definition = definition
        }
    }

    package struct Step: Hashable, Sendable {
        package var name: String
        package var argv: [String]
        /// Absolute working directory inside the sandbox.
        package var directory: String

        package init(name: String, argv: [String], directory: String) {
            self.name = name
            self.argv = argv
            self.directory = directory
        }
    }

    package struct SandboxProfile: Hashable, Sendable {
        /// `strict/1`: the seccomp and mount profile, versioned.
        package var profile: String
        /// Kernel version whose system calls the build sees.
        package var baseline: String
        /// `none`.
        package var network: String

        package init(profile: String, baseline: String, network: String) {
            self.profile = profile
            self.baseline = baseline
            self.network = network
        }
    }

    package struct Output: Hashable, Sendable {
        /// Path below `/out`.
        package var path: String
        /// `0644`, `0755` or, for a symbolic link, `link`.
        package var mode: String
        /// Size in bytes; for a link the length of its target.
        package var size: UInt64
        /// Digest of the content; for a link of its target's bytes.
        package var digest: Digest

        package init(path: String, mode: String, size: UInt64, digest: Digest) {
            self.path = path
            self.mode = mode
            self.size = size
            self.digest = digest
        }
    }

    package struct BuildResult: Hashable, Sendable {
        package var status: BuildStatus
        /// Every file and link below `/out`, sorted by path; empty unless the status is `ok`.
        package var outputs: [Output]
        /// Tree of `/out`; nil unless the status is `ok`.
        package var tree: TreeDigest?

        package init(status: BuildStatus, outputs: [Output], tree: TreeDigest?) {
            self.status = status
            self.outputs = outputs
            self.tree = tree
        }
    }

    package struct Observed: Hashable, Sendable {
        package var runnerVersion: String
        package var kernel: String
        package var cpu: String
        /// Which mechanism held each limit and boundary on this host: name to value.
        package var enforcement: [String: String]
        /// What still reached the build from its host, sorted: controls that were `real`, and what none virtualises.
        package var openChannels: [String]
        /// Seconds since 1970 at which the build began.
        package var started: UInt64
        package var milliseconds: UInt64
        /// Per step: wall milliseconds and peak resident bytes.
        package var steps: [StepUsage]
        /// Digest of the raw log, kept as a blob.
        package var log: Digest
        package var logTruncated: Bool
        /// Digest of the ledger, kept as a blob; nil if none was asked for.
        package var ledger: Digest?
        /// Whether lines are missing at the ledger's end, because it reached its limit.
        package var ledgerTruncated: Bool
        /// Digest of the trace, kept as a blob; nil if none was asked for.
        package var trace: Digest?
        /// Whether lines are missing at the trace's end, because it reached its limit.
        package var traceTruncated: Bool
        /// How the inputs were looked at again.
        package var recheck: RecheckFacts
        /// The limit that ended the build; nil if none did.
        package var exceeded: ExceededLimit?
        /// Addresses of sources, sorted, that this store had by their digest and that were never fetched from there: nobody
        /// has seen that the address serves these bytes.
        package var notFetched: [String]
        /// How local sources that are what git tracks stood to their commits; sorted by address, each once.
        package var worktrees: [Worktree]

        package init(
            runnerVersion: String, kernel: String, cpu: String, enforcement: [String: String], openChannels: [String],
            started: UInt64, milliseconds: UInt64, steps: [StepUsage], log: Digest, logTruncated: Bool,
            ledger: Digest? = nil, ledgerTruncated: Bool = false, trace: Digest? = nil,
            traceTruncated: Bool = false, recheck: RecheckFacts = .init(kind: .none),
            exceeded: ExceededLimit? = nil, notFetched: [String] = [],
            worktrees: [Worktree] = []
        ) {
            self.runnerVersion = runnerVersion
            self.kernel = kernel
            self.cpu = cpu
            self.enforcement = enforcement
            self.openChannels = openChannels
            self.started = started
            self.milliseconds = milliseconds
            self.steps = steps
            self.log = log
            self.logTruncated = logTruncated
            self.ledger = ledger
            self.ledgerTruncated = ledgerTruncated
            self.trace = trace
            self.traceTruncated = traceTruncated
            self.recheck = recheck
            self.exceeded = exceeded
            self.notFetched = notFetched
            self.worktrees = worktrees
        }
    }

    /// A git working tree that was a source.
    package struct Worktree: Hashable, Sendable {
        /// Of the source, as the recipe says it.
        package var address: String
        /// The full id of the commit that was checked out; nil before the first one.
        package var commit: String?
        /// Tracked files that were not known to be as in the commit.
        package var changes: UInt64

        package init(address: String, commit: String?, changes: UInt64) {
            self.address = address
            self.commit = commit
            self.changes = changes
        }
    }

    /// What looking at the inputs again took; that nothing was found follows from there being a record.
    package struct RecheckFacts: Hashable, Sendable {
        package var kind: Recheck
        /// Files, directories and links that were looked at.
        package var entries: UInt64
        /// Files that were hashed.
        package var hashed: UInt64
        package var milliseconds: UInt64

        package init(kind: Recheck, entries: UInt64 = 0, hashed: UInt64 = 0, milliseconds: UInt64 = 0) {
            self.kind = kind
            self.entries = entries
            self.hashed = hashed
            self.milliseconds = milliseconds
        }
    }

    package struct StepUsage: Hashable, Sendable {
        package var name: String
        package var milliseconds: UInt64
        package var peakBytes: UInt64
        /// Offset in bytes in the log at which the step's output begins; the log itself holds nothing of ours.
        package var logOffset: UInt64

        package init(name: String, milliseconds: UInt64, peakBytes: UInt64, logOffset: UInt64) {
            self.name = name
            self.milliseconds = milliseconds
            self.peakBytes = peakBytes
            self.logOffset = logOffset
        }
    }
}

/// How a build ended.
package enum BuildStatus: String, Hashable, Sendable, CaseIterable {
    case ok
    case buildFailed = "build_failed"
    case timeout
    case resourceExceeded = "resource_exceeded"
    case violation
    case sandboxUnavailable = "sandbox_unavailable"
    case cancelled
    case `internal`
}
