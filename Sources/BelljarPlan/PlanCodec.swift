internal import BelljarControls

extension Plan {
    /// The plan as bytes.
    package func encoded() -> [UInt8] { whole() }

    /// Reads a plan.
    package init(decoding bytes: [UInt8]) throws(WireError) { try self.init(whole: bytes) }
}

extension Plan: WireValue {
    /// "BJPL" and the version of the format. Parent and init come from one build, so there is just one version; the
    /// number catches an init of another build.
    private static let magic: UInt32 = 0x4c50_4a42
    private static let version: UInt32 = 9

    static var blank: Plan {
        Plan(
            account: nil, inside: .blank, hostName: "", domainName: "", root: .layers([]), buildLayers: [], binds: [],
            filters: [], commands: [], limits: .blank)
    }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carryHead(magic: Plan.magic, version: Plan.version, else: "not a plan")
        try wire.carry(&account)
        try wire.carry(&inside)
        try wire.carry(&hostName)
        try wire.carry(&domainName)
        try wire.carry(&root)
        try wire.carry(&buildLayers)
        try wire.carry(&binds)
        try wire.carry(&filters)
        try wire.carry(&world)
        try wire.carry(&worldFilter)
        try wire.carry(&masks)
        try wire.carry(&secrets)
        try wire.carry(&commands)
        try wire.carry(&terminal)
        try wire.expect(terminal.map { Int($0.command) < commands.count } ?? true, "a terminal of no command")
        try wire.carry(&limits)
        try wire.carry(&joinsGroup)
        try wire.carry(&reversesSources)
    }
}

extension Account: WireValue {
    static var blank: Account { .init(uid: 0, gid: 0) }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carry(&uid)
        try wire.carry(&gid)
    }
}

extension Plan.Root: WireValue {
    static var blank: Plan.Root { .layers([]) }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        var (layers, writable): ([String], String) =
            switch self {
            case .layers(let layers): (layers, "")
            case .writable(let path): ([], path)
            }
        var isWritable = if case .writable = self { true } else { false }
        try wire.carry(&isWritable)
        if isWritable {
            try wire.carry(&writable)
            self = .writable(writable)
        } else {
            try wire.carry(&layers)
            self = .layers(layers)
        }
    }
}

extension Plan.Bind: WireValue {
    static var blank: Plan.Bind { .init(source: "", target: "", isReadOnly: true) }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carry(&source)
        try wire.carry(&target)
        try wire.carry(&isReadOnly)
        try wire.carry(&isShared)
    }
}

extension Plan.Mask: WireValue {
    static var blank: Plan.Mask { .init(path: "", source: .root) }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carry(&path)
        var content: [UInt8]? = if case .content(let content) = source { content } else { nil }
        try wire.carry(&content)
        source = content.map { .content($0) } ?? .root
    }
}

extension Plan.Secret: WireValue {
    static var blank: Plan.Secret { .init(name: "", content: [], commands: []) }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carry(&name)
        try wire.carry(&content)
        try wire.carry(&commands)
    }
}

extension World: WireValue {
    static var blank: World { .real }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        var names = Control.allCases.map { states[$0].rawValue }
        try wire.carry(&names)
        try wire.expect(names.count == Control.allCases.count, "controls of another version")
        for (control, name) in zip(Control.allCases, names) {
            let state = control.state(named: name)
            try wire.expect(state != nil, "\(control) cannot be \(name)")
            if let state { states[control] = state }
        }
        try wire.carry(&epoch)
        try wire.carry(&seed)
        try wire.carry(&cpus)
        try wire.carry(&allowsNesting)
        try wire.carry(&keepsLedger)
        try wire.carry(&keepsTrace)
        try wire.expect(seed.count == World.seedSize && cpus > 0, "world without seed or processors")
    }
}

extension Plan.Command: WireValue {
    static var blank: Plan.Command { .init(argv: [], environment: [], directory: "") }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carry(&argv)
        try wire.carry(&environment)
        try wire.carry(&directory)
    }
}

extension Plan.Attendance: WireValue {
    static var blank: Plan.Attendance {
        .init(command: 0, followsFailure: false, takesErrors: false, timeoutMilliseconds: 0)
    }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carry(&command)
        try wire.carry(&followsFailure)
        try wire.carry(&takesErrors)
        try wire.carry(&timeoutMilliseconds)
    }
}

extension Plan.Limits: WireValue {
    static var blank: Plan.Limits {
        .init(
            timeoutMilliseconds: 0, graceMilliseconds: 0, memoryBytes: 0, openFiles: 0, processes: 0, fileBytes: 0,
            scratchBytes: 0, scratchInodes: 0)
    }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carry(&timeoutMilliseconds)
        try wire.carry(&graceMilliseconds)
        try wire.carry(&memoryBytes)
        try wire.carry(&openFiles)
        try wire.carry(&processes)
        try wire.carry(&fileBytes)
        try wire.carry(&scratchBytes)
        try wire.carry(&scratchInodes)
    }
}
