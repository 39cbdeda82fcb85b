internal import BelljarControls

extension Plan {
    /// "BJPL" and the version of the format. Parent and init come from one build, so there is just one version; the
    /// number catches an init of another build.
    private static let magic: UInt32 = 0x4c50_4a42
    private static let version: UInt32 = 7

    /// The plan as bytes.
    package func encoded() -> [UInt8] {
        var writer = WireWriter()
        writer.write(Plan.magic)
        writer.write(Plan.version)
        writer.write(account != nil)
        if let account { writer.write(account: account) }
        writer.write(account: inside)
        writer.write(hostName)
        writer.write(domainName)
        switch root {
        case .layers(let layers):
            writer.write(false)
            writer.write(layers) { $0.write($1) }
        case .writable(let path):
            writer.write(true)
            writer.write(path)
        }
        writer.write(buildLayers) { $0.write($1) }
        writer.write(binds) { $0.write(bind: $1) }
        writer.write(filters) { $0.write($1) }
        writer.write(world: world)
        writer.write(worldFilter)
        writer.write(covers) { $0.write(cover: $1) }
        writer.write(secrets) { $0.write(secret: $1) }
        writer.write(commands) { $0.write(command: $1) }
        writer.write(limits: limits)
        writer.write(joinsGroup)
        return writer.bytes
    }

    /// Reads a plan.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        guard try reader.integer(UInt32.self) == Plan.magic else { throw reader.failure("not a plan") }
        guard try reader.integer(UInt32.self) == Plan.version else { throw reader.failure("plan of another version") }
        account = try reader.flag() ? try reader.account() : nil
        inside = try reader.account()
        hostName = try reader.string()
        domainName = try reader.string()
        if try reader.flag() {
            root = .writable(try reader.string())
        } else {
            root = .layers(try reader.list { (reader) throws(WireError) in try reader.string() })
        }
        buildLayers = try reader.list { (reader) throws(WireError) in try reader.string() }
        binds = try reader.list { (reader) throws(WireError) in try reader.bind() }
        filters = try reader.list { (reader) throws(WireError) in try reader.blob() }
        world = try reader.world()
        worldFilter = try reader.blob()
        covers = try reader.list { (reader) throws(WireError) in try reader.cover() }
        secrets = try reader.list { (reader) throws(WireError) in try reader.secret() }
        commands = try reader.list { (reader) throws(WireError) in try reader.command() }
        limits = try reader.limits()
        joinsGroup = try reader.flag()
        try reader.expectEnd()
    }
}

extension WireWriter {
    fileprivate mutating func write(account: Plan.Account) {
        write(account.uid)
        write(account.gid)
    }

    fileprivate mutating func write(bind: Plan.Bind) {
        write(bind.source)
        write(bind.target)
        write(bind.isReadOnly)
        write(bind.isShared)
    }

    fileprivate mutating func write(cover: Plan.Cover) {
        write(cover.path)
        switch cover.source {
        case .content(let content):
            write(true)
            write(content)
        case .root: write(false)
        }
    }

    fileprivate mutating func write(secret: Plan.Secret) {
        write(secret.name)
        write(secret.content)
        write(secret.commands) { $0.write($1) }
    }

    fileprivate mutating func write(world: World) {
        write(Control.allCases) { $0.write(world.states[$1].rawValue) }
        write(world.epoch)
        write(world.seed)
        write(world.cpus)
        write(world.allowsNesting)
        write(world.keepsLedger)
    }

    fileprivate mutating func write(command: Plan.Command) {
        write(command.argv) { $0.write($1) }
        write(command.environment) { $0.write($1) }
        write(command.directory)
    }

    fileprivate mutating func write(limits: Plan.Limits) {
        write(limits.timeoutMilliseconds)
        write(limits.graceMilliseconds)
        write(limits.memoryBytes)
        write(limits.openFiles)
        write(limits.processes)
        write(limits.fileBytes)
        write(limits.scratchBytes)
        write(limits.scratchInodes)
    }
}

extension WireReader {
    fileprivate mutating func account() throws(WireError) -> Plan.Account {
        Plan.Account(uid: try integer(UInt32.self), gid: try integer(UInt32.self))
    }

    fileprivate mutating func bind() throws(WireError) -> Plan.Bind {
        Plan.Bind(
            source: try string(), target: try string(), isReadOnly: try flag(), isShared: try flag())
    }

    fileprivate mutating func cover() throws(WireError) -> Plan.Cover {
        Plan.Cover(path: try string(), source: try flag() ? .content(try blob()) : .root)
    }

    fileprivate mutating func secret() throws(WireError) -> Plan.Secret {
        Plan.Secret(
            name: try string(), content: try blob(),
            commands: try list { (reader) throws(WireError) in try reader.integer(UInt32.self) })
    }

    fileprivate mutating func world() throws(WireError) -> World {
        let names = try list { (reader) throws(WireError) in try reader.string() }
        guard names.count == Control.allCases.count else { throw failure("controls of another version") }
        var states = ControlStates.standard
        for (control, name) in zip(Control.allCases, names) {
            guard let state = ControlState(rawValue: name), control.states.contains(state) else {
                throw failure("\(control) cannot be \(name)")
            }
            states[control] = state
        }
        let world = World(
            states: states, epoch: try integer(UInt64.self), seed: try blob(), cpus: try integer(UInt32.self),
            allowsNesting: try flag(), keepsLedger: try flag())
        guard world.seed.count == World.seedSize, world.cpus > 0 else {
            throw failure("world without seed or processors")
        }
        return world
    }

    fileprivate mutating func command() throws(WireError) -> Plan.Command {
        Plan.Command(
            argv: try list { (reader) throws(WireError) in try reader.string() },
            environment: try list { (reader) throws(WireError) in try reader.string() },
            directory: try string())
    }

    fileprivate mutating func limits() throws(WireError) -> Plan.Limits {
        Plan.Limits(
            timeoutMilliseconds: try integer(UInt64.self), graceMilliseconds: try integer(UInt64.self),
            memoryBytes: try integer(UInt64.self), openFiles: try integer(UInt64.self),
            processes: try integer(UInt64.self),
            fileBytes: try integer(UInt64.self), scratchBytes: try integer(UInt64.self),
            scratchInodes: try integer(UInt64.self))
    }
}
