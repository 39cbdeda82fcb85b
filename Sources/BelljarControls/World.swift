/// The world that a build sees in place of its host's: everything that PID 1 needs to answer for it.
package struct World: Hashable, Sendable {
    package var states: ControlStates
    /// What the clock shows first, in seconds since 1970.
    package var epoch: UInt64
    /// 32 bytes that every random stream is derived from.
    package var seed: [UInt8]
    /// Processors that the build is told of.
    package var cpus: UInt32
    /// Whether processes may have mounts of their own, in which names mean other files than PID 1 finds.
    package var allowsNesting: Bool
    /// Whether to write down who asked for what.
    package var keepsLedger: Bool
    /// Whether to write down which processes there were, and which files they read and wrote.
    package var keepsTrace: Bool

    package static let seedSize = 32

    /// The number of the world that this belljar makes. It stands in every definition and in the key of every action, and
    /// is raised with each release that shows a build something else than the one before: results of another world are
    /// neither taken from the cache nor held against a rebuild. docs/world.md lists the worlds.
    package static let version = 3

    package init(
        states: ControlStates = .standard, epoch: UInt64, seed: [UInt8] = [UInt8](repeating: 0, count: World.seedSize),
        cpus: UInt32, allowsNesting: Bool = false, keepsLedger: Bool = false, keepsTrace: Bool = false
    ) {
        self.states = states
        self.epoch = epoch
        self.seed = seed
        self.cpus = cpus
        self.allowsNesting = allowsNesting
        self.keepsLedger = keepsLedger
        self.keepsTrace = keepsTrace
    }

    /// Whether it matters how much time has passed for a process.
    package var keepsTime: Bool { states.isVirtualised(.clock) || states[.mtimes] == .ordinal }

    /// Nothing virtualised.
    package static let real = World(states: .real, epoch: 0, cpus: 1)

    /// The time in the store of every file that came in, in seconds since 1970: the second day of 1980, because zip
    /// archives know no earlier one in any time zone.
    package static let incomingSeconds: Int64 = 315_619_200
}
