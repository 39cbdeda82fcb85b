package import BelljarKernel
package import BelljarModel
package import BelljarPlan

/// How a run in the sandbox ended. A sandbox that could not be set up is an error (`sandbox_unavailable`), not an
/// outcome.
package struct SandboxOutcome: ~Copyable, Sendable {
    /// What ended a run with the status `violation`.
    package struct Violation: Hashable, Sendable {
        /// As the sandbox sees it; a build's own text.
        package var program: String
        package var reason: String
        /// Index of the command that it happened in.
        package var command: Int

        package init(program: String, reason: String, command: Int) {
            self.program = program
            self.reason = reason
            self.command = command
        }
    }

    /// `ok`, `build_failed` (the last command of `usages` failed), `timeout`, `resource_exceeded`, `violation`,
    /// `cancelled`.
    package var status: BuildStatus
    /// The commands that were started, in order.
    package var usages: [Report.CommandUsage]
    package var milliseconds: UInt64
    package var logTruncated: Bool
    package var ledgerTruncated: Bool
    package var traceTruncated: Bool
    /// Which mechanism held each limit and boundary: name to value.
    package var enforcement: [String: String]
    /// Not nil if the status is `violation`.
    package var violation: Violation?
    /// Not nil if the status is `timeout` or `resource_exceeded`.
    package var exceeded: ExceededLimit?
    /// Whether the last command failed after it was refused to give a file to somebody else.
    package var refusedOwner: Bool
    /// Whether the last command did little but read a clock that did not move when its time was up.
    package var awaitedClock: Bool
    /// The directory that was `/out`, open after every process of the sandbox is dead; nil for a writable root.
    package var out: Descriptor?
    /// The directory that was `/build`, sources and changes together, open like `out`, for `--keep-failed`; nil for a
    /// writable root.
    package var build: Descriptor?

    package init(
        status: BuildStatus, usages: [Report.CommandUsage], milliseconds: UInt64, logTruncated: Bool,
        ledgerTruncated: Bool = false, traceTruncated: Bool = false,
        enforcement: [String: String],
        violation: Violation? = nil, exceeded: ExceededLimit? = nil, refusedOwner: Bool = false,
        awaitedClock: Bool = false,
        out: consuming Descriptor?,
        build: consuming Descriptor? = nil
    ) {
        self.status = status
        self.usages = usages
        self.milliseconds = milliseconds
        self.logTruncated = logTruncated
        self.ledgerTruncated = ledgerTruncated
        self.traceTruncated = traceTruncated
        self.enforcement = enforcement
        self.violation = violation
        self.exceeded = exceeded
        self.refusedOwner = refusedOwner
        self.awaitedClock = awaitedClock
        self.out = out
        self.build = build
    }
}

extension Report.CommandUsage {
    /// How the command ended.
    package var exit: ProcessEnd.Exit { isSignal ? .signal(code) : .status(code) }
    package var milliseconds: UInt64 { wallMicroseconds / 1000 }
}
