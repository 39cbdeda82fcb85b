package import BelljarControls
package import BelljarKernel
internal import Synchronization

/// What PID 1 knows of the sandbox's files, from the first command to the last.
package final class FileMemory: Sendable {
    let world: World
    let mounts: MountMap
    let state: Mutex<FileState>
    /// Of what only a path decides.
    let numbers = Mutex(GivenNumbers())
    /// From here on the kernel's times can be those of the build's own changes, in nanoseconds since 1970.
    let beginning: Int64

    /// The device of files that were made in `/build`, as the kernel says it; 0 before there was one.
    private let madeInBuild = Atomic<UInt64>(0)

    /// How often each of the programs that PID 1 itself starts has begun, by the beginnings of their keys.
    let commands = Mutex<[UInt64: UInt64]>([:])

    /// Nil if none is kept.
    let trace: Trace?

    package init(_ world: World) throws(KernelError) {
        self.world = world
        trace = world.keepsTrace ? try Trace(world.states) : nil
        let file = try Descriptor.workingDirectory.open("/proc/self/mountinfo")
        mounts = MountMap(try file.readAll(limit: 1 << 20))
        state = Mutex(
            FileState(
                hasFineTimes: FileFacts.areTimesFine(),
                epoch: Self.nanoseconds(FileFacts.Moment(seconds: Int64(clamping: world.epoch), nanoseconds: 0))))
        // Before PID 1 made the mount points; and clocks are set back at times.
        beginning = Host.coarseNanoseconds() - 3_600_000_000_000
    }

    private let refusedOwner = Atomic<Bool>(false)

    /// Takes down that somebody was refused to give a file away.
    func noteRefusedOwner() { refusedOwner.store(true, ordering: .relaxed) }

    /// Whether that happened since this was last asked.
    package func takeRefusedOwner() -> Bool { refusedOwner.exchange(false, ordering: .relaxed) }

    /// How many steps have begun, and the latest time that has passed for any process.
    private let steps = Atomic<UInt64>(0)
    private let latest = Atomic<UInt64>(0)

    /// Begins a step: a second after the last one ended, so that what it changes is in another second than what that saw.
    ///
    /// - Returns: where its clock begins, in nanoseconds since the epoch's second.
    func beginStep() -> UInt64 {
        guard steps.add(1, ordering: .relaxed).oldValue > 0 else { return 0 }
        let second: UInt64 = 1_000_000_000
        let start = (latest.load(ordering: .relaxed) / second + 1) * second
        noteTime(start)
        return start
    }

    /// Takes down that so much time has passed for somebody.
    func noteTime(_ time: UInt64) {
        if latest.max(time, ordering: .relaxed).oldValue < time { noteChange() }
    }

    /// Readings of the clock since time has passed for anybody, or a file was changed.
    private let idleReadings = Atomic<UInt64>(0)
    /// More than programs make that have something else to do.
    private static let manyReadings: UInt64 = 200

    func noteReading() { idleReadings.add(1, ordering: .relaxed) }

    func noteChange() { idleReadings.store(0, ordering: .relaxed) }

    /// Whether somebody seems to wait for a clock that does not move.
    package var isClockAwaited: Bool { idleReadings.load(ordering: .relaxed) >= Self.manyReadings }

    /// Looks up what became of changes that the kernel was told to carry out.
    func settle(for thread: Int32) { state.withLock { $0.settle(for: thread, self) } }

    func noteBuildDevice(_ device: UInt64) { madeInBuild.store(device, ordering: .relaxed) }

    func buildDevice(or other: UInt64) -> UInt64 {
        let device = madeInBuild.load(ordering: .relaxed)
        return device == 0 ? other : device
    }

    /// What a file is told from others by, as long as it has one that no other has.
    static func key(_ facts: FileFacts) -> UInt64 { key(device: facts.device, inode: facts.inode) }

    static func key(device: UInt64, inode: UInt64) -> UInt64 {
        max((inode &+ device &* 0x9e37_79b9_7f4a_7c15), 1)
    }

    /// Whether a file's time is that of everything that came in.
    func cameIn(_ facts: FileFacts) -> Bool { cameIn(facts.modified) }

    func cameIn(_ moment: FileFacts.Moment) -> Bool {
        moment.seconds == World.incomingSeconds && moment.nanoseconds == 0
    }

    /// Whether a time can be that of a change in the build, rather than one that was set.
    func isNatural(_ time: Int64) -> Bool {
        // Clocks are set back at times.
        time >= beginning && time <= Host.coarseNanoseconds() + 3_600_000_000_000
    }

    static func nanoseconds(_ moment: FileFacts.Moment) -> Int64 {
        // A time that does not fit is far from now in any case.
        let (whole, overflow) = moment.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (moment.seconds < 0 ? .min : .max) : whole &+ Int64(moment.nanoseconds)
    }
}
