internal import BelljarKernel
internal import BelljarPlan

/// What a process has from whoever started it and would pass on to a build: set to constants here, before anything else,
/// while a belljar that root started still may. This is the one place; only what namespaces and execve(2) set anyway, and
/// what PID 1 does not want to have itself (`CommandProcess`, `CommandLimits`), is set elsewhere.
enum Inherited {
    /// - Returns: what could not be set and is too little to keep a build from running, for the record's label.
    static func settle(_ plan: Plan) throws(StageFailure) -> [String] {
        try at(.inheritance) { () throws(KernelError) in
            // Before belljar-init loads any. In a container there are some as a rule, and a build meets their refusals.
            let filtered = Inheritance.isFiltered ? ["seccomp"] : []
            guard !Inheritance.forbidsNewCode else {
                throw .notPermitted(
                    "prctl", "PR_GET_MDWE: belljar was started where making memory executable is forbidden")
            }
            try Inheritance.resetSignals(keepingBrokenPipes: true)
            try Inheritance.setOrdinaryScheduling()
            try Inheritance.setRest()
            return try scheduling() + limits(CommandLimits.table(plan)) + filtered
        }
    }

    /// What the reader of archives has need of: its results follow from bytes alone.
    static func settleArchiveReader() throws(StageFailure) {
        try at(.inheritance) { () throws(KernelError) in
            try Inheritance.resetSignals(keepingBrokenPipes: true)
            for resource in LimitedResource.allCases where resource != .coreBytes {
                _ = try ProcessLimits.raise(resource, toAtLeast: 0)
            }
        }
    }

    /// What a user namespace has from its parent, for PID 1 to leave.
    ///
    /// - Returns: as `settle`.
    static func leaveFormats() throws(StageFailure) -> [String] {
        try at(.inheritance) { () throws(KernelError) in try BinaryFormats.leaveHosts() ? [] : ["formats"] }
    }

    /// How the record names it.
    static func told(_ inherited: [String]) -> [Report.Enforcement] {
        inherited.isEmpty ? [] : [.init("inherited", inherited.joined(separator: "+"))]
    }

    private static func scheduling() throws(KernelError) -> [String] {
        let nice = try Inheritance.nice()
        let policy = try Inheritance.policy()
        return (nice == 0 ? [] : ["nice \(nice)"]) + (policy == Inheritance.ordinaryPolicy ? [] : ["policy \(policy)"])
    }

    /// Raises limits as far as may be. What a build has without asking it has everywhere, or does not run: it would fail where
    /// others do not. Less room above that, which few programs ask for, is told.
    static func limits(_ wanted: [CommandLimits.Limit]) throws(KernelError) -> [String] {
        var short: [String] = []
        for limit in wanted where limit.resource != .coreBytes {
            let found = try ProcessLimits.raise(limit.resource, toAtLeast: limit.hard)
            guard found < limit.hard else { continue }
            let least = leastThatWillDo(limit)
            guard found >= least else {
                throw .notPermitted(
                    "setrlimit", "\(limit.resource.name): the hard limit is \(found), and a build needs \(words(least))"
                )
            }
            short.append("\(limit.resource) \(found)")
        }
        return short
    }

    /// Of processes, whose limit kernels choose by the size of their memory (`threads-max` / 2), 1024 are what they choose on
    /// a machine of 256 MiB. Two limits hold nobody (setrlimit(2)), or real-time programs only. That of file locks holds nobody
    /// either, but what processes are marked with is kept there (`BirthMark`).
    private static func leastThatWillDo(_ limit: CommandLimits.Limit) -> UInt64 {
        switch limit.resource {
        case .processes: min(limit.soft, 1024)
        case .residentBytes, .realTimeMicroseconds: 0
        default: limit.soft
        }
    }

    private static func words(_ limit: UInt64) -> String {
        limit == CommandLimits.unlimited ? "to have none" : "\(limit)"
    }
}
