package import BelljarModel

/// Runs commands inside namespaces of their own. One value serves any number of runs, also at the same time.
package struct Sandbox: Sendable {
    package enum Stream: Sendable { case standardOutput, standardError }

    /// The unprivileged account that builds run under when belljar itself was started as root.
    package struct Account: Hashable, Sendable {
        package var uid: UInt32
        package var gid: UInt32

        package init(uid: UInt32, gid: UInt32) {
            self.uid = uid
            self.gid = gid
        }
    }

    /// - Parameters:
    ///   - initPath: absolute path of `belljar-init`.
    ///   - cacheFolder: where compiled seccomp filters are kept.
    ///   - account: nil unless belljar runs as root.
    package init(initPath: String, cacheFolder: String, account: Account?) {
        fatalError("arrives with the sandbox")
    }

    /// Runs the request to its end and returns when every process in it is dead.
    ///
    /// - Parameters:
    ///   - started: called with a command's index when it begins, on the same thread as `output` and in order with it,
    ///     so that the bytes of one command's log can be told from the next one's.
    ///   - output: called with what the commands write, in order per stream, from one thread.
    /// - Throws: `sandbox_unavailable` with the missing feature and its remedy, `host`, `internal`.
    package func run(
        _ request: SandboxRequest, cancellation: Cancellation, started: (Int) -> Void = { _ in },
        output: (Stream, [UInt8]) -> Void
    ) throws(BelljarError) -> SandboxOutcome {
        fatalError("arrives with the sandbox")
    }
}

/// One line of `belljar doctor`.
package struct HostFeature: Hashable, Sendable {
    package enum State: String, Hashable, Sendable { case available, missing, optionalMissing = "optional-missing" }

    package var name: String
    package var state: State
    /// What was found: a version, a limit, the errno of a probe.
    package var finding: String
    /// What to do if it is missing.
    package var remedy: String?

    package init(name: String, state: State, finding: String, remedy: String?) {
        self.name = name
        self.state = state
        self.finding = finding
        self.remedy = remedy
    }

    /// Probes this host, each probe in a process of its own.
    package static func probeAll(initPath: String, account: Sandbox.Account?) -> [HostFeature] {
        fatalError("arrives with the sandbox")
    }
}
