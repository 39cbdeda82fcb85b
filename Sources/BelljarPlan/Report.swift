/// What belljar-init tells its parent, one packet of the report socket each.
package enum Report: Hashable, Sendable {
    /// PID 1 exists. The packet carries a descriptor that stands for it (pidfd) and becomes readable when every
    /// process of the sandbox is dead.
    case forked
    /// Set-up or supervision failed; nothing follows. For a failure between fork and exec of a command too.
    case failed(stage: Stage, errorNumber: Int32, call: String, subject: String)
    /// How each limit and boundary is held on this host. One packet for all of them, because each wakes the parent.
    case enforcement([Enforcement])
    /// The command that has a terminal is about to begin, as soon as the parent allows it. The packet carries the terminal's
    /// master, and with `Plan.Root.layers` a descriptor of `/build`.
    case terminal
    /// The command with this index begins.
    case started(index: UInt32)
    /// The command with this index ended, and every process it left behind is dead and reaped.
    case ended(index: UInt32, usage: CommandUsage)
    /// Time was up, and the running command is killed. Its `ended` comes next, then `finished`, unless a command follows that
    /// has a terminal.
    case timedOut
    /// A limit was reached, and the running command was killed for it or failed. Its `ended` comes next, then
    /// `finished`.
    ///
    /// - Parameters:
    ///   - seen: in bytes or pieces, as the limit counts; 0 if only the fact is known.
    ///   - subject: a path, or empty.
    case exceeded(limit: Limit, seen: UInt64, subject: String)
    /// A program did what cannot be let pass, or cannot be virtualised. Everything that runs is killed, and nothing
    /// follows.
    case violation(program: String, reason: String)
    /// Whole lines of the ledger (`World.keepsLedger`), at most `ledgerSize` bytes. All of them come before `finished`.
    case ledger(lines: [UInt8])
    /// There was more for the ledger than PID 1 keeps. What was told of this command is all of what came first.
    case ledgerFull
    /// The same of the trace (`World.keepsTrace`).
    case trace(lines: [UInt8])
    case traceFull
    /// The running command failed, and one of its programs was refused to give a file to somebody else. Its `ended` comes next.
    case refusedOwner
    /// The running command, whose time is up, did little but read a clock that did not move. Its `ended` comes next.
    case awaitedClock
    /// All commands that were to run have run, and nothing but the first process is alive. With `Plan.Root.layers` the
    /// packet carries two descriptors: of `/out` and of `/build`.
    case finished

    /// The longest packet, in bytes: a path and a few names. A longer subject is cut by its sender.
    package static let maximumSize = 8192
    /// What of a packet the ledger's lines can fill: all but the kind and their count.
    package static let ledgerSize = maximumSize - 5

    /// One mechanism: `processes`, `pid_max+rlimit`.
    package struct Enforcement: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A limit that PID 1 looks after.
    package enum Limit: UInt8, Hashable, Sendable { case memory, processes, file, scratch, inodes }

    package struct CommandUsage: Hashable, Sendable {
        /// True if a signal ended it.
        package var isSignal: Bool
        /// Exit status or signal number.
        package var code: Int32
        package var wallMicroseconds: UInt64
        package var userMicroseconds: UInt64
        package var systemMicroseconds: UInt64
        /// Peak resident set of the largest process, in bytes.
        package var peakBytes: UInt64

        package init(
            isSignal: Bool, code: Int32, wallMicroseconds: UInt64, userMicroseconds: UInt64,
            systemMicroseconds: UInt64, peakBytes: UInt64
        ) {
            self.isSignal = isSignal
            self.code = code
            self.wallMicroseconds = wallMicroseconds
            self.userMicroseconds = userMicroseconds
            self.systemMicroseconds = systemMicroseconds
            self.peakBytes = peakBytes
        }
    }

    package func encoded() -> [UInt8] {
        var writer = WireWriter()
        switch self {
        case .failed(let stage, let errorNumber, let call, let subject):
            writer.write(UInt8(0))
            writer.write(stage.rawValue)
            writer.write(errorNumber)
            writer.write(String(call.prefix(64)))
            writer.write(cut(subject))
        case .enforcement(let list):
            writer.write(UInt8(1))
            var list = list
            writer.carry(&list)
        case .started(let index):
            writer.write(UInt8(2))
            writer.write(index)
        case .ended(let index, let usage):
            writer.write(UInt8(3))
            writer.write(index)
            writer.write(usage)
        case .timedOut: writer.write(UInt8(4))
        case .finished: writer.write(UInt8(5))
        case .forked: writer.write(UInt8(6))
        case .violation(let program, let reason):
            writer.write(UInt8(7))
            writer.write(cut(program))
            writer.write(cut(reason))
        case .ledger(let lines):
            writer.write(UInt8(8))
            writer.write(lines)
        case .ledgerFull: writer.write(UInt8(10))
        case .trace(let lines):
            writer.write(UInt8(14))
            writer.write(lines)
        case .traceFull: writer.write(UInt8(15))
        case .refusedOwner: writer.write(UInt8(11))
        case .awaitedClock: writer.write(UInt8(12))
        case .terminal: writer.write(UInt8(13))
        case .exceeded(let limit, let seen, let subject):
            writer.write(UInt8(9))
            writer.write(limit.rawValue)
            writer.write(seen)
            writer.write(cut(subject))
        }
        return writer.bytes
    }

    /// A scalar has at most 4 bytes, so two texts of 1,000 always fit the packet.
    private func cut(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(1000)))
    }

    package init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        switch try reader.integer(UInt8.self) {
        case 0:
            guard let stage = Stage(rawValue: try reader.integer(UInt8.self)) else {
                throw reader.failure("unknown stage")
            }
            self = .failed(
                stage: stage, errorNumber: try reader.integer(Int32.self), call: try reader.string(),
                subject: try reader.string())
        case 1:
            self = .enforcement(try reader.list { (reader) throws(WireError) in try reader.value() })
        case 2: self = .started(index: try reader.integer(UInt32.self))
        case 3: self = .ended(index: try reader.integer(UInt32.self), usage: try reader.value())
        case 4: self = .timedOut
        case 5: self = .finished
        case 6: self = .forked
        case 7: self = .violation(program: try reader.string(), reason: try reader.string())
        case 8: self = .ledger(lines: try reader.blob())
        case 9:
            guard let limit = Limit(rawValue: try reader.integer(UInt8.self)) else {
                throw reader.failure("unknown limit")
            }
            self = .exceeded(limit: limit, seen: try reader.integer(UInt64.self), subject: try reader.string())
        case 10: self = .ledgerFull
        case 11: self = .refusedOwner
        case 12: self = .awaitedClock
        case 13: self = .terminal
        case 14: self = .trace(lines: try reader.blob())
        case 15: self = .traceFull
        default: throw reader.failure("unknown report")
        }
        try reader.expectEnd()
    }
}

extension Report.CommandUsage: WireValue {
    static var blank: Report.CommandUsage {
        .init(
            isSignal: false, code: 0, wallMicroseconds: 0, userMicroseconds: 0, systemMicroseconds: 0, peakBytes: 0)
    }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carry(&isSignal)
        try wire.carry(&code)
        try wire.carry(&wallMicroseconds)
        try wire.carry(&userMicroseconds)
        try wire.carry(&systemMicroseconds)
        try wire.carry(&peakBytes)
    }
}

extension Report.Enforcement: WireValue {
    static var blank: Report.Enforcement { .init("", "") }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carry(&name)
        try wire.carry(&value)
    }
}
