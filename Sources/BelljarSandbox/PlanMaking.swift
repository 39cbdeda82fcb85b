internal import BelljarControls
internal import BelljarModel
internal import BelljarPlan

extension Plan {
    /// Lowers a request to what init is told.
    init(_ request: SandboxRequest, account: Account?, filters: [[UInt8]], worldFilter: [UInt8]) {
        let inside: UInt32 =
            switch request.identity {
            case .builder: 1000
            case .fakeRoot: 0
            }
        let hasBaseLayer = if case .layers = request.root { true } else { false }
        self.init(
            account: account, inside: Account(uid: inside, gid: inside), hostName: Machine.hostName,
            domainName: Machine.domainName, root: request.root, buildLayers: request.buildLayers, binds: request.binds,
            filters: filters, world: request.world, worldFilter: worldFilter,
            masks: WorldFiles.masks(request.world, hasBaseLayer: hasBaseLayer), secrets: request.secrets,
            commands: request.commands, terminal: request.terminal.map { Attendance($0) },
            limits: Limits(request.limits, memoryCeiling: request.memoryCeiling))
        reversesSources = request.reversesSources
    }
}

extension Plan.Attendance {
    fileprivate init(_ wanted: SandboxRequest.Attendance) {
        self.init(
            command: UInt32(wanted.command), followsFailure: wanted.followsFailure, takesErrors: wanted.takesErrors,
            timeoutMilliseconds: wanted.timeoutSeconds.map(Plan.Limits.milliseconds) ?? .max)
    }
}

extension Plan.Limits {
    /// - Parameter memoryCeiling: holds where the build has no limit of its own.
    fileprivate init(_ limits: ResourceLimits, memoryCeiling: UInt64?) {
        self.init(
            timeoutMilliseconds: Self.milliseconds(limits.timeoutSeconds),
            graceMilliseconds: Self.milliseconds(limits.graceSeconds),
            memoryBytes: limits.memoryBytes ?? memoryCeiling ?? 0,
            openFiles: limits.openFiles ?? 0, processes: limits.processes, fileBytes: limits.fileBytes,
            scratchBytes: limits.scratchBytes,
            scratchInodes: limits.inodes)
    }

    fileprivate static func milliseconds(_ seconds: UInt64) -> UInt64 {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product
    }
}
