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
        let (root, hasBaseLayer): (Root, Bool) =
            switch request.root {
            case .layers(let layers): (.layers(layers), true)
            case .writable(let path): (.writable(path), false)
            }
        self.init(
            account: account.map { Account(uid: $0.uid, gid: $0.gid) }, inside: Account(uid: inside, gid: inside),
            hostName: Machine.hostName, domainName: Machine.domainName, root: root, buildLayers: request.buildLayers,
            binds: request.binds.map {
                Bind(source: $0.source, target: $0.target, isReadOnly: $0.isReadOnly, isShared: $0.isShared)
            },
            filters: filters, world: request.world, worldFilter: worldFilter,
            covers: WorldFiles.covers(request.world, hasBaseLayer: hasBaseLayer),
            secrets: request.secrets.map { secret in
                Secret(name: secret.name, content: secret.content, commands: secret.commands.map { UInt32($0) })
            },
            commands: request.commands.map { command in
                // Sorted, because the order of the environment decides addresses on the stack.
                let variables = command.environment.map { "\($0.key)=\($0.value)" }.sorted()
                return Command(argv: command.argv, environment: variables, directory: command.directory)
            },
            limits: Limits(request.limits, memoryCeiling: request.memoryCeiling))
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

    private static func milliseconds(_ seconds: UInt64) -> UInt64 {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product
    }
}
